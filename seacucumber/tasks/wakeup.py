"""Telling a worker that there is mail: best effort, and never in the way.

A wake-up carries no mail. Losing one, or getting it twice, changes nothing: the row
in the database is the truth, and the sweep finds what nobody was woken up for.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakSet

from celery import Celery
from celery.app import app_or_default

logger = logging.getLogger("seacucumber")

#: A deliverer stays longer than this after its last wake-up (claiming.LINGER_US), so
#: more wake-ups in this time would only find it at work.
QUIET_S = 0.5
#: What a caller waits at most for a broker that does not answer.
PATIENCE_S = 0.5
#: After a failure the broker is left alone for so long; the sweep delivers meanwhile.
BREAKER_S = 30.0

Publish = Callable[[str, float], None]


@dataclass(slots=True)
class _Job:
    alias: str
    countdown_s: float
    app: Celery
    done: threading.Event = field(default_factory=threading.Event)


class Waker:
    """Publishes wake-ups from a thread of its own, a few a second at most.

    The thread bounds what a caller can be made to wait, whatever the transport does:
    kombu's Redis transport waits for ever for a broker that accepts and stays silent.

    Args:
        publish: Publishes a wake-up for a mailer, to be had in so many seconds. May
            raise, may hang.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._woken_s: dict[str, float] = {}
        self._broken_until_s = float("-inf")
        self._has_published = False
        self._loaded: WeakSet[Celery] = WeakSet()
        os.register_at_fork(after_in_child=self._after_fork)

    def wake(self, alias: str, *, countdown_s: float | None = None) -> None:
        """Wake up a deliverer for a mailer, unless that was done a moment ago.

        Returns after 0.5 seconds at the latest. Never raises.

        Args:
            countdown_s: Wake it up that much later, whatever was done before.
        """
        with self._lock:
            self._load(app_or_default())
            now_s = time.monotonic()
            since_s = now_s - self._woken_s.get(alias, float("-inf"))
            quiet = countdown_s is None and since_s < QUIET_S
            if quiet or now_s < self._broken_until_s:
                return
            self._woken_s[alias] = now_s
            job = self._submit(alias, countdown_s or 0.0)
        if not job.done.wait(PATIENCE_S):
            self._break("The broker does not answer")
            # Its thread hangs; should it ever come back, it finds no work.
            self._jobs = queue.SimpleQueue()
            self._thread = None

    def _load(self, app: Celery) -> None:
        """Import what publishing needs, before anybody looks at the clock.

        In a process that has not published yet this can take longer than `PATIENCE_S`,
        and a slow import is no broker that does not answer.
        """
        if app in self._loaded:
            return
        self._loaded.add(app)
        try:
            app.finalize(auto=True)
            with app.connection_for_write() as connection:
                connection.get_transport_cls()
        except Exception:
            logger.debug("The transport of the broker is not loaded.", exc_info=True)

    def _after_fork(self) -> None:
        """A child has neither the thread nor, for certain, the lock's holder."""
        self._lock = threading.Lock()
        self._jobs = queue.SimpleQueue()
        self._thread = None
        self._woken_s = {}
        self._broken_until_s = float("-inf")
        self._has_published = False

    def _submit(self, alias: str, countdown_s: float) -> _Job:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work,
                args=(self._jobs,),
                name="seacucumber-wake",
                daemon=True,
            )
            self._thread.start()
        # Celery's current application is the caller's, not that of every thread.
        job = _Job(alias, countdown_s, app_or_default())
        self._jobs.put(job)
        return job

    def _work(self, jobs: queue.SimpleQueue[_Job]) -> None:
        while jobs is self._jobs:
            job = jobs.get()
            job.app.set_current()
            try:
                self._publish(job.alias, job.countdown_s)
            except Exception as error:  # noqa: BLE001
                # Whatever a transport raises, the mail is safe in the database.
                self._break(f"The broker refuses ({type(error).__name__}: {error})")
            else:
                self._note_success()
            finally:
                job.done.set()

    def _note_success(self) -> None:
        """Forgive the first time its length: it opens the connection."""
        if not self._has_published:
            self._has_published = True
            self._broken_until_s = float("-inf")

    def _break(self, what: str) -> None:
        self._broken_until_s = time.monotonic() + BREAKER_S
        logger.warning(
            "%s; mail is queued and will be delivered by the next sweep. No further"
            " wake-up is tried for %d s.",
            what,
            BREAKER_S,
        )
