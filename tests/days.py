"""Time that passes as fast as a test likes; the queue and SES are real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.models import Attempt, Hold, Message
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.faults.unreachable import (
    WITHOUT_DNS,
    refusing,
    with_expired_certificate,
)
from tests.queue import USING, drain, sweep

MINUTE_S, HOUR_S = 60.0, 3600.0
BEAT_S = 10.0
IN_DOUBT = (AttemptOutcome.UNKNOWN, AttemptOutcome.ABANDONED)

#: What SES, or what lies before it, may do in an outage; ``*`` is all of its API.
FAULTS: dict[str, Fault] = {
    "500 of SES": Fault.answer(errors.internal_failure(), operation="*"),
    "500 of SES, sends only": Fault.answer(errors.internal_failure()),
    "502 of a gateway": Fault.answer(errors.bad_gateway(), operation="*"),
    "502 of a gateway, sends only": Fault.answer(errors.bad_gateway()),
    "reset": Fault.reset(operation="*"),
    "reset, sends only": Fault.reset(),
    "read timeout": Fault.hang(operation="*"),
    "read timeout, sends only": Fault.hang(),
}
UNREACHABLE = ("no DNS", "refused", "expired certificate")
OUTAGES = (*FAULTS, *UNREACHABLE)


@dataclass(slots=True)
class Days:
    """Lets time pass, with a beat every ten seconds where something may be due."""

    ses: LocalSES
    settings: Any
    ahead_us: int = 0
    #: Called at each beat.
    also: list[Callable[[], object]] = field(default_factory=list)

    def now_us(self) -> int:
        return clock.read_us(USING)

    def wait(self, seconds: float) -> None:
        until_us = self.now_us() + int(seconds * US_PER_S)
        while (now_us := self.now_us()) < until_us:
            self.beat()
            self.jump(min(self._idle_us(now_us), until_us - now_us) / US_PER_S)

    def jump(self, seconds: float) -> None:
        self.ahead_us += int(seconds * US_PER_S)
        clock.read_us(USING)

    def beat(self) -> None:
        for each in self.also:
            each()
        sweep()
        drain()

    @contextmanager
    def outage(self, kind: str) -> Iterator[None]:
        """Have SES not answer, in one of the ways of `OUTAGES`."""
        if kind in FAULTS:
            if "timeout" in kind:
                self.settings.CUCUMBER_READ_TIMEOUT = 0.3
            self.ses.faults.add(FAULTS[kind])
            yield
            self.ses.faults.clear()
            return
        with with_expired_certificate() as expired:
            urls = {
                "no DNS": WITHOUT_DNS,
                "refused": refusing(),
                "expired certificate": expired,
            }
            self.settings.CUCUMBER_ENDPOINT_URL = urls[kind]
            yield
            self.settings.CUCUMBER_ENDPOINT_URL = self.ses.url

    def _idle_us(self, now_us: int) -> int:
        """Return how long nothing happens, in whole beats."""
        beat_us = int(BEAT_S * US_PER_S)
        if self.also:
            return beat_us
        uncertain = Message.objects.exclude(due_at_us=None)
        moments = [
            *Hold.objects.values_list("probe_at_us", flat=True),
            *uncertain.values_list("due_at_us", flat=True),
        ]
        if not Hold.objects.exists():
            queued = Message.objects.queued()
            moments += queued.values_list("ready_at_us", flat=True)
        ahead_us = min((at for at in moments if at), default=now_us) - now_us
        return max(1, -(-ahead_us // beat_us)) * beat_us


def states() -> Counter[str]:
    rows = Message.objects.values_list("state", flat=True)
    return Counter(MessageState(state).name for state in rows)


def tried_in_doubt() -> int:
    """Return how many messages have a try of which nobody knows."""
    tries = Attempt.objects.filter(outcome__in=IN_DOUBT)
    return tries.values("message").distinct().count()
