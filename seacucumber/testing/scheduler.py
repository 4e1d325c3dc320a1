"""Jobs that are due at a time, done by threads of their own."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from itertools import count

from seacucumber.testing.ses.bucket import Clock

Job = Callable[[], None]

logger = logging.getLogger("seacucumber.testing")


class Agenda:
    """Does jobs when they are due. Safe to use from any thread.

    Args:
        name: What the threads are called.
        clock: The time that jobs are due by.
        threads: How many jobs run side by side; one keeps them in order.
        broke: Called for each job that raises: a bug of ours.
    """

    def __init__(
        self, name: str, clock: Clock, *, threads: int, broke: Callable[[], None]
    ) -> None:
        self._name = name
        self._clock = clock
        self._count = threads
        self._broke = broke
        self._changed = threading.Condition()
        self._jobs: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._running = 0
        self._threads: list[threading.Thread] = []
        self._stopped = True

    def add(self, job: Job, *, after_s: float = 0.0) -> None:
        """Do a job ``after_s`` seconds from now."""
        due_s = self._clock.monotonic_s() + after_s
        with self._changed:
            heapq.heappush(self._jobs, (due_s, next(self._numbers), job))
            self._changed.notify_all()

    def wait_until_done(self, timeout_s: float) -> bool:
        """Wait until nothing is left to do; tell whether that came in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._jobs and not self._running, timeout_s
            )

    @property
    def left(self) -> int:
        """How many jobs wait or run."""
        with self._changed:
            return len(self._jobs) + self._running

    def look_again(self) -> None:
        """Look at the clock, which was set forward."""
        with self._changed:
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget the jobs that wait, and let those end that run."""
        deadline_s = time.monotonic() + 5.0
        with self._changed:
            self._jobs.clear()
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: not self._running, deadline_s - time.monotonic()
            )

    def start(self) -> None:
        """Begin to work."""
        with self._changed:
            self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{self._name}-{n}", daemon=True)
            for n in range(self._count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; what waits is done after the next `start`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=5.0)
        self._threads = []

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:
                logger.exception("%s broke", self._name)
                self._broke()
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    def _next(self) -> Job | None:
        """Wait for the next job that is due; None when the work ends."""
        with self._changed:
            while not self._stopped:
                if not self._jobs:
                    self._changed.wait()
                    continue
                left_s = self._jobs[0][0] - self._clock.monotonic_s()
                if left_s <= 0:
                    self._running += 1
                    return heapq.heappop(self._jobs)[2]
                self._changed.wait(left_s)
            return None
