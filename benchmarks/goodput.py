"""What a machine that is too slow still carries: it must not fall as load grows."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import curve, scarcity
from benchmarks.letters import SIGNED_DOMAIN
from benchmarks.processes import Sender
from benchmarks.rooms import Project, Room

#: The first seconds do not count: deliverers find out what they can carry.
_SKIP_S = 1.0
_LATENCY_S = 0.02
_FOR_S = 10.0
#: Of a processor, for the worker alone.
_PROCESSORS = 0.2
#: The pace, as a multiple of what the machine carries.
_LOADS = (0.5, 1.0, 2.0, 4.0, 10.0)
_DELIVERERS = (1, 2, 4, 8, 16)
_CROWD_RATE_PER_S = 3000.0
_ENOUGH = 0.9
_LATE_MAX = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodput:
    """What came of one run.

    Args:
        per_s: Messages that SES has accepted a second.
        sent: Messages that were recorded as sent.
        attempts: What was begun for them, of which ``late`` missed their slots.
    """

    per_s: float
    sent: int
    attempts: int
    late: int
    left: int


class Machine:
    """A project, and processes that deliver its mail with a part of the processors."""

    def __init__(self, room: Room, stack: ExitStack, database: str) -> None:
        project = Project(name="goodput", database=database)
        self._room = room
        self._sender = room.open(project)
        self._environment = self._sender.environment
        self._log = self._sender.log
        self._stack = stack
        self._deliverers: list[Sender] = []

    def run(
        self,
        rate_per_s: float,
        *,
        count: int,
        for_s: float,
        deliverers: int = 1,
        processors: float | None = None,
    ) -> Goodput:
        """Queue so many messages and deliver them for so long at a pace."""
        self._hire(deliverers)
        self._sender.order("clear")
        self._room.ses.reset()
        self._sender.order("send", how="bulk", count=count, domain=SIGNED_DOMAIN)
        mine = self._deliverers[:deliverers]
        with (
            scarcity.limited([each.pid for each in mine], processors),
            ThreadPoolExecutor(deliverers) as pool,
        ):
            list(
                pool.map(
                    lambda each: each.order(
                        "drain", rate_per_s=rate_per_s, for_s=for_s
                    ),
                    mine,
                )
            )
        told = self._sender.order("tally")
        return Goodput(
            per_s=self._per_s(),
            sent=int(told["sent"]),
            attempts=int(told["attempts"]),
            late=int(told["late"]),
            left=count - int(told["sent"]),
        )

    def _per_s(self) -> float:
        times = sorted(entry.at_s for entry in self._room.ses.inbox)
        later = [at for at in times if at > times[0] + _SKIP_S]
        if len(later) < 2:
            return 0.0
        return (len(later) - 1) / (later[-1] - later[0])

    def _hire(self, deliverers: int) -> None:
        while len(self._deliverers) < deliverers:
            number = len(self._deliverers)
            log = self._log.with_suffix(f".deliverer{number}.log")
            deliverer = Sender(self._environment, log)
            self._stack.callback(deliverer.stop)
            # Whatever is loaded at first must not count.
            deliverer.order("waiting")
            deliverer.order("drain", rate_per_s=1000.0, for_s=0.5)
            self._deliverers.append(deliverer)


def run(database: str, plot: str) -> bool:
    """Measure for four minutes, print a table, and draw it if that is wanted.

    Returns:
        Whether nothing collapsed: the goodput of every overload is at least 0.9 of the
        best, and at most 2 % of the attempts were late.
    """
    with Room(latency_s=_LATENCY_S) as room, ExitStack() as stack:
        machine = Machine(room, stack, database)
        loads = _loads(machine)
        crowds = _crowds(machine)
    if plot:
        Path(plot).write_text(
            curve.drawn(
                [(load, found.per_s) for load, found in loads],
                title=f"Goodput on {_PROCESSORS} of a processor, {_commit()}",
                across="pace, as a multiple of what the machine carries",
                up="messages a second",
            )
        )
    overload = [found.per_s for load, found in loads if load >= 2]
    crowd = [found.per_s for _, found in crowds]
    late = [found for _, found in (*loads, *crowds) if found.attempts]
    return all(
        (
            min(overload) >= _ENOUGH * max(overload),
            min(crowd) >= _ENOUGH * max(crowd),
            all(found.late <= _LATE_MAX * found.attempts for found in late),
        )
    )


def _loads(machine: Machine) -> list[tuple[float, Goodput]]:
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, {_commit()}\n\n"
        f"One deliverer with {_PROCESSORS} of a processor, signed mail\n"
        f"{'load':>10}{_HEAD}"
    )
    most = machine.run(1e5, count=1000, for_s=_FOR_S, processors=_PROCESSORS)
    found = []
    for load in _LOADS:
        rate_per_s = load * most.per_s
        count = int(min(rate_per_s, 2 * most.per_s) * _FOR_S)
        each = machine.run(
            rate_per_s, count=count, for_s=_FOR_S, processors=_PROCESSORS
        )
        print(f"{load:>9g}x{_row(rate_per_s, each)}", flush=True)
        found.append((load, each))
    print(f"{'no limit':>10}{_row(1e5, most)}")
    return found


def _crowds(machine: Machine) -> list[tuple[int, Goodput]]:
    print(f"\nDeliverers that know nothing of each other\n{'':>10}{_HEAD}")
    found = []
    for deliverers in _DELIVERERS:
        each = machine.run(
            _CROWD_RATE_PER_S, count=5000, for_s=_FOR_S, deliverers=deliverers
        )
        print(f"{deliverers:>10}{_row(_CROWD_RATE_PER_S, each)}", flush=True)
        found.append((deliverers, each))
    return found


_HEAD = f"{'pace':>12}{'sent a second':>15}{'attempts':>10}{'late':>9}"


def _row(rate_per_s: float, found: Goodput) -> str:
    late = found.late / (found.attempts or 1)
    return f"{rate_per_s:>10.0f}/s{found.per_s:>15.1f}{found.attempts:>10}{late:>9.1%}"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown commit"
