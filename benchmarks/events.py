"""How many events a second are stored, of mail that was sent: text in, row committed.

A webhook stores one at a time, a full queue is taken in groups of a hundred. Each mail
brings two: that SES has it, and that it was delivered. The rows of the webhook are
whole requests, with SNS's signature; the others are what a consumer of a queue does.
"""

from __future__ import annotations

import platform
import sys
from functools import partial

import django

from benchmarks import postgres
from benchmarks.backends import TOPIC
from benchmarks.cases import Case, Group, Sample, measure_in_turns
from benchmarks.processes import Sender
from benchmarks.rooms import Project, Room

#: Events a second of CPU that the design promises; judged by a full queue.
FEWEST_PER_S = 1_500

_COUNT = 2_000
_SINGLE_COUNT = 300
_ROUNDS = 5
_WITHIN_S = 120.0
_SIZES = (1, 10, 100)
#: How many threads post.
_POSTED = {"webhook, one at a time": 1, "webhook, 8 threads": 8}


def run() -> bool:
    """Measure, print the table, and return whether it is as fast as promised."""
    databases = ["sqlite", *([] if postgres.missing() else ["postgres"])]
    with Room() as room:
        groups = [_group(room, database) for database in databases]
        rounds = measure_in_turns(
            groups, within_s=_WITHIN_S, rounds_max=_ROUNDS, tell=_tell
        )
    print(
        f"\nPython {platform.python_version()}, Django {django.get_version()};"
        f" medians of {rounds} rounds in turns, CPU of the process that stores."
    )
    fast = [_print(group) for group in groups]
    return all(fast)


def _group(room: Room, database: str) -> Group:
    settings = {
        "ROOT_URLCONF": "seacucumber.urls",
        "CUCUMBER_SNS_TOPICS": [TOPIC],
    }
    sender = room.open(
        Project(name=f"events_{database}", database=database, settings=settings)
    )
    stored = [
        Case(
            title=f"{size} at a time",
            run=partial(_store, sender, size),
            count=_SINGLE_COUNT if size == 1 else _COUNT,
            warm_up=20,
        )
        for size in _SIZES
    ]
    posted = [
        Case(
            title=title,
            run=partial(_post, sender, threads),
            count=_SINGLE_COUNT,
            warm_up=20,
        )
        for title, threads in _POSTED.items()
    ]
    return Group(title=database, cases=[*posted, *stored])


def _store(sender: Sender, size: int, count: int) -> Sample:
    taken = sender.order("ingest_events", count=count, size=size)
    sender.order("clear")
    return Sample(count=count, cpu_s=taken["cpu_s"], wall_s=taken["wall_s"])


def _post(sender: Sender, threads: int, count: int) -> Sample:
    taken = sender.order("post", count=count, threads=threads)
    sender.order("clear")
    return Sample(count=count, cpu_s=taken["cpu_s"], wall_s=taken["wall_s"])


def _print(group: Group) -> bool:
    """Print the rows of one database; return whether the largest group is fast."""
    print(f"\n{group.title}")
    for case in group.cases:
        if case.failure:
            print(f"  {case.title:24} does not run: {case.failure}")
            return False
        slow = "" if _per_s(case) >= FEWEST_PER_S else f", fewer than {FEWEST_PER_S}"
        print(
            f"  {case.title:24}{case.cpu_ms:8.3f} ms"
            f"  {_per_s(case):8.0f} in a second of CPU{slow}"
        )
    return _per_s(group.cases[-1]) >= FEWEST_PER_S


def _per_s(case: Case) -> float:
    return 1000 / case.cpu_ms


def _tell(what: str) -> None:
    """Say what goes on, on one line, to whoever watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{what}")
        sys.stderr.flush()
