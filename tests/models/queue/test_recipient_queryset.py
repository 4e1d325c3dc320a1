"""A recipient's fate goes up and never down, whoever asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from seacucumber.enums import Fate
from seacucumber.models import Recipient
from seacucumber.models.queue.recipient_queryset import Turn
from tests.queue import put

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def turn(pk: int, fate: Fate, detail: str = "") -> Turn:
    return Turn(pk=pk, fate=fate, at=AT, detail=detail)


def meet(*turns: Turn) -> int:
    return Recipient.objects.meet(turns)


def test_a_fate_is_met_with_time_and_reason() -> None:
    ann = put().recipients.get()

    assert meet(turn(ann.pk, Fate.BOUNCED, "550 5.1.1 user unknown")) == 1

    ann.refresh_from_db()
    assert (ann.fate, ann.fate_at) == (Fate.BOUNCED, AT)
    assert ann.fate_detail == "550 5.1.1 user unknown"


@pytest.mark.parametrize("lower", [Fate.DELAYED, Fate.DELIVERED, Fate.BOUNCED])
def test_a_lower_or_equal_fate_changes_nothing(lower: Fate) -> None:
    ann = put().recipients.get()
    meet(turn(ann.pk, Fate.BOUNCED, "first"))

    assert meet(turn(ann.pk, lower, "second")) == 0

    ann.refresh_from_db()
    assert (ann.fate, ann.fate_detail) == (Fate.BOUNCED, "first")


def test_of_several_at_once_the_highest_counts() -> None:
    first, second = put(recipients=2).recipients.order_by("pk")

    moved = meet(
        turn(first.pk, Fate.DELIVERED),
        turn(first.pk, Fate.COMPLAINED, "abuse"),
        turn(first.pk, Fate.DELAYED),
        turn(second.pk, Fate.DELIVERED),
    )

    assert moved == 2
    fates = Recipient.objects.order_by("pk").values_list("fate", "fate_detail")
    assert list(fates) == [(Fate.COMPLAINED, "abuse"), (Fate.DELIVERED, "")]


def test_a_long_reason_is_cut() -> None:
    ann = put().recipients.get()

    meet(turn(ann.pk, Fate.REJECTED, "x" * 5000))

    ann.refresh_from_db()
    assert len(ann.fate_detail) == 200


def test_nobody_is_nothing_to_do() -> None:
    assert meet() == 0


def test_however_many_meet_theirs_no_statement_is_too_long() -> None:
    """SQLite takes 999 parameters where it is old, and a list is walked row by row."""
    message = put()
    Recipient.objects.bulk_create(
        Recipient(message=message, address=f"reader{number}@example.org", kind=0)
        for number in range(1000)
    )
    turns = [turn(each.pk, Fate.DELIVERED) for each in Recipient.objects.all()]
    lengths: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        lengths.append(len(params or ()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        assert meet(*turns) == 1001

    assert max(lengths) < 999
    assert not Recipient.objects.exclude(fate=Fate.DELIVERED).exists()
