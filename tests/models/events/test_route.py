"""What is written down of a route that events come by."""

from __future__ import annotations

import pytest

from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.models import EventRoute
from tests.queue import now_us

pytestmark = pytest.mark.django_db

HOUR_US = 3600 * US_PER_S


def test_a_backlog_that_comes_in_at_once_is_heard_to_its_end() -> None:
    key, now = (get_mailer().pace_key, "@news"), now_us()

    EventRoute.objects.hear({key: now - 2 * HOUR_US}, now_us=now)
    for seconds in range(1, 6):
        until_us = now - HOUR_US + seconds * US_PER_S
        EventRoute.objects.hear({key: until_us}, now_us=now + seconds * 1000)

    assert EventRoute.objects.get().accepted_until_us == until_us


def test_a_second_of_events_is_one_row_written_once(
    django_assert_num_queries: object,
) -> None:
    key, now = (get_mailer().pace_key, "@news"), now_us()
    EventRoute.objects.hear({key: now - 5}, now_us=now)

    with django_assert_num_queries(10):  # type: ignore[operator]
        for each in range(10):
            EventRoute.objects.hear({key: now + each}, now_us=now + each)
