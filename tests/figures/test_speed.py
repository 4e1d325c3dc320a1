from __future__ import annotations

from datetime import timedelta

import pytest

from seacucumber.figures.ranges import SPANS
from seacucumber.figures.speed import read_speed
from seacucumber.models import QuotaSlice
from seacucumber.models.queue.quota import SLICE_US
from seacucumber.text.times import to_us
from tests.admin import seed

pytestmark = pytest.mark.django_db


def _sent(recipients: int, back: timedelta) -> None:
    start_us = to_us(seed.now() - back)
    QuotaSlice.objects.create(
        pace_key=seed.key(),
        start_us=start_us - start_us % SLICE_US,
        recipients=recipients,
    )


def test_the_busiest_ten_minutes_of_a_bin_count() -> None:
    _sent(600, timedelta(days=3))
    _sent(6000, timedelta(days=3, minutes=10))

    speed = read_speed(seed.key(), SPANS["90d"], seed.now())

    assert max(bin.peak_per_s or 0.0 for bin in speed.bins) == 10.0


def test_the_time_before_the_first_counter_is_a_gap_and_idle_time_is_not() -> None:
    _sent(600, timedelta(days=3))

    bins = read_speed(seed.key(), SPANS["14d"], seed.now()).bins

    assert bins[0].peak_per_s is None
    assert bins[-1].peak_per_s == 0.0


def test_a_raised_limit_is_a_step() -> None:
    seed.seed_account()

    bins = read_speed(seed.key(), SPANS["90d"], seed.now()).bins

    allowed = [bin.allowed_per_s for bin in bins]
    assert sorted(set(allowed[1:]), key=lambda rate: rate or 0.0) == [10.0, 14.0]
    assert allowed[1] == 10.0
    assert allowed[-1] == 14.0


def test_a_limit_that_goes_up_and_down_is_not_smoothed_away() -> None:
    seed.seed_account(days=3)
    from seacucumber.models import AccountSnapshot

    middle = seed.now() - timedelta(hours=30)
    AccountSnapshot.objects.filter(
        taken_at__range=(middle - timedelta(hours=10), middle)
    ).update(max_send_rate=1.0)

    bins = read_speed(seed.key(), SPANS["14d"], seed.now()).bins

    changes = [bin.allowed_per_s for bin in bins if bin.allowed_per_s is not None]
    assert (changes[0], 1.0 in changes, changes[-1]) == (14.0, True, 14.0)


def test_the_rate_of_now_is_that_of_the_last_ten_minutes() -> None:
    now = seed.now()
    into_slice = to_us(now) % SLICE_US / SLICE_US
    _sent(300, timedelta())
    _sent(600, timedelta(minutes=10))

    speed = read_speed(seed.key(), SPANS["24h"], now)

    assert speed.recent_per_s == pytest.approx((300 + 600 * (1 - into_slice)) / 600)
