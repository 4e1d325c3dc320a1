"""One fault: what goes wrong with a call or with an event, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict, Unpack

from seacucumber.testing.faults.refusals import AwsError

#: The operations that faults concern unless they name another one.
SENDS = frozenset({"SendEmail", "SendRawEmail"})


class FaultKind(StrEnum):
    """What happens to a call, or to an event."""

    ERROR = "error"
    RESET_BEFORE_READING = "reset-before-reading"
    RESET = "reset"
    HANG = "hang"
    TRUNCATED = "truncated"
    WITHOUT_MESSAGE_ID = "without-message-id"
    DRIP = "drip"
    LATENCY = "latency"
    LOST = "lost"
    TWICE = "twice"
    LATE = "late"


#: What can happen to an event; the others happen to calls.
EVENT_KINDS = frozenset({FaultKind.LOST, FaultKind.TWICE, FaultKind.LATE})


class When(TypedDict, total=False):
    """Which calls a fault hits; every condition that is given has to hold.

    ``times``: so many calls, then the fault is used up. ``probability``: of each
    call. ``operation``: name of an operation, ``*`` for all; the sends otherwise.
    ``recipient``: one of the addresses. ``tag``: ``name`` or ``name=value``.
    ``subject``: a part of the subject.
    """

    times: int | None
    probability: float
    operation: str
    recipient: str
    tag: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a call, or of an event, when its faults are looked up."""

    operation: str
    event: str = ""
    recipients: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and when. Use the class methods to make one."""

    kind: FaultKind
    after_accepting: bool = False
    error: AwsError | None = None
    seconds: float | None = None
    times: int | None = None
    probability: float = 1.0
    operation: str = ""
    event: str = ""
    recipient: str = ""
    tag: str = ""
    subject: str = ""

    def __post_init__(self) -> None:
        if self.kind is FaultKind.ERROR and self.error is None:
            raise ValueError("A fault of the kind 'error' needs an error.")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"A probability is 0 to 1, not {self.probability}.")
        if self.seconds is not None and not 0 <= float(self.seconds) < math.inf:
            raise ValueError(f"seconds is 0 or more, not {self.seconds}.")
        if self.times is not None and int(self.times) < 1:
            raise ValueError(f"times is 1 or more, not {self.times}.")
        if (self.kind in EVENT_KINDS) != bool(self.event):
            raise ValueError("LOST, TWICE and LATE, and no others, happen to an event.")
        by_content = self.recipient or self.tag or self.subject
        if self.kind is FaultKind.RESET_BEFORE_READING and by_content:
            raise ValueError("What was not read cannot be matched by its content.")

    @classmethod
    def answer(
        cls, error: AwsError, *, after_accepting: bool = False, **when: Unpack[When]
    ) -> Fault:
        """Refuse with an error; it may lie, and come after the acceptance."""
        return cls(
            kind=FaultKind.ERROR, error=error, after_accepting=after_accepting, **when
        )

    @classmethod
    def reset_before_reading(cls, **when: Unpack[When]) -> Fault:
        """Reset the connection after the head of a v2 send, before its body."""
        return cls(kind=FaultKind.RESET_BEFORE_READING, **when)

    @classmethod
    def reset(cls, *, after_accepting: bool = False, **when: Unpack[When]) -> Fault:
        """Read the request, then reset the connection without an answer."""
        return cls(kind=FaultKind.RESET, after_accepting=after_accepting, **when)

    @classmethod
    def hang(
        cls,
        seconds: float | None = None,
        *,
        after_accepting: bool = False,
        **when: Unpack[When],
    ) -> Fault:
        """Say nothing for some seconds, or until released; then reset.

        A call that hangs before the acceptance is never accepted; `latency` is the
        fault that accepts late.
        """
        return cls(
            kind=FaultKind.HANG,
            seconds=seconds,
            after_accepting=after_accepting,
            **when,
        )

    @classmethod
    def truncated(cls, **when: Unpack[When]) -> Fault:
        """Accept, and lose half of the answer's body."""
        return cls(kind=FaultKind.TRUNCATED, after_accepting=True, **when)

    @classmethod
    def without_message_id(cls, **when: Unpack[When]) -> Fault:
        """Accept, and answer 200 with an empty object."""
        return cls(kind=FaultKind.WITHOUT_MESSAGE_ID, after_accepting=True, **when)

    @classmethod
    def drip(cls, seconds: float, **when: Unpack[When]) -> Fault:
        """Accept, and take so many seconds for the body, a byte at a time."""
        return cls(kind=FaultKind.DRIP, seconds=seconds, after_accepting=True, **when)

    @classmethod
    def latency(
        cls, seconds: float, *, after_accepting: bool = False, **when: Unpack[When]
    ) -> Fault:
        """Wait, then go on as usual.

        The acceptance comes late; with ``after_accepting`` only its answer does, and
        events may come before it.
        """
        return cls(
            kind=FaultKind.LATENCY,
            seconds=seconds,
            after_accepting=after_accepting,
            **when,
        )

    @classmethod
    def event_lost(cls, event: str = "*", **when: Unpack[When]) -> Fault:
        """Tell nobody of an event; ``event`` is its type, such as ``Bounce``."""
        return cls(kind=FaultKind.LOST, event=event, **when)

    @classmethod
    def event_twice(cls, event: str = "*", **when: Unpack[When]) -> Fault:
        """Tell of an event twice."""
        return cls(kind=FaultKind.TWICE, event=event, **when)

    @classmethod
    def event_late(
        cls, seconds: float, event: str = "*", **when: Unpack[When]
    ) -> Fault:
        """Tell of an event so many seconds later, when others overtook it."""
        return cls(kind=FaultKind.LATE, seconds=seconds, event=event, **when)

    def fits(self, facts: Facts) -> bool:
        """Tell whether the conditions, chance aside, hold for a call."""
        return (
            self._fits_what(facts)
            and (not self.recipient or self.recipient in facts.recipients)
            and (not self.tag or self._fits_tag(facts.tags))
            and self.subject in facts.subject
        )

    def _fits_what(self, facts: Facts) -> bool:
        if self.event or facts.event:
            return bool(facts.event) and self.event in (facts.event, "*")
        return self._fits_operation(facts.operation)

    def _fits_operation(self, operation: str) -> bool:
        if not self.operation:
            return operation in SENDS
        return self.operation in (operation, "*")

    def _fits_tag(self, tags: Mapping[str, str]) -> bool:
        name, equals, value = self.tag.partition("=")
        return name in tags and (not equals or tags[name] == value)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fault:
        """Read a fault from JSON.

        Raises:
            ValueError, TypeError: if it is none.
        """
        values = dict(data)
        values["kind"] = FaultKind(values.get("kind", ""))
        for name in ("operation", "event", "recipient", "tag", "subject"):
            values[name] = str(values.get(name, ""))
        for name, number in (("seconds", float), ("times", int)):
            if values.get(name) is not None:
                values[name] = number(values[name])
        if values.get("error") is not None:
            values["error"] = AwsError(**values["error"])
        return cls(**values)
