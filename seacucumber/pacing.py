"""When the next message may go: a schedule of slots for one account and region.

SES counts recipients, over all workers, and lets short bursts pass. The schedule is
a virtual one (GCRA): recipient k has its slot one interval after recipient k-1. A
message is sent no earlier than its slot and at most `Schedule.slack_us` later; many
processes send, so within that time messages may overtake each other.

Why that is never throttled. Let SES's bucket hold C = max(1, rate) recipients (one
second of the rate), fill at the rate of 1/I, and refuse when it is empty. Let V be
the longest time that a message is sent after its slot. From a moment t when the
bucket was last full, until a send at u, no more goes than the slots of [t - V, u]
hold: (u - t + V) / I, plus the cost c of the last of them, less the cost of the
message itself, which is at least 1. The bucket has got C + (u - t) / I in that time.
So it has something left if c < C - V / I + 1.

Mail to more recipients than that must not overtake, and does not: it goes in a second
window that begins when the first one, that of the mail before it, is over. V is both
windows together, well below C * I; what is left of that is for the way from our clock
to SES's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

US_PER_S = 1_000_000

#: SES takes so many recipients in one call.
#: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MAX_RECIPIENTS = 50

#: Part of a second's burst that one window may use up. There are two, and the rest is
#: for the network. Not above a third: then mail that must not overtake is always more
#: recipients than a window has slots, and does not overtake its own kind either.
_WINDOW_OF_BURST = 0.33
#: Below two recipients a second there is no burst to speak of: a part of the interval.
_WINDOW_OF_INTERVAL = 0.25

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
        return int(
            max(
                _WINDOW_OF_BURST * (self._burst - 1) * interval_us,
                _WINDOW_OF_INTERVAL * interval_us,
            )
        )

    @property
    def _burst(self) -> float:
        """Recipients that SES's bucket holds, as far as is safe to assume."""
        return max(1.0, self.rate_per_s)

    def _must_not_overtake(self, recipients: int) -> bool:
        interval_us = US_PER_S / self.rate_per_s
        # With windows shorter than an interval, nothing overtakes.
        overtaking = self.slack_us > interval_us
        return overtaking and recipients > self._burst - 2 * self.slack_us / interval_us

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
        after = replace(self, next_slot_us=slot_us + cost_us)
        if self._must_not_overtake(recipients):
            return slot_us + self.slack_us, after
        return slot_us, after

    def given_up(self, kept_us: float, now_us: int) -> tuple[int, Schedule]:
        """Give up slots of the past that nobody can use, but for the latest of them.

        Returns:
            By how much the schedule has moved, and the schedule. Slots that have just
            been reserved may move by as much: a later one is always free.
        """
        moved_us = int(now_us - kept_us) - self.next_slot_us
        if moved_us <= 0:
            return 0, self
        return moved_us, replace(self, next_slot_us=self.next_slot_us + moved_us)

    def slowed_down(self, now_us: int) -> Schedule:
        """Return the schedule after SES has throttled: a pause, then a lower rate."""
        next_slot_us = max(self.next_slot_us, now_us + _PAUSE_US)
        if now_us - self.factor_at_us < _SLOW_DOWN_ONCE_PER_US and self.factor < 1.0:
            return replace(self, next_slot_us=next_slot_us)
        factor = max(FACTOR_MIN, self.current_factor(now_us) * _SLOWED)
        return replace(
            self, next_slot_us=next_slot_us, factor=factor, factor_at_us=now_us
        )
