"""INSERTs of many rows, or of one, in one statement that is written only once.

Django builds its own anew for every call, which takes longer than the database needs
to carry it out; a mail is three of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connections, models

#: SQLite takes 32,766 parameters in one statement, older ones 999.
PARAMETERS_MAX = 900

Row = TypeVar("Row", bound=models.Model)


def insert(rows: Sequence[models.Model], using: str) -> None:
    """Insert new rows of one model, and set their primary keys.

    Defaults of the model are applied by its constructor; nothing else happens: no
    signals, no relations. The database must be able to return keys
    (``can_return_rows_from_bulk_insert``), or the keys stay unset.
    """
    returns = connections[using].features.can_return_rows_from_bulk_insert
    for part in _parts(rows):
        key = str(part[0]._meta.pk.column) if returns else ""
        keys = _insert(part, using, returns=key)
        for row, (pk,) in zip(part, keys, strict=False):
            row.pk = pk
            row._state.adding = False
            row._state.db = using


def insert_missing(rows: Sequence[Row], using: str, *, once: str) -> set[Any]:
    """Insert new rows of one model, but those of which a unique column is there.

    Whoever inserts the same at the same moment waits until we have committed, or we
    until they have. Keys stay unset.

    Args:
        once: The unique column. The rows differ in it.

    Returns:
        What is in that column of the rows that were inserted.
    """
    return {
        value
        for part in _parts(rows)
        for (value,) in _insert(part, using, returns=once, once=once)
    }


def can_insert_missing(using: str) -> bool:
    """Tell whether a database can do `insert_missing`: MySQL and MariaDB cannot be
    told at which conflict a row is to be left out.
    """
    features = connections[using].features
    return (
        features.can_return_rows_from_bulk_insert
        and features.supports_update_conflicts_with_target
    )


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield as many rows as one statement takes."""
    if rows:
        at_once = max(1, PARAMETERS_MAX // len(_columns(type(rows[0]))))
        for start in range(0, len(rows), at_once):
            yield rows[start : start + at_once]


def _insert(
    rows: Sequence[models.Model], using: str, *, returns: str, once: str = ""
) -> list[tuple[Any, ...]]:
    connection, model = connections[using], type(rows[0])
    sql = _statement(model, using, len(rows), returns, once)
    columns = _columns(model)
    values = [
        column.get_db_prep_save(getattr(row, column.attname), connection)
        for row in rows
        for column in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if returns else []


@lru_cache(maxsize=64)
def _statement(
    model: type[models.Model], using: str, rows: int, returns: str, once: str
) -> str:
    quote = connections[using].ops.quote_name
    columns = _columns(model)
    names = ", ".join(quote(str(column.column)) for column in columns)
    one = f"({', '.join(['%s'] * len(columns))})"
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names})"  # noqa: S608
        f" VALUES {', '.join([one] * rows)}"
    )
    if once:
        sql += f" ON CONFLICT ({quote(once)}) DO NOTHING"
    return f"{sql} RETURNING {quote(returns)}" if returns else sql


@lru_cache(maxsize=16)
def _columns(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """All columns but the key, which the database gives."""
    return tuple(
        column for column in model._meta.local_concrete_fields if not column.primary_key
    )
