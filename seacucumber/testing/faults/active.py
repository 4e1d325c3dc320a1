"""Faults on demand: everything that can go wrong between a client and SES."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

from seacucumber.testing.faults.fault import Facts, Fault, FaultKind


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
