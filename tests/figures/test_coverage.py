from __future__ import annotations

from datetime import timedelta

import pytest

from seacucumber.figures.coverage import Row, read_coverage
from seacucumber.models import AccountSnapshot
from tests.admin import seed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _snapshot(back: timedelta) -> None:
    AccountSnapshot.objects.create(
        key=seed.key(),
        taken_at=seed.now() - back,
        max_24h_send=200,
        max_send_rate=1,
        sent_last_24h=0,
        production_access=False,
        sending_enabled=True,
        enforcement_status="HEALTHY",
    )


def test_a_month_in_which_nobody_asked_is_a_hole() -> None:
    _snapshot(60 * DAY)
    _snapshot(timedelta())
    seed.seed_refreshes(age=timedelta())
    now = seed.now()
    rows: list[Row] = [(now - 60 * DAY, 5, 0, 0, 0), (now - DAY, 5, 0, 0, 0)]

    coverage = read_coverage(seed.key(), rows)

    assert not coverage.knows(now - 40 * DAY, now - 39 * DAY)
    assert not coverage.knows(now - 16 * DAY, now - 15 * DAY)
    # Today's answer tells of these 14 days.
    assert coverage.knows(now - 13 * DAY, now - 12 * DAY)


@pytest.mark.parametrize("sent_before", [True, False])
def test_a_month_in_which_nothing_was_sent_is_known(sent_before: bool) -> None:
    for days in range(61):
        _snapshot(days * DAY)
    seed.seed_refreshes(age=timedelta())
    now = seed.now()
    rows: list[Row] = [(now - 60 * DAY, 5, 0, 0, 0)] if sent_before else []

    coverage = read_coverage(seed.key(), rows)

    assert coverage.holes == ()
    assert coverage.knows(now - 40 * DAY, now - 39 * DAY)


def test_points_without_a_trace_of_asking_are_known_to_their_end() -> None:
    now = seed.now()

    coverage = read_coverage(seed.key(), [(now - DAY, 5, 0, 0, 0)])

    assert coverage.knows(now - DAY, now - DAY + timedelta(minutes=5))
    assert not coverage.knows(now - timedelta(hours=2), now)
