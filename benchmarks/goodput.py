"""What a machine that is too slow still carries: it must not fall as load grows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import scarcity
from benchmarks.letters import SIGNED_DOMAIN
from benchmarks.processes import Sender
from benchmarks.rooms import Project, Room

#: The first seconds do not count: deliverers find out what they can carry.
_SKIP_S = 1.0
_LATENCY_S = 0.02


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
