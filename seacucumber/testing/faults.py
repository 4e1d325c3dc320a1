"""Faults on demand: everything that can go wrong between a client and SES."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict, Unpack

from seacucumber.testing.refusals import AwsError

#: The operations that faults concern unless they name another one.
SENDS = frozenset({"SendEmail", "SendRawEmail"})


class FaultKind(StrEnum):
    """What happens to a call."""

    ERROR = "error"
    RESET_BEFORE_READING = "reset-before-reading"
    RESET = "reset"
    HANG = "hang"
    TRUNCATED = "truncated"
    WITHOUT_MESSAGE_ID = "without-message-id"
    DRIP = "drip"
    LATENCY = "latency"


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
    """What is known of a call when its faults are looked up."""

    operation: str
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
    def latency(cls, seconds: float, **when: Unpack[When]) -> Fault:
        """Wait, then go on as usual: the acceptance comes late."""
        return cls(kind=FaultKind.LATENCY, seconds=seconds, **when)

    def fits(self, facts: Facts) -> bool:
        """Tell whether the conditions, chance aside, hold for a call."""
        return (
            self._fits_operation(facts.operation)
            and (not self.recipient or self.recipient in facts.recipients)
            and (not self.tag or self._fits_tag(facts.tags))
            and self.subject in facts.subject
        )

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
        for name in ("operation", "recipient", "tag", "subject"):
            values[name] = str(values.get(name, ""))
        for name, number in (("seconds", float), ("times", int)):
            if values.get(name) is not None:
                values[name] = number(values[name])
        if values.get("error") is not None:
            values["error"] = AwsError(**values["error"])
        return cls(**values)


@dataclass(slots=True)
class _Entry:
    fault: Fault
    left: int | None


class Faults:
    """The faults in force. Safe to use from any thread.

    Args:
        seed: Makes probabilities repeatable.
    """

    def __init__(self, seed: int = 0) -> None:
        self._changed = threading.Condition()
        self._entries: dict[int, _Entry] = {}
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._next_number = 1
        self._generation = 0
        self._stopped = False
        self.hanging = 0
        self.applied = 0

    def add(self, fault: Fault) -> int:
        """Put a fault in force; return its number. The oldest that fits wins."""
        with self._changed:
            number = self._next_number
            self._next_number += 1
            self._entries[number] = _Entry(fault, fault.times)
            return number

    def remove(self, number: int) -> None:
        """Lift one fault; nothing happens if it is used up."""
        with self._changed:
            self._entries.pop(number, None)

    def clear(self) -> None:
        """Lift all faults and release whatever hangs."""
        with self._changed:
            self._entries.clear()
        self.release()

    def active(self) -> dict[int, Fault]:
        """Return the faults in force by number."""
        with self._changed:
            return {number: entry.fault for number, entry in self._entries.items()}

    def choose(
        self,
        facts: Facts,
        *,
        after_accepting: bool = False,
        before_reading: bool = False,
    ) -> Fault | None:
        """Return the fault that hits this call at this stage, and use it up."""
        if not self._entries:
            return None
        with self._changed:
            for number, entry in self._entries.items():
                if self._hits(entry.fault, facts, after_accepting, before_reading):
                    self._use(number, entry)
                    return entry.fault
        return None

    def _hits(
        self, fault: Fault, facts: Facts, after_accepting: bool, before_reading: bool
    ) -> bool:
        unread = fault.kind is FaultKind.RESET_BEFORE_READING
        return (
            fault.after_accepting == after_accepting
            and unread == before_reading
            and fault.fits(facts)
            and (fault.probability >= 1.0 or self._random.random() < fault.probability)
        )

    def _use(self, number: int, entry: _Entry) -> None:
        self.applied += 1
        if entry.left is not None:
            entry.left -= 1
            if entry.left <= 0:
                del self._entries[number]

    def hang(self, seconds: float | None) -> None:
        """Wait so long, or until `release` or `stop`."""
        with self._changed:
            generation = self._generation
            self.hanging += 1
            try:
                self._changed.wait_for(
                    lambda: self._stopped or self._generation != generation, seconds
                )
            finally:
                self.hanging -= 1

    def pause(self, seconds: float) -> None:
        """Wait so long, or until `stop`."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, seconds)

    def release(self) -> None:
        """Let everything go that hangs."""
        with self._changed:
            self._generation += 1
            self._changed.notify_all()

    def start(self) -> None:
        """Let calls wait again."""
        with self._changed:
            self._stopped = False

    def stop(self) -> None:
        """End all waiting, until `start`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
