"""Processes that the demo starts, and that never outlive it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

POLL_S = 0.05
#: How long a process may take to end politely. A worker finishes its task first.
GRACE_S = 10.0


class PartFailed(Exception):
    """A process of the demo could not be started, or ended by itself."""


class Stopped(Exception):
    """Somebody has asked the demo to end."""


class Parts:
    """The demo's processes: each in a group of its own, stopped in reverse order.

    Args:
        environment: Environment variables of all of them.
        logs: Folder for their output, one file each.
        belongings: Folders that are removed if this process is killed outright.
    """

    def __init__(
        self, *, environment: Mapping[str, str], logs: Path, belongings: list[Path]
    ) -> None:
        self.environment = dict(environment)
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        #: Set by a signal handler, seen by whatever waits: an exception raised in
        #: the middle of starting a process would lose that process.
        self.stop_asked = False
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "demo_site.watchdog", *map(str, belongings)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, *command: str, quiet: bool = True) -> None:
        """Start ``python -m`` or ``python FILE``; its output goes to ``NAME.log``."""
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=log if quiet else None,
                stderr=subprocess.STDOUT if quiet else None,
                env=self.environment,
                start_new_session=True,
            )
        self._running[name] = process
        self._tell_watchdog(str(process.pid))

    def run(self, name: str, *command: str) -> str:
        """Run a command to its end and return its output.

        Raises:
            PartFailed: if it ends with another status than 0.
        """
        self.start(name, *command)
        while (status := self.status(name)) is None:
            self.check(but=name)
            time.sleep(POLL_S)
        self._end(name)
        if status != 0:
            raise PartFailed(self._obituary(name, status))
        return self.log(name)

    def wait_until(
        self, name: str, ready: Callable[[], bool], *, timeout_s: float = 30.0
    ) -> None:
        """Wait until a part says that it is ready.

        Raises:
            PartFailed: if any part ends before that, or after ``timeout_s``.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise PartFailed(
                    f"{name} was not ready within {timeout_s:.0f} s."
                    f" Its output:\n{self._tail(name)}"
                )
            time.sleep(POLL_S)

    def status(self, name: str) -> int | None:
        """Return the exit status of a part, or None while it runs."""
        return self._running[name].poll()

    def check(self, *, but: str = "") -> None:
        """Make sure that all is well with every part ``but`` one that may end.

        Raises:
            PartFailed: if a part has ended that should be running.
            Stopped: if the demo has been asked to end.
        """
        if self.stop_asked:
            raise Stopped
        for name, process in self._running.items():
            status = process.poll()
            if status is not None and name != but:
                raise PartFailed(self._obituary(name, status))

    def log(self, name: str) -> str:
        """Return what a part has printed so far."""
        path = self._logs / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        """End every part, the last one first, and leave nothing behind."""
        for name in reversed(list(self._running)):
            self._end(name)
        with contextlib.suppress(BrokenPipeError):
            self._tell_watchdog("done")
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog.wait()

    def _end(self, name: str) -> None:
        """Ask the process to end, wait, then kill whatever is left of its group."""
        process = self._running[name]
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        del self._running[name]

    def _tell_watchdog(self, line: str) -> None:
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.write(f"{line}\n".encode())
            self._watchdog.stdin.flush()

    def _obituary(self, name: str, status: int) -> str:
        return f"{name} ended with status {status}. Its output:\n{self._tail(name)}"

    def _tail(self, name: str, lines: int = 25) -> str:
        return "\n".join(f"  {line}" for line in self.log(name).splitlines()[-lines:])
