"""SELECTs of rows by one column, in a statement that is written only once.

Django builds its own anew for every call, which takes several times as long as the
database needs to answer; an event is three of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import connections, models

from seacucumber.db.bulk_insert import PARAMETERS_MAX


def select(
    model: type[models.Model],
    columns: tuple[str, ...],
    using: str,
    *,
    by: str,
    values: Iterable[int | str],
) -> list[tuple[Any, ...]]:
    """Return some columns of the rows in which one column has one of some values.

    Args:
        columns: Names of fields (``message_id`` for a foreign key) that hold numbers
            or text: what the database answers is returned as it is.
        by: The same of the one that is looked at; it should have an index.
    """
    wanted = list(values)
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(wanted), PARAMETERS_MAX):
        part = wanted[start : start + PARAMETERS_MAX]
        with connections[using].cursor() as cursor:
            cursor.execute(_statement(model, columns, by, using, len(part)), part)
            found += cursor.fetchall()
    return found


@lru_cache(maxsize=64)
def _statement(
    model: type[models.Model],
    columns: tuple[str, ...],
    by: str,
    using: str,
    values: int,
) -> str:
    quote = connections[using].ops.quote_name
    own = {
        name: quote(str(field.column))
        for field in model._meta.local_concrete_fields
        for name in (field.name, field.attname)
    }
    names = ", ".join(own[name] for name in columns)
    marks = ", ".join(["%s"] * values)
    table = quote(model._meta.db_table)
    return f"SELECT {names} FROM {table} WHERE {own[by]} IN ({marks})"  # noqa: S608
