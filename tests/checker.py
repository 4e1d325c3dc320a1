"""The judge: what must hold between the database and what SES has accepted.

It looks from outside: rows on one side, the ledger that the local SES wrote before
each answer on the other. Every scenario with faults ends with `violations() == []`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from seacucumber.enums import AttemptOutcome, MessageState, Uncertain
from seacucumber.models import Attempt, BodyChunk, Message
from seacucumber.testing import Accepted

#: After these, SES may or may not have the message.
AMBIGUOUS = {AttemptOutcome.UNKNOWN, AttemptOutcome.ABANDONED, AttemptOutcome.OPEN}
RESTING = {
    MessageState.SENT,
    MessageState.FAILED,
    MessageState.CANCELLED,
    MessageState.HELD,
    MessageState.SUPPRESSED,
}
#: Reasons that a message may fail for; any other would be a loss.
LASTING = {"BadRequest", "MessageRejected", "expired", "cancelled", "BodyMissing"}


@dataclass(slots=True)
class Evidence:
    """What both sides say.

    Args:
        messages: All rows of the queue.
        attempts: All rows of attempts.
        bodies: Ids of messages that still have a body.
        ledger: What SES accepted.
        rate_rejections: How often SES refused for the rate.
        copies_allowed: Answers that were lost after acceptance, plus calls under way
            on workers that were killed.
    """

    messages: Sequence[Message]
    attempts: Sequence[Attempt]
    bodies: frozenset[int]
    ledger: Sequence[Accepted]
    rate_rejections: int = 0
    copies_allowed: int = 0
    _accepted: dict[str, list[Accepted]] = field(init=False)
    _tries: dict[int, list[Attempt]] = field(init=False)

    def __post_init__(self) -> None:
        self._accepted = defaultdict(list)
        for entry in self.ledger:
            self._accepted[entry.tags.get("cucumber_message", "")].append(entry)
        self._tries = defaultdict(list)
        for attempt in sorted(self.attempts, key=lambda a: a.number):
            self._tries[attempt.message_id].append(attempt)

    def accepted(self, message: Message) -> list[Accepted]:
        return self._accepted.get(message.uid, [])

    def tries(self, message: Message) -> list[Attempt]:
        return self._tries.get(message.pk, [])


def evidence(
    ledger: Sequence[Accepted], *, rate_rejections: int = 0, copies_allowed: int = 0
) -> Evidence:
    """Collect what the database says now, beside a ledger."""
    return Evidence(
        messages=list(Message.objects.order_by("pk")),
        attempts=list(Attempt.objects.all()),
        bodies=frozenset(BodyChunk.objects.values_list("message_id", flat=True)),
        ledger=ledger,
        rate_rejections=rate_rejections,
        copies_allowed=copies_allowed,
    )


def violations(found: Evidence) -> list[str]:
    """Return what does not hold, a line each; empty is a pass."""
    return [
        *_no_phantoms(found),
        *_nothing_stuck(found),
        *_sent_means_accepted(found),
        *_nothing_lost(found),
        *_no_copy_without_a_try(found),
        *_copies_were_in_doubt(found),
        *_copies_are_few(found),
        *_tries_do_not_overlap(found),
        *_bodies_go_with_acceptance(found),
        *_held_means_once(found),
        *_never_throttled(found),
    ]


def _no_phantoms(found: Evidence) -> Iterable[str]:
    known = {message.uid for message in found.messages}
    for uid, entries in found._accepted.items():
        if uid not in known:
            yield f"I1 SES accepted {len(entries)} of {uid!r}, which has no row"


def _nothing_stuck(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        if message.state not in RESTING:
            yield f"I2 {message} has not come to rest"


def _sent_means_accepted(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        ids = {entry.ses_message_id for entry in found.accepted(message)}
        if message.state == MessageState.SENT and message.ses_message_id not in ids:
            yield f"I3 {message} has SES id {message.ses_message_id!r}, not of {ids}"


def _nothing_lost(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        if message.state == MessageState.FAILED and message.reason not in LASTING:
            yield f"I4 {message} failed for a passing reason: {message.reason}"


def _no_copy_without_a_try(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        copies, tries = len(found.accepted(message)), len(found.tries(message))
        if copies > tries or tries != message.attempts:
            yield (
                f"I5 {message} was accepted {copies} times in {tries} recorded of"
                f" {message.attempts} attempts"
            )


def _copies_were_in_doubt(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        copies = len(found.accepted(message))
        doubtful = sum(a.outcome in AMBIGUOUS for a in found.tries(message))
        if copies > 1 and copies > doubtful + 1:
            yield f"I6 {message} was accepted {copies} times, {doubtful} in doubt"


def _copies_are_few(found: Evidence) -> Iterable[str]:
    extra = sum(max(0, len(found.accepted(m)) - 1) for m in found.messages)
    if extra > found.copies_allowed:
        yield f"I7 {extra} extra copies; {found.copies_allowed} can be explained"


def _tries_do_not_overlap(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        tries = found.tries(message)
        numbers = [attempt.number for attempt in tries]
        if numbers != list(range(1, len(tries) + 1)):
            yield f"I8 {message} has the attempts {numbers}"
        open_ones = [a for a in tries if a.outcome == AttemptOutcome.OPEN]
        if open_ones and message.state in RESTING:
            yield f"I8 {message} rests with {len(open_ones)} open attempts"
        for earlier, later in pairwise(tries):
            end_us = earlier.ended_at_us
            if end_us is None or end_us > later.begun_at_us:
                yield f"I8 {message}: attempt {later.number} began too early"


def _bodies_go_with_acceptance(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        if message.shares_body:
            continue
        has_body = message.pk in found.bodies
        if message.state == MessageState.SENT and has_body:
            yield f"I9 {message} was sent and still has its body"
        waiting = message.state not in RESTING or message.state == MessageState.HELD
        if waiting and not has_body:
            yield f"I9 {message} has lost its body"


def _held_means_once(found: Evidence) -> Iterable[str]:
    for message in found.messages:
        copies = len(found.accepted(message))
        if message.uncertain == Uncertain.HOLD and copies > 1:
            yield f"I14 {message} must not be repeated, and was accepted {copies} times"


def _never_throttled(found: Evidence) -> Iterable[str]:
    if found.rate_rejections:
        yield f"I12 SES refused {found.rate_rejections} times for the rate"


def summary(found: Evidence) -> Counter[str]:
    """Return the states of all messages, for a failing test's words."""
    return Counter(MessageState(message.state).name for message in found.messages)
