"""One table in three minutes: CPU per message, messages enqueued, signatures."""

from __future__ import annotations

import os
import platform
import time

import django

from benchmarks import enqueue, postgres, signature, tables, whole_path
from benchmarks.cases import measure_in_turns
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
        tables.tell("starting the projects")
        groups = [
            whole_path.group(room, databases),
            *enqueue.groups(room, databases),
            *signature.groups(),
        ]
        left_s = _WITHIN_S - (time.monotonic() - begin_s)
        rounds = measure_in_turns(
            groups, within_s=left_s, rounds_max=_ROUNDS_MAX, tell=tables.tell
        )
    print(
        f"\nPython {platform.python_version()}, Django {django.get_version()},"
        f" {os.cpu_count()} cores, load {load:.1f} before;"
        f" medians of {rounds} rounds in turns;"
        f" SES answers in {_LATENCY_S * 1e3:.0f} ms.\n{note}"
    )
    print("\n".join(tables.table(groups)))
