"""The database's clock: the only one that leases, slots and waits are measured by.

Times are whole microseconds since 1970 in UTC. They are compared and added up in
SQL, and neither ``USE_TZ`` nor a session's time zone can move them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils import timezone

US_PER_S = 1_000_000

# Read by a statement of its own: PostgreSQL's now() is frozen at the transaction's
# start, and MariaDB's NOW() is local time that repeats an hour every autumn.
_NOW_SQL = {
    "postgresql": "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint",
    "mysql": "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))",
}
_LEARN_EVERY_S = 60.0

_offsets: dict[str, tuple[int, float]] = {}


def read_us(using: str) -> int:
    """Return the database's time, and remember it for `now_us`.

    Raises:
        NotSupportedError: on a database other than PostgreSQL, MySQL/MariaDB, SQLite.
    """
    now_us = _ask(connections[using])
    # Taken when the answer has arrived: what is derived from it is never early.
    learned_s = time.monotonic()
    _offsets[using] = (now_us - int(learned_s * US_PER_S), learned_s)
    return now_us


def _ask(connection: BaseDatabaseWrapper) -> int:
    if connection.vendor == "sqlite":
        # Its clock is this host's, of which it would tell the milliseconds only.
        return time.time_ns() // 1000
    sql = _NOW_SQL.get(connection.vendor)
    if sql is None:
        raise NotSupportedError(
            f"Sea Cucumber runs on PostgreSQL, MySQL, MariaDB and SQLite; the database"
            f" {connection.alias!r} is {connection.vendor}."
        )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row: tuple[Any, ...] = cursor.fetchone()
    return int(row[0])


def now_us(using: str) -> int:
    """Return the database's time, reckoned from the last reading in this process.

    The monotonic clock carries it on, so that neither a wrong wall clock on this
    host nor a step of it matters. Asks the database once a minute.
    """
    _, learned_s = _offsets.get(using, (0, float("-inf")))
    if time.monotonic() - learned_s > _LEARN_EVERY_S:
        return read_us(using)
    return reckon_us(using)


def reckon_us(using: str) -> int:
    """Return the database's time as `now_us` does, but never ask: for threads that
    have no connection. Some reading must have been taken before.
    """
    offset_us, _ = _offsets[using]
    return offset_us + int(time.monotonic() * US_PER_S)


def after_us(start_us: int, seconds: float) -> int:
    """Return the moment that many seconds after another."""
    return start_us + int(seconds * US_PER_S)


def is_due(at_us: int, now_us: int, *, longest_s: float) -> bool:
    """Tell whether a moment that a machine waits for has come.

    A moment farther ahead than such a wait can be was written before the clock jumped
    back, and has come too. Not for the wishes of people, who may wait for years.

    Args:
        longest_s: How long this kind of wait can be.
    """
    return at_us <= now_us or is_too_far(at_us, now_us, longest_s=longest_s)


def is_too_far(at_us: int, now_us: int, *, longest_s: float) -> bool:
    """Tell whether a moment is farther ahead than its kind of wait can be."""
    return at_us > after_us(now_us, longest_s)


def due(column: str, now_us: int, *, longest_s: float) -> Q:
    """Return the condition on rows that `is_due` is.

    An OR of two ranges: only where rows are found by something else, or are few.
    """
    too_far = Q(**{f"{column}__gt": after_us(now_us, longest_s)})
    return Q(**{f"{column}__lte": now_us}) | too_far


def stored(at: datetime) -> datetime:
    """Return an aware moment as the database's date columns take it."""
    return at if settings.USE_TZ else timezone.make_naive(at)


def aware(at: datetime) -> datetime:
    """Return a value of a date column as an aware moment; undoes `stored`."""
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def moment(at_us: int) -> datetime:
    """Return a time of this clock as the database's date columns take it."""
    return stored(datetime.fromtimestamp(at_us / US_PER_S, UTC))
