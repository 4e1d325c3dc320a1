"""How many processors this process may use, and whether it gets them."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")
_SCHEDSTAT = Path("/proc/thread-self/schedstat")

_MEASURE_FOR_S = 0.25


def processors() -> int:
    """Return how many processors this process may keep busy, at least 1.

    Its CPU affinity, and the quota of its container (cgroup v2 ``cpu.max``, v1
    ``cpu.cfs_quota_us``), count; a part of a processor counts as one.
    """
    quotas = [math.ceil(quota) for quota in _quotas()]
    return max(1, min([_affinity(), *quotas]))


def _affinity() -> int:
    # Python 3.13 also heeds PYTHON_CPU_COUNT.
    count = getattr(os, "process_cpu_count", None)
    if count is not None:
        return count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas() -> Iterator[float]:
    """Yield the quotas, in processors, of our control groups and those above."""
    lines = _text(_MEMBERSHIP).splitlines()
    for line in lines:
        _number, controllers, path = line.split(":", 2)
        if not controllers:
            for folder in _and_above(_CGROUPS, path):
                yield from _quota(_text(folder / "cpu.max"))
        elif "cpu" in controllers.split(","):
            for folder in _and_above(_CGROUPS / "cpu", path):
                quota_us = _text(folder / "cpu.cfs_quota_us")
                yield from _quota(f"{quota_us} {_text(folder / 'cpu.cfs_period_us')}")


def _and_above(root: Path, path: str) -> Iterator[Path]:
    # In a container the path may be the host's, of which only the root is seen.
    folder = root / path.lstrip("/")
    while folder != root:
        yield folder
        folder = folder.parent
    yield root


def _quota(text: str) -> Iterator[float]:
    """Yield the processors of ``quota period``; "max" and -1 are no quota."""
    with suppress(ValueError):
        quota_us, period_us = map(int, text.split())
        if quota_us > 0 and period_us > 0:
            yield quota_us / period_us


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


class RunQueue:
    """How long the calling thread waits for a processor, as the Linux kernel tells.

    Waits for the database, the network or another thread of Python do not count: more
    processes would help against these.
    """

    def __init__(self) -> None:
        self._read_s = float("-inf")
        self._ran_ns = self._waited_ns = 0
        self._crowded = False

    def crowded(self) -> bool:
        """Whether the thread has lately waited for a processor longer than it had one.

        Always False where the kernel does not tell.
        """
        if time.monotonic() - self._read_s >= _MEASURE_FOR_S:
            self._measure()
        return self._crowded

    def _measure(self) -> None:
        first = self._read_s == float("-inf")
        self._read_s = time.monotonic()
        numbers = _text(_SCHEDSTAT).split()
        if len(numbers) < 2:
            return
        ran_ns, waited_ns = int(numbers[0]), int(numbers[1])
        self._crowded = (
            not first and waited_ns - self._waited_ns > ran_ns - self._ran_ns
        )
        self._ran_ns, self._waited_ns = ran_ns, waited_ns
