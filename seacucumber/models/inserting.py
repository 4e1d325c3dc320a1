"""INSERTs of many rows, or of one, in one statement that is written only once.

Django builds its own anew for every call, which takes longer than the database needs
to carry it out; a mail is three of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connections, models

#: SQLite takes 32,766 parameters in one statement, older ones 999.
PARAMETERS_MAX = 900


def insert(rows: Sequence[models.Model], using: str) -> None:
    """Insert new rows of one model, and set their primary keys.

    Defaults of the model are applied by its constructor; nothing else happens: no
    signals, no relations. The database must be able to return keys
    (``can_return_rows_from_bulk_insert``), or the keys stay unset.
    """
    if not rows:
        return
    model = type(rows[0])
    at_once = max(1, PARAMETERS_MAX // len(_columns(model)))
    for start in range(0, len(rows), at_once):
        _insert(model, rows[start : start + at_once], using)


def _insert(
    model: type[models.Model], rows: Sequence[models.Model], using: str
) -> None:
    connection = connections[using]
    returns = connection.features.can_return_rows_from_bulk_insert
    sql = _statement(model, using, len(rows), returns)
    columns = _columns(model)
    values = [
        column.get_db_prep_save(getattr(row, column.attname), connection)
        for row in rows
        for column in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        keys: list[tuple[Any, ...]] = cursor.fetchall() if returns else []
    for row, (key,) in zip(rows, keys, strict=False):
        row.pk = key
        row._state.adding = False
        row._state.db = using


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], using: str, rows: int, returns: bool) -> str:
    quote = connections[using].ops.quote_name
    columns = _columns(model)
    names = ", ".join(quote(str(column.column)) for column in columns)
    one = f"({', '.join(['%s'] * len(columns))})"
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names})"  # noqa: S608
        f" VALUES {', '.join([one] * rows)}"
    )
    return f"{sql} RETURNING {quote(str(model._meta.pk.column))}" if returns else sql


@lru_cache(maxsize=16)
def _columns(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """All columns but the key, which the database gives."""
    return tuple(
        column for column in model._meta.local_concrete_fields if not column.primary_key
    )
