"""The arithmetic of SES's limits: recipients per second, and per rolling 24 hours."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

DAY_S = 86_400.0


class Clock:
    """The time by which limits, statistics and verifications go.

    It can be set forward, so that a test of the 24 hour quota takes no day.

    Args:
        monotonic: Source of the monotonic time in seconds.
        epoch: Source of the seconds since 1970.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        self._monotonic = monotonic
        self._epoch = epoch
        self._ahead_s = 0.0

    def monotonic_s(self) -> float:
        """Seconds since some moment, never backwards."""
        return self._monotonic() + self._ahead_s

    def epoch_s(self) -> float:
        """Seconds since 1970."""
        return self._epoch() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Set the clock forward.

        Raises:
            ValueError: if ``seconds`` is negative or not finite.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"A clock only goes forward, not by {seconds} seconds.")
        self._ahead_s += seconds

    def reset(self) -> None:
        """Show the time of its sources again."""
        self._ahead_s = 0.0


class TokenBucket:
    """The send rate: admitted while a token is left, at the price of a debt.

    SES lets a message to five recipients through at one recipient a second, and
    refuses everything for the five seconds that follow (AWS Messaging blog, "What
    happens when you reach your sending limits").

    Args:
        rate: Tokens that come back each second.
        capacity: Tokens that can be saved up.
        now_s: The clock.
    """

    def __init__(
        self, rate: float, capacity: float, now_s: Callable[[], float]
    ) -> None:
        self.rate = rate
        self.capacity = capacity
        self._now_s = now_s
        self._tokens = capacity
        self._at_s = now_s()

    @property
    def tokens(self) -> float:
        """What can be spent now; negative while there is a debt."""
        now_s = self._now_s()
        earned = max(0.0, now_s - self._at_s) * self.rate
        self._tokens = min(self.capacity, self._tokens + earned)
        self._at_s = now_s
        return self._tokens

    def has_room(self) -> bool:
        """Tell whether the next message is admitted, whatever it costs."""
        return self.tokens > 0

    def spend(self, cost: float) -> None:
        """Take ``cost`` tokens, into debt if need be."""
        self._tokens = self.tokens - cost

    def resize(self, rate: float, capacity: float) -> None:
        """Change rate and capacity; what was earned until now is kept."""
        tokens = self.tokens
        self.rate = rate
        self.capacity = capacity
        self._tokens = min(capacity, tokens)


class RollingSum:
    """A sum over the last ``span_s`` seconds."""

    def __init__(self, span_s: float, now_s: Callable[[], float]) -> None:
        self._span_s = span_s
        self._now_s = now_s
        self._entries: deque[tuple[float, float]] = deque()
        self._total = 0.0

    def add(self, amount: float) -> None:
        """Count ``amount`` now."""
        self._entries.append((self._now_s(), amount))
        self._total += amount

    def total(self, *, lag_s: float = 0.0) -> float:
        """Return the sum, as it was known ``lag_s`` seconds ago."""
        now_s = self._now_s()
        while self._entries and self._entries[0][0] <= now_s - self._span_s:
            self._total -= self._entries.popleft()[1]
        if not self._entries:
            self._total = 0.0
        return self._total - self._newer_than(now_s - lag_s if lag_s else None)

    def _newer_than(self, moment_s: float | None) -> float:
        if moment_s is None:
            return 0.0
        newer = 0.0
        for at_s, amount in reversed(self._entries):
            if at_s <= moment_s:
                break
            newer += amount
        return newer
