"""Row locks that no frozen process can keep, on every database."""

from __future__ import annotations

from typing import TypeVar

from django.db import connections, models

#: A process that freezes with the lock in its hands is cut off after this.
IDLE_HOLDER_MS = 10_000

Row = TypeVar("Row", bound=models.Model)


def lock_by_key(rows: models.QuerySet[Row], key: str) -> Row:
    """Return the row with this ``key`` under a lock; inside a transaction, first.

    The clock is to be read after this: while it waited, time went on.
    """
    connection = connections[rows.db]
    if connection.vendor == "postgresql":
        return rows.annotate(_=_end_if_idle()).select_for_update().get(key=key)
    if connection.features.has_select_for_update:
        return rows.select_for_update().get(key=key)
    # SQLite: a transaction that begins with a write waits for its turn; one that
    # writes after it has read is refused when another came first.
    rows.filter(key=key).update(key=key)
    return rows.get(key=key)


def _end_if_idle() -> models.Func:
    """For this transaction only, so that pooled connections keep no trace of it."""
    return models.Func(
        models.Value("idle_in_transaction_session_timeout"),
        models.Value(str(IDLE_HOLDER_MS)),
        models.Value(True),
        function="set_config",
        output_field=models.CharField(),
    )
