"""Work in the database that outlives deadlocks, restarts and failovers of it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, connections, transaction

from seacucumber.db.errors import find_passing

logger = logging.getLogger("seacucumber")

_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0
#: How often a failure that goes on is told.
_TELL_EVERY_S = 30.0

#: A database is away when work has failed for so long. A session that is lost is had
#: again at once, and where that goes on for hours nothing must wait for its end.
AWAY_AFTER_S = 1.0

#: When each database was seen away last in this process.
_failed_s: dict[str, float] = {}

Result = TypeVar("Result")


def persist(using: str, work: Callable[[], Result], *, for_s: float) -> Result:
    """Run work in a transaction, again if a failure that may pass undoes it.

    Args:
        work: May run several times; each time nothing of the time before is left, or
            all of it: a connection that breaks during COMMIT tells nobody which.
        for_s: How long to go on trying.

    Raises:
        DatabaseError, InterfaceError: the last failure, when the time is over; at once
            if it will not pass.
    """
    retry = Retry(using, for_s=for_s)
    while True:
        try:
            with transaction.atomic(using=using):
                return work()
        except Error as error:
            retry.wait(error)


def failed_within(using: str, seconds: float) -> bool:
    """Tell whether this process has seen the database away in the last seconds."""
    return time.monotonic() - _failed_s.get(using, float("-inf")) < seconds


class Retry:
    """The waits between the tries of one piece of work.

    Args:
        for_s: How long to go on trying; without end by default.
    """

    def __init__(self, using: str, *, for_s: float = float("inf")) -> None:
        self._using = using
        self._since_s = time.monotonic()
        self._give_up_s = self._since_s + for_s
        self._wait_s = _FIRST_WAIT_S
        self._tell_s = self._since_s

    @property
    def lasts_s(self) -> float:
        """For how long the work has been tried."""
        return time.monotonic() - self._since_s

    def wait(self, error: Error) -> None:
        """Wait until the next try, up to two seconds.

        Raises:
            Error: the one that was given, if it will not pass or the time is over.
        """
        passing = find_passing(error)
        now_s = time.monotonic()
        is_away = self.lasts_s >= AWAY_AFTER_S
        if passing is not None and not passing.keeps_session and is_away:
            _failed_s[self._using] = now_s
        if passing is None or now_s + self._wait_s > self._give_up_s:
            raise error
        if now_s >= self._tell_s:
            self._tell_s = now_s + _TELL_EVERY_S
            logger.warning(
                "The database failed a transaction, which is tried again (%s): %s",
                *(passing.name, error),
            )
        connection = connections[self._using]
        if not (passing.keeps_session or connection.in_atomic_block):
            # One that still answers may lead to a server that has become a replica.
            connection.close()
        time.sleep(self._wait_s * random.uniform(0.5, 1.0))  # noqa: S311
        self._wait_s = min(self._wait_s * 2, _LONGEST_WAIT_S)
