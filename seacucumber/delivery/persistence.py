"""Work in the database that outlives a restart of it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections, transaction

logger = logging.getLogger("seacucumber")

_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0

Result = TypeVar("Result")


def persist(using: str, work: Callable[[], Result], *, for_s: float) -> Result:
    """Run work in a transaction, again if a deadlock, lock or restart undoes it.

    Args:
        work: May run several times; each time nothing of the time before is left.
        for_s: How long to go on trying.

    Raises:
        OperationalError, InterfaceError: the last failure, when the time is over.
    """
    give_up_s = time.monotonic() + for_s
    wait_s = _FIRST_WAIT_S
    while True:
        try:
            with transaction.atomic(using=using):
                return work()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() + wait_s > give_up_s:
                raise
            logger.warning("The database failed a delivery's transaction: %s", error)
        # A connection that the server has dropped is no use to the next try.
        connections[using].close_if_unusable_or_obsolete()
        time.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
