"""Processes that tests start: none of them outlives the test run, however it ends.

At SIGTERM and Ctrl-C they are killed, and the run ends as pytest ends at Ctrl-C: all
fixtures are taken down. If it is killed itself, Linux kills what it has started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from types import FrameType
from typing import Any
from weakref import WeakSet

_started: WeakSet[subprocess.Popen[Any]] = WeakSet()
_ending = False


def start(arguments: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Start a process, with `subprocess.Popen`'s options, that ends with this one.

    It is to be started by a thread that stays: Linux takes the end of that thread for
    the end of the process.
    """
    process = subprocess.Popen([*_bound("KILL"), *arguments], **options)
    _started.add(process)
    return process


def run(arguments: Sequence[str], **options: Any) -> int:
    """Run a test run, and return its exit status.

    A signal that is to end us ends it first, and it takes down what it has started.

    Raises:
        KeyboardInterrupt: There was such a signal, and nothing is left.
    """
    process = subprocess.Popen([*_bound("TERM"), *arguments], **options)
    signals: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        process.terminate()

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        status = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if signals:
        raise KeyboardInterrupt
    return status


def kill_all() -> None:
    """Kill all that run, with their children where they have a group of their own."""
    for process in list(_started):
        if process.poll() is not None:
            continue
        with suppress(ProcessLookupError):
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()


def descendants(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that these have."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
    found: set[int] = set()
    parents = {pid}
    while parents:
        parents = {child for child, parent in pairs if parent in parents}
        found |= parents
    return found


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    listing = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return listing.strip()[:1] not in ("", "Z")


def end_with_the_run() -> None:
    """Have SIGTERM and SIGINT kill all and end the run; one SIGTERM is as good as two.

    ``timeout`` sends two, and the second must not end the taking down.
    """
    signal.signal(signal.SIGTERM, _end)
    # Runs of pytest-xdist leave Ctrl-C to the process that has started them. Where a
    # shell has a run in the background ignore it, what we start would ignore it, too.
    ours = (signal.default_int_handler, signal.SIG_IGN)
    if signal.getsignal(signal.SIGINT) in ours:
        signal.signal(signal.SIGINT, _end)


def _end(number: int, frame: FrameType | None) -> None:
    global _ending
    if number == signal.SIGTERM and _ending:
        return
    _ending = True
    kill_all()
    raise KeyboardInterrupt


@cache
def _bound(number: str) -> tuple[str, ...]:
    """Return what has the kernel send the command behind it a signal when we die.

    It is a program, because Python must not run between fork and exec where threads
    are; one that does not know the option, or another kernel, does without.
    """
    program = shutil.which("setpriv")
    if program is None:
        return ()
    bound = (program, "--pdeathsig", number)
    tried = subprocess.run([*bound, "true"], capture_output=True, check=False)
    return bound if tried.returncode == 0 else ()
