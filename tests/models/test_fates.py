"""A recipient's fate goes up and never down, whoever asks for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from seacucumber.enums import Fate
from seacucumber.models import Recipient
from seacucumber.models.fates import Turn
from tests.queueing import put

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
