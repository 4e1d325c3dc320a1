"""Whether the queue is in a database that it can be kept in, and in the callers'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections, router

from seacucumber.models import Message

_KNOWN = ("postgresql", "mysql", "sqlite")
#: What Django puts in the place of a database that is not named.
_NONE = "django.db.backends.dummy"
#: Transactions that lock when they begin: https://sqlite.org/lang_transaction.html
_LOCKING = ("IMMEDIATE", "EXCLUSIVE")


def check_queue_database() -> Iterator[CheckMessage]:
    """The queue needs a database whose locks and clock we know; asks none."""
    if not apps.is_installed("seacucumber"):
        return
    using = router.db_for_write(Message)
    vendor = connections[using].vendor
    if vendor not in _KNOWN:
        yield Error(
            f"The queue would be in a {vendor} database.",
            hint="Use PostgreSQL, MySQL 8, MariaDB 10.6 or SQLite. A database router"
            " can give this app one of its own; then a rollback in your database does"
            " not take mail back (seacucumber.W034).",
            id="seacucumber.E010",
        )
    default = connections[DEFAULT_DB_ALIAS].settings_dict["ENGINE"]
    if using != DEFAULT_DB_ALIAS and default != _NONE:
        yield Warning(
            f"The queue is in the database {using!r}: a transaction in"
            f" {DEFAULT_DB_ALIAS!r} that is rolled back does not take back the mail"
            " that was sent in it.",
            hint="Route seacucumber to the database whose transactions mail belongs"
            " to; or send mail by transaction.on_commit(), and silence this check.",
            id="seacucumber.W034",
        )


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
