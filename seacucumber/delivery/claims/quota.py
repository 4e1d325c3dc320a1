"""The rolling 24 hours: what is left of them, and for whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.holds.lifecycle import lift
from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models import Hold, Pace

_REVIEW_EVERY_US = 2 * US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The holds that stand after a review, and what it has changed."""

    holds: list[Hold]
    placed: list[Hold] = field(default_factory=list)
    lifted: list[Hold] = field(default_factory=list)


@dataclass(slots=True)
class QuotaGuard:
    """Keeps the last part of the 24 hour quota for transactional mail."""

    reserve: float
    _reviewed_at_us: int = 0

    def review(self, pace: Pace, holds: list[Hold], now_us: int) -> Review:
        """Stop bulk mail, or let it go on, by what is left of the quota."""
        held = [hold for hold in holds if _is_ours(hold)]
        if 0 <= now_us - self._reviewed_at_us < _REVIEW_EVERY_US:
            return Review(holds=holds)
        self._reviewed_at_us = now_us
        left, quota = left_of_quota(pace, now_us), pace.day_quota or 0.0
        if left is None or left > self.reserve * quota:
            for hold in held:
                lift(hold, now_us)
            kept = [hold for hold in holds if hold not in held]
            return Review(holds=kept, lifted=held)
        if held:
            return Review(holds=holds)
        hold, _ = Hold.objects.place(
            pace.key,
            scope=HoldScope.LANE,
            value=Lane.BULK.name.lower(),
            cause=HoldCause.QUOTA,
            detail=f"About {max(0, int(left))} of {int(quota)} recipients"
            " are left today; they are kept for transactional mail.",
            now_us=now_us,
            probed=False,
        )
        return Review(holds=[*holds, hold], placed=[hold])


def left_of_quota(pace: Pace, now_us: int) -> float | None:
    """Return how many recipients are left of the 24 hour quota; None is no quota."""
    if pace.day_quota is None:
        return None
    sent = pace.sent_in_day(now_us)
    return None if sent is None else pace.day_quota - sent


def _is_ours(hold: Hold) -> bool:
    return hold.cause == HoldCause.QUOTA and hold.scope == HoldScope.LANE
