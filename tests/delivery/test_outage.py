"""SES does not answer: mail waits, SES is asked, and all of it leaves afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from seacucumber.enums import (
    AttemptOutcome,
    HoldCause,
    MessageState,
)
from seacucumber.models import Attempt, Hold, Message, clock
from seacucumber.models.clock import US_PER_S
from seacucumber.testing import Fault, LocalSES, errors
from tests.checker import evidence, violations
from tests.queueing import drain, put_many, state, sweep

pytestmark = pytest.mark.django_db

SENT = MessageState.SENT
MINUTE_S, HOUR_S = 60.0, 3600.0
BEAT_S = 10.0

FAULTS: dict[str, Fault] = {
    "500 of SES": Fault.answer(errors.internal_failure(), operation="*"),
    "500 of SES, sends only": Fault.answer(errors.internal_failure()),
    "502 of a gateway": Fault.answer(errors.bad_gateway(), operation="*"),
    "502 of a gateway, sends only": Fault.answer(errors.bad_gateway()),
    "reset": Fault.reset(operation="*"),
    "reset, sends only": Fault.reset(),
}


@dataclass(slots=True)
class Days:
    """Time that passes as fast as the test likes; the queue and SES are real."""

    ses: LocalSES
    ahead_us: int = 0
    sent_at_us: dict[int, int] = field(default_factory=dict)

    def now_us(self) -> int:
        return clock.read_us("default")

    def wait(self, seconds: float) -> None:
        """Let a beat come every ten seconds, where something may be due."""
        until_us = self.now_us() + int(seconds * US_PER_S)
        while (now_us := self.now_us()) < until_us:
            self.beat()
            self.ahead_us += min(self._idle_us(now_us), until_us - now_us)
            clock.read_us("default")

    def beat(self) -> None:
        sweep()
        drain()

    def _idle_us(self, now_us: int) -> int:
        """Return how long nothing happens, in whole beats."""
        beat_us = int(BEAT_S * US_PER_S)
        moments = [
            *Hold.objects.values_list("probe_at_us", flat=True),
            *Message.objects.exclude(due_at_us=None).values_list(
                "due_at_us", flat=True
            ),
        ]
        if not Hold.objects.exists():
            queued = Message.objects.queued()
            moments += queued.values_list("ready_at_us", flat=True)
        ahead_us = min((at for at in moments if at), default=now_us) - now_us
        return max(1, -(-ahead_us // beat_us)) * beat_us


@pytest.fixture
def days(ses: LocalSES, monkeypatch: pytest.MonkeyPatch) -> Iterator[Days]:
    days = Days(ses)
    ask = clock._ask
    monkeypatch.setattr(clock, "_ask", lambda using: ask(using) + days.ahead_us)
    # What is usual here: calls that succeed.
    clock.read_us("default")
    put_many(60)
    days.beat()
    yield days
    # Whoever reckons from now on is not to go by these days.
    days.ahead_us = 0
    clock.read_us("default")


def states() -> Counter[str]:
    return Counter(
        MessageState(s).name for s in Message.objects.values_list("state", flat=True)
    )


def tried_in_doubt() -> int:
    doubt = (AttemptOutcome.UNKNOWN, AttemptOutcome.ABANDONED)
    tries = Attempt.objects.filter(outcome__in=doubt)
    return tries.values("message").distinct().count()


def assert_well(ses: LocalSES) -> None:
    found = evidence(ses.inbox, copies_allowed=tried_in_doubt())
    assert violations(found) == []
    assert not Hold.objects.exists()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("seconds", [45.0, 10 * MINUTE_S])
def test_after_an_outage_of_any_length_everything_leaves_by_itself(
    ses: LocalSES, days: Days, fault: Fault, seconds: float
) -> None:
    put_many(40)
    ses.faults.add(fault)
    days.wait(seconds / 2)
    later = put_many(40)
    days.wait(seconds / 2)
    assert [hold.cause for hold in Hold.objects.all()] == [HoldCause.SES_SILENT]
    # Where all that was tried is in doubt, a probe or two were taken from these.
    spent = [message for message in later if state(message) != MessageState.QUEUED]
    assert len(spent) <= 3

    ses.faults.clear()
    in_doubt = set(
        Message.objects.filter(state=MessageState.UNCERTAIN).values_list(
            "pk", flat=True
        )
    )
    days.wait(2 * MINUTE_S)
    waiting = set(Message.objects.exclude(state=SENT).values_list("pk", flat=True))
    assert waiting <= in_doubt
    days.wait(MINUTE_S)

    assert states() == {"SENT": 140}
    assert_well(ses)
