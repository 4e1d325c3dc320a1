"""The way every question about the account is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from seacucumber.ses.errors import translate_account


@contextmanager
def asking(operation: str) -> Iterator[None]:
    """Turn what boto3 raises inside into an `AccountError` of this operation."""
    try:
        yield
    except Exception as error:
        raise translate_account(error, operation) from error
