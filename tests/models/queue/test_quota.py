"""The rolling 24 hours, in slices of ten minutes."""

from __future__ import annotations

import pytest

from seacucumber.models import Pace, QuotaSlice
from seacucumber.models.queue.quota import DAY_US, SLICE_US

pytestmark = pytest.mark.django_db

START_US = 1_750_000_000_000_000 // SLICE_US * SLICE_US
KEY = "shop/eu-west-1"


def add(recipients: int, at_us: int, key: str = KEY) -> None:
    QuotaSlice.objects.add_recipients(key, recipients, now_us=at_us)


def day_until(end_us: int) -> int:
    return QuotaSlice.objects.day_until(KEY, end_us)


@pytest.mark.parametrize(
    ("told", "sent_in_day"),
    [
        # SES counts what others send, too, and what we have sent since it told.
        (100.0, 107.0),
        # It may lag behind: never less than what we have sent ourselves.
        (1.0, 10.0),
        (None, None),
    ],
)
def test_the_day_is_what_ses_told_and_what_was_sent_since(
    told: float | None, sent_in_day: float | None
) -> None:
    pace = Pace(key=KEY, sent_last_24h=told, learned_at_us=START_US)
    add(3, START_US)
    add(7, START_US + SLICE_US)

    assert pace.sent_in_day(START_US + SLICE_US) == sent_in_day


def test_nothing_sent_is_a_sum_of_zero() -> None:
    assert day_until(START_US) == 0


def test_ten_minutes_are_one_row() -> None:
    add(3, START_US)
    add(4, START_US + SLICE_US - 1)
    add(5, START_US + SLICE_US)

    rows = QuotaSlice.objects.order_by("start_us").values_list("start_us", "recipients")
    assert list(rows) == [(START_US, 7), (START_US + SLICE_US, 5)]
    assert day_until(START_US + SLICE_US) == 12


def test_what_was_sent_a_day_ago_counts_no_longer() -> None:
    add(3, START_US)
    add(4, START_US + SLICE_US)

    assert day_until(START_US + DAY_US - 1) == 7
    assert day_until(START_US + DAY_US) == 4
    assert day_until(START_US + DAY_US + SLICE_US) == 0


def test_the_sum_of_an_earlier_moment_does_not_know_what_came_later() -> None:
    add(3, START_US)
    add(4, START_US + SLICE_US)

    assert day_until(START_US + SLICE_US - 1) == 3


def test_accounts_are_counted_apart() -> None:
    add(3, START_US)
    add(9, START_US, "other/eu-west-1")

    assert day_until(START_US) == 3
