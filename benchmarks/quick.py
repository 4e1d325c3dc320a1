"""One table in three minutes: CPU per message, messages enqueued, signatures."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence

import django

from benchmarks import enqueueing, postgres, signing, whole_path
from benchmarks.cases import Case, Group, measure_in_turns
from benchmarks.rooms import Room

_WITHIN_S = 165.0
_ROUNDS_MAX = 5
_LATENCY_S = 0.02


def run() -> None:
    """Measure, and print the table."""
    begin_s, load = time.monotonic(), os.getloadavg()[0]
    databases, note = ["sqlite"], ""
    missing = postgres.missing()
    if missing:
        note = f"Without PostgreSQL: {missing}\n"
    else:
        databases.append("postgres")
    with Room(latency_s=_LATENCY_S) as room:
        _tell("starting the projects")
        groups = [
            whole_path.group(room, databases),
            *enqueueing.groups(room, databases),
            signing.group(),
        ]
        left_s = _WITHIN_S - (time.monotonic() - begin_s)
        rounds = measure_in_turns(
            groups, within_s=left_s, rounds_max=_ROUNDS_MAX, tell=_tell
        )
    print(
        f"\nPython {platform.python_version()}, Django {django.get_version()},"
        f" {os.cpu_count()} cores, load {load:.1f} before;"
        f" medians of {rounds} rounds in turns;"
        f" SES answers in {_LATENCY_S * 1e3:.0f} ms.\n{note}"
    )
    print("\n".join(_table(groups)))


def _table(groups: Sequence[Group]) -> Iterator[str]:
    yield (
        f"{'':54}{'n':>6}{'CPU ms':>8}{'lowest..highest':>17}"
        f"{'sender+worker':>15}{'ratio':>7}{'per s':>8}"
    )
    for group in groups:
        yield f"\n{group.title}"
        for case in group.cases:
            yield f"  {case.title:52}" + _figures(case, group.yardstick)


def _figures(case: Case, yardstick: Case | None) -> str:
    if case.failure or not case.samples or yardstick is None:
        return f"  does not run: {case.failure or 'it has not come to it'}"
    low, high = case.spread_ms
    sending, working = case.parts_ms
    parts = f"{sending:.2f}+{working:.2f}" if working else ""
    return (
        f"{case.count:>6}{case.cpu_ms:>8.2f}{f'{low:.2f}..{high:.2f}':>17}"
        f"{parts:>15}{case.cpu_ms / yardstick.cpu_ms:>6.2f}x{case.per_s:>8.0f}"
    )


def _tell(what: str) -> None:
    """Say what goes on, on one line, to whoever watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{what}")
        sys.stderr.flush()
