"""The way every question about the account is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import Error as DatabaseTrouble

from seacucumber.ses.sending.errors import translate_account

#: Waits until the next call may go out.
Turn = Callable[[], None]

_turn: ContextVar[Turn | None] = ContextVar("seacucumber_turn", default=None)


@contextmanager
def asking(operation: str) -> Iterator[None]:
    """Turn what boto3 raises inside into an `AccountError` of this operation."""
    try:
        yield
    except DatabaseTrouble:
        # Of whoever keeps the turns; SES has nothing to do with it.
        raise
    except Exception as error:
        raise translate_account(error, operation) from error


@contextmanager
def taking_turns(turn: Turn) -> Iterator[None]:
    """Let every call inside wait for its turn, botocore's own repetitions too.

    Args:
        turn: Called before each request; returns when it may go out.
    """
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)


def wait_for_turn(**kwargs: Any) -> None:
    """Handle botocore's ``request-created``, which comes before every attempt."""
    turn = _turn.get()
    if turn is not None:
        turn()
