from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from seacucumber.figures.ranges import SPANS
from seacucumber.figures.traffic import Counts, read_traffic
from seacucumber.models import Refresh, StatisticPoint
from tests.admin import seed

pytestmark = pytest.mark.django_db


def _point(back: timedelta, attempts: int = 200, **counts: Any) -> None:
    values = {"bounces": 0, "complaints": 0, "rejects": 0, **counts}
    StatisticPoint.objects.create(
        key=seed.key(), at=seed.now() - back, delivery_attempts=attempts, **values
    )


def test_every_attempt_is_in_one_bin() -> None:
    seed.seed_statistics()
    seed.seed_refreshes(age=timedelta())

    traffic = read_traffic(seed.key(), SPANS["90d"], seed.now())

    counted = sum(bin.counts.attempts for bin in traffic.bins if bin.counts)
    stored = StatisticPoint.objects.filter(at__gte=traffic.bins[0].begins)
    assert counted == sum(stored.values_list("delivery_attempts", flat=True))
    assert counted == traffic.total.attempts > 1_000_000


def test_a_time_without_points_that_ses_was_asked_about_counts_as_none_sent() -> None:
    _point(timedelta(days=10))
    seed.seed_refreshes(age=timedelta())

    bins = read_traffic(seed.key(), SPANS["14d"], seed.now()).bins

    quiet = [bin.counts for bin in bins if bin.counts and not bin.counts.attempts]
    assert len(quiet) >= 36
    assert all(bin.counts is not None for bin in bins[1:])


def test_what_nobody_has_asked_about_is_a_gap() -> None:
    _point(timedelta(hours=1))
    seed.seed_refreshes(age=timedelta())

    bins = read_traffic(seed.key(), SPANS["90d"], seed.now()).bins

    # The answer of today covers the 14 days before.
    assert [bin.counts is None for bin in bins[:75]] == [True] * 75
    assert all(bin.counts is not None for bin in bins[76:])


def test_a_bin_that_has_just_begun_is_no_gap_yet() -> None:
    _point(timedelta(hours=3))
    seed.seed_refreshes(age=timedelta())
    now = seed.now().replace(minute=0, second=0, microsecond=0)
    Refresh.objects.update(succeeded_at=now - timedelta(minutes=2))

    fresh = read_traffic(seed.key(), SPANS["24h"], now + timedelta(minutes=1))
    old = read_traffic(seed.key(), SPANS["24h"], now + timedelta(hours=2))

    assert fresh.bins[-1].counts is None
    assert all(fresh.known)
    assert old.known[-3:] == [False] * 3


def test_nothing_is_known_where_ses_was_never_asked() -> None:
    traffic = read_traffic(seed.key(), SPANS["14d"], seed.now())

    assert traffic.empty
    assert traffic.known_until is None


def test_the_time_since_ses_last_told_is_a_gap() -> None:
    _point(timedelta(days=5))
    seed.seed_refreshes(age=timedelta(days=3))

    bins = read_traffic(seed.key(), SPANS["14d"], seed.now()).bins

    assert bins[-1].counts is None
    assert [bin.open for bin in bins if bin.counts].count(True) == 1


def test_a_rate_is_that_of_the_whole_window() -> None:
    _point(timedelta(hours=20), attempts=300, bounces=30)
    _point(timedelta(hours=1), attempts=100, bounces=2, complaints=1)
    seed.seed_refreshes(age=timedelta())

    last = read_traffic(seed.key(), SPANS["24h"], seed.now()).bins[-1]

    assert last.trailing is not None
    assert last.trailing.bounce_rate == 32 / 400
    assert last.trailing.complaint_rate == 1 / 400


def test_a_few_messages_have_no_rate() -> None:
    assert Counts(attempts=99, bounces=20).bounce_rate is None
    assert Counts(attempts=100, bounces=20).bounce_rate == 0.2


def test_another_account_is_not_counted() -> None:
    _point(timedelta(hours=1))
    StatisticPoint.objects.update(key="other/eu-west-1")
    seed.seed_refreshes(age=timedelta())

    assert read_traffic(seed.key(), SPANS["14d"], seed.now()).total == Counts()


def test_without_time_zones_the_same_is_counted(settings: Any) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = "America/New_York"
    at = seed.now() - timedelta(hours=1)
    from seacucumber.text.times import stored

    StatisticPoint.objects.create(
        key=seed.key(),
        at=stored(at),
        delivery_attempts=7,
        bounces=0,
        complaints=0,
        rejects=0,
    )

    traffic = read_traffic(seed.key(), SPANS["24h"], seed.now())

    hit = next(bin for bin in traffic.bins if bin.counts and bin.counts.attempts)
    assert hit.begins <= at < hit.ends
