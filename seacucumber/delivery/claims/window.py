"""How much a deliverer takes on at a time: what it has lately got out in time.

A slot lasts for a third of a second at most. Whoever claims more than leaves within
that has to give slots up, and on a machine that is short of CPU, each of them after
work was done for it. So the window opens while mail leaves in time, and closes as soon
as some does not, as TCP's does: doubled at first, then one more with each round
(additive increase), and a part of it less at the first that is late (multiplicative
decrease).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from seacucumber.delivery.outgoing_message import OutgoingMessage

#: What even a slow machine gets out within a slot's slack.
WINDOW_FIRST = 8
#: Below that it closes only if attempts were begun in vain: what is found late before
#: costs nothing but the slot, and fewer at a time would cost a transaction each.
WINDOW_CHEAP = 24
WINDOW_MIN = 4
_CLOSE = 0.7

#: Of so many that went last, the one that took longest tells how soon to begin.
_LAGS = 64
_LAG_FIRST_US = 50_000

#: What this process has found, by account: a turn begins where the last one ended.
_found: dict[str, tuple[float, deque[int]]] = {}


class Window:
    """The number of messages that may wait for their first byte, in one deliverer.

    Args:
        pace_key: The account.
        size_max: It never opens wider than this.
    """

    def __init__(self, pace_key: str, *, size_max: int) -> None:
        self._pace_key = pace_key
        self._size_max = size_max
        self._opened = pace_key in _found
        unknown = (float(WINDOW_FIRST), deque([_LAG_FIRST_US], _LAGS))
        size, self._lags_us = _found.get(pace_key, unknown)
        self._size = min(size, size_max)
        self._round = 0
        self._closed_in_round = 0
        self._limits = False

    @property
    def size(self) -> int:
        """How many messages may wait."""
        return int(self._size)

    @property
    def is_opening(self) -> bool:
        """Whether it is not known yet what could be carried."""
        return not self._opened and self._size < self._size_max

    @property
    def lag_us(self) -> int:
        """How long it may take from the decision to begin until the first byte."""
        return max(self._lags_us)

    def claimed(self, messages: Iterable[OutgoingMessage], *, limited: bool) -> None:
        """Note a claim.

        Args:
            limited: It would have brought more, had the window been wider.
        """
        self._round += 1
        self._limits = limited
        for outgoing in messages:
            outgoing.round = self._round

    def lagged(self, lag_us: int) -> None:
        """Note how long it took from the decision to begin a message until it left."""
        self._lags_us.append(lag_us)

    def in_time(self) -> None:
        """Note that a message has left within its slot's slack."""
        # What is not used in full says nothing about more.
        if self._limits:
            step = 1 / self._size if self._opened else 1.0
            self._size = min(self._size_max, self._size + step)
            self._keep()

    def late(self, outgoing: OutgoingMessage, *, begun: bool) -> None:
        """Note that a slot has passed. Those claimed together close it only once.

        Args:
            begun: Its attempt had begun.
        """
        if outgoing.round > self._closed_in_round:
            self._closed_in_round = self._round
            self._opened = True
            floor = min(self._size, WINDOW_MIN if begun else WINDOW_CHEAP)
            self._size = max(floor, self._size * _CLOSE)
            self._keep()

    def _keep(self) -> None:
        _found[self._pace_key] = (self._size, self._lags_us)
