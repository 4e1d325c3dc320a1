"""The database's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import NotSupportedError, connection, transaction

from seacucumber.db import clock

pytestmark = pytest.mark.django_db
USING = "default"


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_offsets", {})


def test_it_tells_utc_in_microseconds() -> None:
    before_us = int(datetime.now(UTC).timestamp() * 1e6)
    now_us = clock.read_us(USING)

    # The database is on this machine; a time zone would be off by half an hour.
    assert abs(now_us - before_us) < 60 * clock.US_PER_S


def test_it_goes_on_inside_a_transaction() -> None:
    """PostgreSQL's now() would stand still."""
    with transaction.atomic():
        first_us = clock.read_us(USING)
        time.sleep(0.01)
        second_us = clock.read_us(USING)

    assert second_us - first_us >= 9_000


def test_the_time_zone_of_the_session_does_not_move_it() -> None:
    before_us = clock.read_us(USING)
    statement = {
        "postgresql": "SET TIME ZONE 'Asia/Tokyo'",
        "mysql": "SET time_zone = '+09:00'",
    }.get(connection.vendor, "SELECT 1")
    back = {"postgresql": "SET TIME ZONE 'UTC'", "mysql": "SET time_zone = '+00:00'"}
    with connection.cursor() as cursor:
        cursor.execute(statement)
        after_us = clock.read_us(USING)
        cursor.execute(back.get(connection.vendor, "SELECT 1"))

    assert 0 <= after_us - before_us < 60 * clock.US_PER_S


def test_it_is_asked_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    now_s = 1000.0
    monkeypatch.setattr(clock.time, "monotonic", lambda: now_s)
    first_us = clock.read_us(USING)

    with django_assert_num_queries(0):
        now_s = 1059.0
        assert clock.now_us(USING) == first_us + 59 * clock.US_PER_S
    with django_assert_num_queries(int(connection.vendor != "sqlite")):
        now_s = 1061.0
        clock.now_us(USING)
    assert clock._offsets[USING][1] == now_s


def test_a_step_of_the_hosts_clock_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first_us = clock.read_us(USING)
    monkeypatch.setattr(clock.time, "time", lambda: 0.0)

    assert 0 <= clock.now_us(USING) - first_us < 60 * clock.US_PER_S


def test_a_reckoned_time_is_never_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a message would leave before its slot."""
    real_us = clock.read_us(USING)
    reckoned_us = clock.reckon_us(USING)
    later_us = clock.read_us(USING)

    assert real_us <= reckoned_us <= later_us + 1_000


def test_a_database_whose_clock_is_not_known_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "vendor", "oracle")

    with pytest.raises(NotSupportedError, match="'default' is oracle"):
        clock.read_us(USING)


def test_durations_are_added_in_microseconds() -> None:
    assert clock.after_us(1_000_000, 1.5) == 2_500_000
    assert clock.after_us(1_000_000, -0.5) == 500_000
