"""What a mirrored suppression list of a hundred thousand addresses costs a message.

The same mail is delivered with the list switched off, with an empty list and with a
long one, in turns: CPU of the process that delivers, from claim to SES's answer,
recorded. "One by one" is the worst that can be: a claim, and a look, for each message.
"""

from __future__ import annotations

import platform
import sys
from functools import partial

import django

from benchmarks import postgres
from benchmarks.cases import Case, Group, Sample, measure_in_turns
from benchmarks.processes import Failed, Sender
from benchmarks.rooms import Project, Room

LISTED = 100_000
#: The long list may cost so much more than none.
MOST = 1.10

_COUNT = 1000
_SINGLE_COUNT = 50
_ROUNDS = 7
_WITHIN_S = 180.0


def run(listed: int = LISTED) -> bool:
    """Measure, print the table, and return whether the list is cheap enough."""
    databases = ["sqlite", *([] if postgres.missing() else ["postgres"])]
    with Room(latency_s=0.005) as room:
        groups = [
            group for database in databases for group in _groups(room, database, listed)
        ]
        rounds = measure_in_turns(
            groups, within_s=_WITHIN_S, rounds_max=_ROUNDS, tell=_tell
        )
    print(
        f"\nPython {platform.python_version()}, Django {django.get_version()};"
        f" medians of {rounds} rounds in turns, CPU of the process that delivers."
    )
    cheap = [_print(group) for group in groups]
    return all(cheap)


def _groups(room: Room, database: str, listed: int) -> list[Group]:
    senders: dict[int, Sender] = {}
    for length in (0, listed):
        project = Project(name=f"list_{length}_{database}", database=database)
        senders[length] = room.open(project)
        senders[length].order("suppress", count=length)
    cases = (
        ("no list", listed, False),
        ("an empty list", 0, True),
        (f"a list of {listed:,}", listed, True),
    )
    return [
        Group(
            title=f"{database}, {how}",
            cases=[
                Case(
                    title=title,
                    run=partial(_deliver, room, senders[length], singly, lists),
                    count=_SINGLE_COUNT if singly else _COUNT,
                    warm_up=20,
                )
                for title, length, lists in cases
            ],
        )
        for how, singly in (("in slices", False), ("one by one", True))
    ]


def _deliver(
    room: Room, sender: Sender, singly: bool, lists: bool, count: int
) -> Sample:
    before = room.ses.counters.accepted
    taken = sender.order("deliver", count=count, singly=singly, lists=lists)
    sender.order("clear")
    accepted = room.ses.counters.accepted - before
    if accepted != count:
        raise Failed(f"SES has accepted {accepted} of {count} messages.")
    return Sample(count=count, cpu_s=taken["cpu_s"], wall_s=taken["wall_s"])


def _print(group: Group) -> bool:
    yardstick = group.yardstick
    print(f"\n{group.title}")
    for case in group.cases:
        if case.failure or yardstick is None:
            print(f"  {case.title:24} does not run: {case.failure}")
            return False
        low, high = case.spread_ms
        ratio = case.cpu_ms / yardstick.cpu_ms
        print(
            f"  {case.title:24}{case.cpu_ms:8.3f} ms {low:.3f}..{high:.3f} {ratio:.2f}x"
        )
    return ratio <= MOST


def _tell(what: str) -> None:
    """Say what goes on, on one line, to whoever watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{what}")
        sys.stderr.flush()
