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


def begin_with_a_write(model: type[models.Model], using: str) -> None:
    """Have a transaction write before it reads, where that matters: on SQLite, which
    refuses to write to whoever has read before another wrote.

    Args:
        model: Any; none of its rows changes.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = 0 WHERE id = 0")  # noqa: S608


def _end_if_idle() -> models.Func:
    """For this transaction only, so that pooled connections keep no trace of it."""
    return models.Func(
        models.Value("idle_in_transaction_session_timeout"),
        models.Value(str(IDLE_HOLDER_MS)),
        models.Value(True),
        function="set_config",
        output_field=models.CharField(),
    )
