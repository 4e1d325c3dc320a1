"""Keeping a secret out of the logs of botocore, which at DEBUG tells every request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("boto3", "botocore", "urllib3")
MASK = "(not logged)"


class _Masking(logging.Filter):
    """Lets every record through, without the secret."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if self._secret in text:
            record.msg, record.args = text.replace(self._secret, MASK), ()
        return True


@contextmanager
def unlogged(secret: str) -> Iterator[None]:
    """Keep a secret out of what AWS's libraries log inside.

    Args:
        secret: As it stands in the request. Base64 stands in JSON as it is.
    """
    masking = _Masking(secret)
    # A filter sees what is logged to its own logger only, not what comes from below.
    loggers = [logging.getLogger(name) for name in _names()]
    for logger in loggers:
        logger.addFilter(masking)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(masking)


def _names() -> list[str]:
    known = list(logging.root.manager.loggerDict)
    return [name for name in known if name.partition(".")[0] in _LIBRARIES]
