"""What the log of this project keeps to itself: addresses, and values of rows.

Errors of others carry what they were given: SES names the address that it refuses,
PostgreSQL the row, MariaDB the value. A record that is above DEBUG is told without.
"""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType

_ADDRESS = re.compile(
    r"""(?:"[^"\s]{1,64}"|[^\s<>"'(),:;@\\\[\]=/]{1,128})@(?=([^\s<>"'(),:;@\\=/]+))"""
)
_USERINFO = re.compile(r"://[^/\s@'\"]*@")
#: From here on PostgreSQL repeats the row, and the statement.
_ROW = re.compile(r"\n(?:DETAIL|CONTEXT|LINE \d+): .*", re.DOTALL)
#: Where MariaDB and MySQL repeat a value, or the statement from a place on.
_VALUE = re.compile(r"(?i)\b(entry|value:?|string value:) '(?:[^'\\]|\\.)*'")
_NEAR = re.compile(r"(?is)\bnear '.*'(?= at line \d)")
#: The same of PostgreSQL: what has no such syntax, and is no value of a type.
_QUOTED = re.compile(
    r"(?is)\b(at or near|for (?:type|enum) [\w ]+:|for [\w ]+:) \".*\""
)


class LoggedError(Exception):
    """Stands for an error in the log, with its traceback and without what it names."""


def masked(text: str) -> str:
    """Return a text with addresses as ``n***@example.com``, and without rows."""
    text = _NEAR.sub("near '***'", _VALUE.sub(r"\1 '***'", _ROW.sub("", text)))
    text = _USERINFO.sub("://", _QUOTED.sub(r'\1 "***"', text))
    return _ADDRESS.sub(lambda match: f"{match[0].lstrip(chr(34))[:1]}***@", text)


class Masking(logging.Filter):
    """Lets every record through; one above DEBUG without what is private."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message and the error. Always returns True."""
        if record.levelno > logging.DEBUG:
            record.msg, record.args = masked(_message(record)), ()
            if record.exc_info and record.exc_info[1] is not None:
                _kind, error, trace = record.exc_info
                record.exc_info = _stand_in(error, trace)
        return True


def install() -> None:
    """Have all that this project logs masked; a second time changes nothing."""
    logger = logging.getLogger("seacucumber")
    if not any(isinstance(each, Masking) for each in logger.filters):
        logger.addFilter(Masking())


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _stand_in(
    error: BaseException, trace: TracebackType | None
) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    lines = traceback.format_exception_only(error)
    cause = error.__cause__ or (
        None if error.__suppress_context__ else error.__context__
    )
    if cause is not None:
        lines += ["because of ", *traceback.format_exception_only(cause)]
    return LoggedError, LoggedError(masked("".join(lines).strip())), trace
