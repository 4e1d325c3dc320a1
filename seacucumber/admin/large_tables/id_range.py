"""Where in the table a moment is, and how long the table is, without walking it.

Rows get their ids in the order in which they are inserted, so that the id is an index
of the time, too: one that costs the queue nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Field, Model, Q

#: The hosts that write have clocks of their own.
_SLACK = timedelta(minutes=1)

# A search by halves, in one statement: "id >= middle ... LIMIT 1" finds the next row
# where ids are missing. Ends with the smallest id that is not before the moment.
_FIRST_SINCE_SQL = """
WITH RECURSIVE halves(low, high) AS (
    SELECT
        COALESCE((SELECT MIN(id) FROM {table}), 0),
        COALESCE((SELECT MAX(id) FROM {table}), 0) + 1
    UNION ALL
    SELECT
        CASE WHEN {at_middle} < %s THEN (low + high) / 2 + 1 ELSE low END,
        CASE WHEN {at_middle} < %s THEN high ELSE (low + high) / 2 END
    FROM halves WHERE low < high
)
SELECT MAX(low) FROM halves WHERE low >= high
"""
_AT_MIDDLE_SQL = (
    "(SELECT {column} FROM {table} WHERE id >= (low + high) / 2 ORDER BY id LIMIT 1)"
)

_ESTIMATE_SQL = {
    "postgresql": "SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)",
    "mysql": "SELECT table_rows FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name = %s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of ids.

    Args:
        first: The first one; None is from the beginning.
        end: The one after the last; None is to the end.
    """

    first: int | None = None
    end: int | None = None

    def __contains__(self, pk: int) -> bool:
        """Tell whether an id lies in it."""
        return (self.first is None or pk >= self.first) and (
            self.end is None or pk < self.end
        )

    def of(self, column: str) -> Q:
        """Return the condition on a column that has such ids."""
        condition = Q()
        if self.first is not None:
            condition &= Q(**{f"{column}__gte": self.first})
        if self.end is not None:
            condition &= Q(**{f"{column}__lt": self.end})
        return condition

    def before(self, end: int | None) -> Span:
        """Return the part of it that lies before an id."""
        ends = [known for known in (self.end, end) if known is not None]
        return Span(first=self.first, end=min(ends) if ends else None)


def first_since(moment: datetime, inserted_at: Field[Any, Any], using: str) -> int:
    """Return an id that parts what was inserted before a moment from what came since.

    A minute before, to be safe. One query, on a table of any size.

    Args:
        inserted_at: The column that has the moment of the insert.
    """
    connection = connections[using]
    names = {
        "table": connection.ops.quote_name(inserted_at.model._meta.db_table),
        "column": connection.ops.quote_name(str(inserted_at.column)),
    }
    sql = _FIRST_SINCE_SQL.format(at_middle=_AT_MIDDLE_SQL.format(**names), **names)
    if connection.vendor == "mysql":
        sql = sql.replace("(low + high) / 2", "(low + high) DIV 2")
    at = connection.ops.adapt_datetimefield_value(moment - _SLACK)
    with connection.cursor() as cursor:
        cursor.execute(sql, [at, at])
        row = cursor.fetchone()
    return int(row[0] or 0)


def estimate(model: type[Model], using: str) -> int:
    """Return about how many rows there are, without counting them.

    PostgreSQL and MySQL keep an estimate. SQLite does not: there it is the span of
    the ids, which old rows leave first.
    """
    connection = connections[using]
    sql = _ESTIMATE_SQL.get(connection.vendor)
    found = 0
    if sql is not None:
        with connection.cursor() as cursor:
            cursor.execute(sql, [model._meta.db_table])
            row = cursor.fetchone()
        found = int(row[0] or 0) if row else 0
    if found > 0:
        return found
    # One by one: for both at once, SQLite would walk the table.
    rows = model._default_manager.using(using)
    ids = rows.order_by("pk").values_list("pk", flat=True)
    first, last = ids.first(), ids.last()
    return last - first + 1 if first is not None and last is not None else 0
