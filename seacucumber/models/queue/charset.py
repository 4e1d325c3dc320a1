"""Text for columns that people look at, on databases that do not take all of it."""

from __future__ import annotations

from functools import lru_cache

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_UTF8MB4 = "utf8mb4"
#: MySQL's and MariaDB's older UTF-8, of three bytes at most: no emoji.
_THREE_BYTES = ("utf8", "utf8mb3")
_LAST_OF_THREE_BYTES = "\uffff"


def displayable(text: str, using: str) -> str:
    """Return a text that the database takes: what it cannot is replaced by a mark.

    For columns that are only looked at: the mail itself is bytes, and leaves whole.
    MySQL and MariaDB refuse a row for one character that a column's character set
    lacks (https://mariadb.com/kb/en/unicode/: utf8mb3 has those of up to three bytes).
    """
    if text.isascii() or connections[using].vendor != "mysql":
        return text
    charset = narrow_charset(using)
    if not charset:
        return text
    if charset in _THREE_BYTES:
        return "".join(c if c <= _LAST_OF_THREE_BYTES else "\ufffd" for c in text)
    return text.encode("ascii", "replace").decode("ascii")


@lru_cache
def narrow_charset(using: str) -> str:
    """Return the character set of the queue's text if it is not all of Unicode.

    Asked once in a process; empty where all can be stored, or nothing is there yet.
    """
    connection: BaseDatabaseWrapper = connections[using]
    if connection.vendor != "mysql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CHARACTER_SET_NAME FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'seacucumber_message'"
            " AND COLUMN_NAME = 'subject'"
            # A table that is still to be made gets the database's.
            " UNION ALL SELECT @@character_set_database FROM DUAL WHERE NOT EXISTS"
            " (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
            " AND TABLE_NAME = 'seacucumber_message')"
            " UNION ALL SELECT @@character_set_connection"
        )
        found = [str(row[0]) for row in cursor.fetchall()]
    return next((name for name in found if name != _UTF8MB4), "")
