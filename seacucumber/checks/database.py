"""Whether the queue is in a database that it can be kept in, and in the callers'."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.core.checks import CheckMessage, Error, Warning
from django.db import DEFAULT_DB_ALIAS, connections, router

_KNOWN = ("postgresql", "mysql", "sqlite")
#: What Django puts in the place of a database that is not named.
_NONE = "django.db.backends.dummy"


def check_queue_database() -> Iterator[CheckMessage]:
    """The queue needs a database whose locks and clock we know; asks none."""
    if not apps.is_installed("seacucumber"):
        return
    using = router.db_for_write(apps.get_model("seacucumber", "Message"))
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
