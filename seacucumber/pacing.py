"""When the next message may go: a schedule of slots for one account and region.

SES counts recipients, over all workers, and lets short bursts pass. The schedule is
a virtual one (GCRA): recipient k has its slot one interval after recipient k-1. A
message is sent no earlier than its slot and at most `Schedule.slack_us` later.

Why that is never throttled. Let SES's bucket hold C = max(1, rate) recipients (one
second of the rate) and fill at the rate. If every message goes within the slack
after its slot, and slots are at least the cost of the message before them apart,
then the bucket's debt at any send is at most slack / interval. SES refuses when it
reaches C, so slack < C * interval is enough. `slack_us` stays well below, and what
is left covers the way from our clock to SES's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

US_PER_S = 1_000_000

#: Part of a second's burst that lateness may use up; the rest is for the network.
_SLACK_OF_BURST = 0.6
#: Below two recipients a second there is no burst to speak of: a part of the interval.
_SLACK_OF_INTERVAL = 0.25

FACTOR_MIN = 0.05
_SLOWED = 0.7
_CLIMB_PER_S = 0.01
_PAUSE_US = US_PER_S
#: Answers to calls that were under way together count as one.
_SLOW_DOWN_ONCE_PER_US = US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The schedule of one account, in the database's microseconds.

    Args:
        rate_per_s: Recipients per second when all is well.
        next_slot_us: The first slot that is not taken (GCRA: theoretical arrival).
        factor: Part of the rate in use, below 1 after SES has throttled.
        factor_at_us: When the factor was last set.
    """

    rate_per_s: float
    next_slot_us: int = 0
    factor: float = 1.0
    factor_at_us: int = 0

    def interval_us(self, now_us: int) -> float:
        """Time between the slots of two recipients."""
        return US_PER_S / (self.rate_per_s * self.current_factor(now_us))

    def current_factor(self, now_us: int) -> float:
        """Part of the rate in use now: it climbs by 1 % of the rate a second."""
        climbed = self.factor + _CLIMB_PER_S * (now_us - self.factor_at_us) / US_PER_S
        return min(1.0, max(self.factor, climbed))

    @property
    def slack_us(self) -> int:
        """How late after its slot a message may still be sent."""
        interval_us = US_PER_S / self.rate_per_s
        burst = max(1.0, self.rate_per_s)
        return int(
            max(
                _SLACK_OF_BURST * (burst - 1) * interval_us,
                _SLACK_OF_INTERVAL * interval_us,
            )
        )

    @property
    def catch_up_us(self) -> int:
        """How far in the past a slot may lie: time that nobody used is not all lost."""
        return self.slack_us // 2

    def first_slot_us(self, now_us: int) -> int:
        """Return the slot that a reservation made now would get."""
        return max(self.next_slot_us, now_us - self.catch_up_us)

    def reserve(self, recipients: int, now_us: int) -> tuple[int, Schedule]:
        """Take the next slot for one message; return it and the schedule after it."""
        slot_us = self.first_slot_us(now_us)
        cost_us = int(recipients * self.interval_us(now_us)) + 1
        return slot_us, replace(self, next_slot_us=slot_us + cost_us)

    def slowed_down(self, now_us: int) -> Schedule:
        """Return the schedule after SES has throttled: a pause, then a lower rate."""
        next_slot_us = max(self.next_slot_us, now_us + _PAUSE_US)
        if now_us - self.factor_at_us < _SLOW_DOWN_ONCE_PER_US and self.factor < 1.0:
            return replace(self, next_slot_us=next_slot_us)
        factor = max(FACTOR_MIN, self.current_factor(now_us) * _SLOWED)
        return replace(
            self, next_slot_us=next_slot_us, factor=factor, factor_at_us=now_us
        )
