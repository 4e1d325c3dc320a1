"""Whether the tables are those of a release, not of a state before the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, router
from django.db.migrations.recorder import MigrationRecorder

from seacucumber.models import Message

_APP = "seacucumber"
#: The second migration of those states; no release has one of this name.
_BEFORE_THE_FIRST = (_APP, "0002_queue_indexes")


@register(Tags.database)
def check_history(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """The tables were made by `0001_initial`; asks the database."""
    using = router.db_for_write(Message)
    return list(_refuse(using)) if using in (databases or ()) else []


def _refuse(using: str) -> Iterator[CheckMessage]:
    if _BEFORE_THE_FIRST in MigrationRecorder(connections[using]).applied_migrations():
        yield Error(
            f"The tables of Sea Cucumber in the database {using!r} were made by a state"
            " from before 2.0, and may lack columns that this code reads.",
            hint="Have that state deliver what is queued, and take its tables away"
            " with it: manage.py migrate seacucumber zero. Then install this one, and"
            " run migrate. DKIM keys are made anew, or their private keys imported.",
            id="seacucumber.E021",
        )
