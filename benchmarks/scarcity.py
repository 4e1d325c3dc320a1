"""A part of a processor for some processes, as a container's quota gives it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_PERIOD_US = 100_000


@contextmanager
def limited(pids: Iterable[int], processors: float | None) -> Iterator[str]:
    """Let processes have so many processors together; None is no limit.

    By a control group of the kernel's if we may make one; else they are stopped for
    a part of every tenth of a second, each of them.

    Yields:
        How it is done.
    """
    with ExitStack() as stack:
        if processors is None:
            yield "no limit"
            return
        group = _group(processors)
        if group is None:
            stack.enter_context(_stopped(list(pids), processors))
            yield "SIGSTOP and SIGCONT"
            return
        stack.callback(_remove, group)
        for pid in pids:
            (group / "cgroup.procs").write_text(str(pid))
        yield "a control group"


def _group(processors: float) -> Path | None:
    quota_us = int(processors * _PERIOD_US)
    for root, file, text in (
        (_CGROUPS / "cpu", "cpu.cfs_quota_us", f"{quota_us}"),
        (_CGROUPS, "cpu.max", f"{quota_us} {_PERIOD_US}"),
    ):
        group = root / f"benchmark{os.getpid()}"
        with suppress(OSError):
            group.mkdir()
            if (group / file).exists():
                (group / file).write_text(text)
                return group
            group.rmdir()
    return None


def _remove(group: Path) -> None:
    for pid in (group / "cgroup.procs").read_text().split():
        with suppress(OSError):
            (group.parent / "cgroup.procs").write_text(pid)
    group.rmdir()


@contextmanager
def _stopped(pids: list[int], processors: float) -> Iterator[None]:
    over = threading.Event()

    def tell(number: int) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def work() -> None:
        run_s = min(1.0, processors) * _PERIOD_US / 1e6
        while not over.is_set():
            time.sleep(run_s)
            tell(signal.SIGSTOP)
            time.sleep(_PERIOD_US / 1e6 - run_s)
            tell(signal.SIGCONT)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        tell(signal.SIGCONT)
