"""Asking a worker to do something for whoever waits before a page."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from celery import Celery
from celery.app import app_or_default

logger = logging.getLogger("seacucumber")

#: What a page waits at most for a broker that does not answer.
PATIENCE_S = 2.0
#: After a broker did not answer it is left alone for so long: its thread hangs still.
BREAKER_S = 15.0
#: Said of a broker that did not answer a moment ago, and was not asked again.
ALONE = "the broker did not answer a moment ago"


class Asker:
    """Publishes tasks, and tells whether the broker has taken them.

    Each is published by a thread of its own, which bounds what a page can be made to
    wait, whatever the transport does.
    """

    def __init__(self) -> None:
        self._pid = 0
        self._broken_until_s = float("-inf")

    def ask(self, publish: Callable[[], object]) -> bool:
        """Publish a task. Returns after two seconds at the latest; never raises.

        Returns:
            False if the broker refuses, or does not answer.
        """
        problem = self.attempt(publish)
        if problem and problem != ALONE:
            logger.warning("A worker could not be asked to work: %s.", problem)
        return not problem

    def attempt(self, publish: Callable[[], object]) -> str:
        """Do the same, and return why it failed; empty if it did not."""
        if self._pid != os.getpid():
            self._pid, self._broken_until_s = os.getpid(), float("-inf")
        if time.monotonic() < self._broken_until_s:
            return ALONE
        problems: list[str] = []
        thread = threading.Thread(
            target=_publish,
            # Celery's current application is the caller's, not that of every thread.
            args=(app_or_default(), publish, problems),
            name="seacucumber-ask",
            daemon=True,
        )
        thread.start()
        thread.join(PATIENCE_S)
        if thread.is_alive():
            self._broken_until_s = time.monotonic() + BREAKER_S
            return "the broker does not answer"
        return "".join(problems)


def _publish(app: Celery, publish: Callable[[], object], problems: list[str]) -> None:
    app.set_current()
    try:
        publish()
    except Exception as error:  # noqa: BLE001
        # Whatever a transport raises: the page says that it could not be asked.
        problems.append(f"{type(error).__name__}: {error}")
