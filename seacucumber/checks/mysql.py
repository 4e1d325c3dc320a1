"""Whether MySQL and MariaDB keep the queue in tables with transactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, router

from seacucumber.models import Message

_ENGINES = (
    "SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
    " AND TABLE_NAME = 'seacucumber_message'"
)
#: What a table gets that names no engine, as those of migrations.
_NEXT = "SELECT @@default_storage_engine"
#: https://mariadb.com/kb/en/information-schema-engines-table/
_TRANSACTIONS = "SELECT TRANSACTIONS FROM information_schema.ENGINES WHERE ENGINE = %s"


@register(Tags.database)
def check_engine(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """The queue's tables have transactions, or will; asks the database.

    ``migrate`` is refused before it makes tables that would have none.
    """
    using = router.db_for_write(Message)
    if using not in (databases or ()) or connections[using].vendor != "mysql":
        return []
    return list(_refuse(using))


def _refuse(using: str) -> Iterator[CheckMessage]:
    with connections[using].cursor() as cursor:
        cursor.execute(_ENGINES)
        there = cursor.fetchone()
        if there is None:
            cursor.execute(_NEXT)
        engine = str((there or cursor.fetchone())[0])
        cursor.execute(_TRANSACTIONS, [engine])
        found = cursor.fetchone()
    if found is not None and found[0] == "YES":
        return
    what = "are" if there else "would be"
    mend = (
        "Convert each (ALTER TABLE seacucumber_message ENGINE=InnoDB, ...)"
        if there
        else "Set OPTIONS['init_command'] = \"SET default_storage_engine=INNODB\" for"
        " the database, or its server's default_storage_engine, and run migrate again"
    )
    yield Error(
        f"The tables of Sea Cucumber in the database {using!r} {what} {engine}, which"
        " has no transactions: mail could be sent twice, or lost.",
        hint=f"{mend}.",
        id="seacucumber.E022",
    )
