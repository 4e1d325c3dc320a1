"""The processes of a project: one that sends, and a Celery worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_GRACE_S = 10.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """What was to be measured does not run; the text says why."""


def end(process: subprocess.Popen[Any]) -> None:
    """Ask a process to end, and make it if it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Sender:
    """The process of a project that sends mail, as it is told to."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment = environment
        self.log = log
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sender"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def order(self, what: str, **arguments: Any) -> dict[str, float]:
        """Have something done (see `benchmarks.sender`) and return the answer.

        Raises:
            Failed: with the process's own words.
        """
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        if pipe_in is None or pipe_out is None:
            raise Failed("It has no pipe.")
        try:
            pipe_in.write(json.dumps({"do": what, **arguments}) + "\n")
            pipe_in.flush()
        except BrokenPipeError:
            raise Failed(last_words(self.log)) from None
        line = pipe_out.readline()
        if not line:
            raise Failed(last_words(self.log))
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(str(answer["error"]))
        return answer

    def stop(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        end(self._process)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()


def last_words(log: Path) -> str:
    """Return the last line of a log."""
    text = log.read_text(errors="replace").strip()
    return text.rpartition("\n")[2] or "It ended without a word."


class Worker:
    """A Celery worker with its pool, in a process group of its own."""

    def __init__(self, environment: dict[str, str], processes: int, log: Path) -> None:
        self.log = log
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "benchmarks.celery", "worker"),
                *("--concurrency", str(processes), "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            Failed: if it is not within a minute.
        """
        deadline_s = time.monotonic() + 60
        while b" ready." not in self.log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise Failed("The Celery worker does not start.")
            time.sleep(0.05)

    def last_words(self) -> str:
        """Return the last line that it has logged."""
        return f"The worker's last words: {last_words(self.log)}"

    def cpu_s(self) -> float:
        """Return the CPU, user and system, that worker and pool have used so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # After the name, which may hold anything: state, ppid, pgrp, ...
                columns = stat.read_text().rpartition(") ")[2].split()
                if int(columns[2]) == self._process.pid:
                    ticks += int(columns[11]) + int(columns[12])
        return ticks / _TICKS_PER_S

    def stop(self) -> None:
        """End it, and whatever is left of its pool."""
        end(self._process)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._log.close()
