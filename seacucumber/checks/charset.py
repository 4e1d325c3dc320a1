"""Whether MySQL and MariaDB can store what people write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections, router

from seacucumber.models import Message
from seacucumber.models.queue.charset import narrow_charset


@register(Tags.database)
def check_charset(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """All of Unicode fits into the queue's columns; asks the database."""
    using = router.db_for_write(Message)
    if using not in (databases or ()) or connections[using].vendor != "mysql":
        return []
    narrow_charset.cache_clear()
    return list(_warn(using, narrow_charset(using)))


def _warn(using: str, charset: str) -> Iterator[CheckMessage]:
    if charset:
        yield Warning(
            f"The text of the queue is {charset} in the database {using!r}: mail leaves"
            " as it was written, but subjects and reasons are shown with marks in place"
            " of emoji and other characters, and forms that are given some fail.",
            hint="Convert the database (ALTER DATABASE name CHARACTER SET utf8mb4) and"
            " each table of seacucumber (ALTER TABLE seacucumber_message CONVERT TO"
            " CHARACTER SET utf8mb4, ...), and name no other charset in OPTIONS.",
            id="seacucumber.W031",
        )
