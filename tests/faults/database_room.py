"""A mail room on a database server of its own, which a scenario may stop and break.

The scenario's own process has another database: what it knows of this one it has from
commands, and what SES has got it asks SES.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from seacucumber.enums import MessageState
from seacucumber.testing import LocalSESClient
from tests import child_processes
from tests.faults.own_servers import OwnServer
from tests.office import Broker, Worker, wait_until
from tests.services import child_environment

RATE = 40
#: Short times: a scenario waits for several leases.
SETTINGS = {
    "CUCUMBER_RATE_LIMIT": RATE,
    "CUCUMBER_CONNECT_TIMEOUT": 1,
    "CUCUMBER_READ_TIMEOUT": 2,
    "CUCUMBER_LEASE": 16,
    "CUCUMBER_UNCERTAIN_WAIT": 6,
    "CELERY_BEAT_SCHEDULE": {
        "sweep": {"task": "seacucumber.tasks.sweep", "schedule": 2.0}
    },
}
_ROOT = Path(__file__).resolve().parents[2]
_UNSETTLED = {
    MessageState.QUEUED,
    MessageState.CLAIMED,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
}
_ENQUEUE = """
import django; django.setup()
from django.core import mail
for number in range({first}, {end}):
    mail.EmailMessage(f"Message {{number}}", "News.", "post@example.com",
                      [f"reader{{number}}@example.org"]).send()
"""
_STATES = "SELECT state, COUNT(*) FROM seacucumber_message GROUP BY state"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the mail, counted for each message."""

    sent: int
    reached: int
    twice: int


class DatabaseRoom:
    """Local SES, broker, two workers and beat on a database of the scenario's own."""

    def __init__(self, server: OwnServer, folder: Path, stack: ExitStack) -> None:
        self.server = server
        self.folder = folder
        self._stack = stack
        self._broker = Broker(folder)
        self._broker.start()
        stack.callback(self._broker.stop)
        ready = folder / "ses.ready"
        self._start(
            *("-m", "seacucumber.testing", "--port", "0", "--rate", "1000"),
            *("--verified", "example.com", "--latency", "0.1-0.4"),
            *("--quota", "1000000", "--ready-file", str(ready)),
        )
        wait_until(ready.exists, "the local SES is up")
        self.ses = LocalSESClient(ready.read_text().strip())
        self._enqueued = 0
        self._run("-m", "django", "migrate", "--verbosity", "0")

    def enqueue(self, count: int) -> None:
        """Send so many messages, each to a reader of its own."""
        first, self._enqueued = self._enqueued, self._enqueued + count
        self._run("-c", _ENQUEUE.format(first=first, end=self._enqueued))

    def start_workers(self, *, port: int | None = None) -> None:
        """Start workers and beat, on the server or on what stands before it."""
        environment = self._environment(port)
        for number in range(2):
            worker = Worker(environment, 2, self.folder / f"worker{number}.log")
            self._stack.callback(worker.stop)
        self._start(
            *("-m", "celery", "-A", "tests", "beat", "--pidfile", ""),
            *("--schedule", str(self.folder / "beat")),
            environment=environment,
        )

    def wait_for(self, count: int) -> None:
        """Wait until SES has got so many copies."""
        self._wait(lambda: len(self.ses.inbox) >= count, f"{count} copies are sent")

    def outcome(self) -> Outcome:
        """Wait until all mail has come to rest, and return what became of it."""
        self._wait(lambda: not _UNSETTLED & self._states().keys(), "mail is at rest")
        copies = Counter(entry.recipients[0] for entry in self.ses.inbox)
        return Outcome(
            sent=self._states().get(MessageState.SENT, 0),
            reached=len(copies),
            twice=sum(number > 1 for number in copies.values()),
        )

    def logs(self) -> str:
        """Return what the workers have written."""
        return "\n".join(
            path.read_text(errors="replace") for path in self.folder.glob("*.log")
        )

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        try:
            wait_until(condition, what)
        except AssertionError as error:
            error.add_note(f"{self._states()}\n{self.logs()[-5000:]}")
            raise

    def _states(self) -> dict[MessageState, int]:
        rows = self.server.rows(_STATES)
        return {MessageState(state): number for state, number in rows}

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=_ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _start(
        self, *arguments: str, environment: dict[str, str] | None = None
    ) -> None:
        process = child_processes.start(
            [sys.executable, *arguments],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)

    def _environment(self, port: int | None = None) -> dict[str, str]:
        database = self.server.environment(port)
        ses = getattr(self, "ses", None)
        return child_environment(
            database.pop("SEACUCUMBER_TEST_DB_NAME"),
            SEACUCUMBER_TEST_SES_URL=ses.url if ses else "",
            CELERY_BROKER_URL=self._broker.url,
            SEACUCUMBER_TEST_SETTINGS=json.dumps(SETTINGS),
            **database,
        )


@contextmanager
def open_database_room(kind: type[OwnServer]) -> Iterator[DatabaseRoom]:
    """Start a server and all that works on it; all is gone afterwards."""
    # Short: a socket's path has 104 characters at most.
    with TemporaryDirectory(prefix="db") as name, ExitStack() as stack:
        folder = Path(name)
        # The server may run as another user.
        folder.chmod(0o755)
        server = kind(folder / "server")
        server.create()
        server.start()
        stack.callback(server.kill)
        yield DatabaseRoom(server, folder, stack)
