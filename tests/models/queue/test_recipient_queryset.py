"""A recipient's delivery status goes up and never down, whoever asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from seacucumber.enums import DeliveryStatus
from seacucumber.models import Recipient
from seacucumber.models.queue.recipient_queryset import StatusUpdate
from tests.queue import put

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def update(pk: int, status: DeliveryStatus, detail: str = "") -> StatusUpdate:
    return StatusUpdate(pk=pk, status=status, at=AT, detail=detail)


def apply(*updates: StatusUpdate) -> int:
    return Recipient.objects.apply_status(updates)


def test_a_delivery_status_is_met_with_time_and_reason() -> None:
    ann = put().recipients.get()

    assert apply(update(ann.pk, DeliveryStatus.BOUNCED, "550 5.1.1 user unknown")) == 1

    ann.refresh_from_db()
    assert (ann.delivery_status, ann.delivery_status_at) == (DeliveryStatus.BOUNCED, AT)
    assert ann.delivery_status_detail == "550 5.1.1 user unknown"


@pytest.mark.parametrize(
    "lower", [DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED, DeliveryStatus.BOUNCED]
)
def test_a_lower_or_equal_delivery_status_changes_nothing(
    lower: DeliveryStatus,
) -> None:
    ann = put().recipients.get()
    apply(update(ann.pk, DeliveryStatus.BOUNCED, "first"))

    assert apply(update(ann.pk, lower, "second")) == 0

    ann.refresh_from_db()
    assert (ann.delivery_status, ann.delivery_status_detail) == (
        DeliveryStatus.BOUNCED,
        "first",
    )


def test_of_several_at_once_the_highest_counts() -> None:
    first, second = put(recipients=2).recipients.order_by("pk")

    moved = apply(
        update(first.pk, DeliveryStatus.DELIVERED),
        update(first.pk, DeliveryStatus.COMPLAINED, "abuse"),
        update(first.pk, DeliveryStatus.DELAYED),
        update(second.pk, DeliveryStatus.DELIVERED),
    )

    assert moved == 2
    statuses = Recipient.objects.order_by("pk").values_list(
        "delivery_status", "delivery_status_detail"
    )
    assert list(statuses) == [
        (DeliveryStatus.COMPLAINED, "abuse"),
        (DeliveryStatus.DELIVERED, ""),
    ]


def test_a_long_reason_is_cut() -> None:
    ann = put().recipients.get()

    apply(update(ann.pk, DeliveryStatus.REJECTED, "x" * 5000))

    ann.refresh_from_db()
    assert len(ann.delivery_status_detail) == 200


def test_nobody_is_nothing_to_do() -> None:
    assert apply() == 0


def test_however_many_meet_theirs_no_statement_is_too_long() -> None:
    """SQLite takes 999 parameters where it is old, and a list is walked row by row."""
    message = put()
    Recipient.objects.bulk_create(
        Recipient(message=message, address=f"reader{number}@example.org", kind=0)
        for number in range(1000)
    )
    updates = [
        update(each.pk, DeliveryStatus.DELIVERED) for each in Recipient.objects.all()
    ]
    lengths: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        lengths.append(len(params or ()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        assert apply(*updates) == 1001

    assert max(lengths) < 999
    assert not Recipient.objects.exclude(
        delivery_status=DeliveryStatus.DELIVERED
    ).exists()
