"""Whether several processes can use a queue that is in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections, router

from seacucumber.models import Message

#: Transactions that lock when they begin: https://sqlite.org/lang_transaction.html
_LOCKING = ("IMMEDIATE", "EXCLUSIVE")


@register(Tags.database)
def check_sqlite(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Writers wait for each other, and keep no reader waiting; asks the database.

    Not among the checks of settings, which would repeat it before every command.
    """
    using = router.db_for_write(Message)
    if using not in (databases or ()) or connections[using].vendor != "sqlite":
        return []
    connection: Any = connections[using]
    if connection.is_in_memory_db():
        # One process has it, as in the tests of a project.
        return []
    return list(_warn(using))


def _warn(using: str) -> Iterator[CheckMessage]:
    connection = connections[using]
    mode = str(connection.settings_dict["OPTIONS"].get("transaction_mode", ""))
    if mode.upper() not in _LOCKING:
        yield Warning(
            "SQLite transactions that read before they write fail when another"
            " process writes; a view that queues mail may see 'database is locked'.",
            hint='Set OPTIONS["transaction_mode"] = "IMMEDIATE" for the database.',
            id="seacucumber.W001",
        )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        journal = str(cursor.fetchone()[0]).lower()
    if journal != "wal":
        yield Warning(
            f"The journal of the SQLite database {using!r} is {journal!r}: a process"
            " that reads keeps workers from writing, and workers keep it from reading.",
            hint='Set OPTIONS["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA'
            ' synchronous=NORMAL" for the database, which has to be on a local disk.',
            id="seacucumber.W033",
        )
