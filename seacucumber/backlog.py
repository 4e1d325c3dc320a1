"""What stands in the queue, and what keeps it there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from seacucumber.db import clock
from seacucumber.enums import HoldCause, HoldScope, Lane, MessageState
from seacucumber.models import Hold, Message
from seacucumber.models.queue.transitions import NOT_HELD_BACK

#: States that somebody may have to do something about. Those that ended well are
#: history, of any size, and not counted.
LIVE = (
    MessageState.QUEUED,
    MessageState.CLAIMED,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.HELD,
    MessageState.FAILED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingHold:
    """One hold, in an operator's words.

    Args:
        ends_at: When the sweep lifts it, if somebody wanted that.
    """

    pace_key: str
    scope: str
    value: str
    cause: str
    why: str
    detail: str
    since: datetime
    next_try_in_s: float | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The queue at one moment, of one account or of all.

    Args:
        counts: Messages by (state, lane); missing is none.
        oldest_s: Age of the oldest message that is ready or on its way, by lane.
    """

    counts: dict[tuple[MessageState, Lane], int]
    oldest_s: dict[Lane, float]
    holds: tuple[StandingHold, ...]

    def count(self, state: MessageState) -> int:
        """Return how many messages are in a state, over all lanes."""
        return sum(self.counts.get((state, lane), 0) for lane in Lane)


def read(using: str, *, pace_key: str | None = None) -> Backlog:
    """Return the queue as it stands now.

    Args:
        pace_key: Of this account only; None is all.
    """
    now_us = clock.now_us(using)
    whose = Q() if pace_key is None else Q(pace_key=pace_key)
    holds = Hold.objects.filter(whose).order_by("id")
    return Backlog(
        counts=_counts(whose),
        oldest_s=_oldest_s(whose, now_us),
        holds=tuple(_standing(hold, now_us) for hold in holds),
    )


def _counts(whose: Q) -> dict[tuple[MessageState, Lane], int]:
    rows = (
        # Not sent: SQLite uses the partial index only if it is told its condition.
        Message.objects.filter(~Q(state=MessageState.SENT), whose, state__in=LIVE)
        .values_list("state", "lane")
        .annotate(number=Count("id"))
        .order_by()
    )
    return {(MessageState(state), Lane(lane)): n for state, lane, n in rows}


def _oldest_s(whose: Q, now_us: int) -> dict[Lane, float]:
    waiting = Q(state=MessageState.QUEUED, ready_at_us__lte=now_us)
    rows = (
        Message.objects.filter(whose, NOT_HELD_BACK, waiting)
        .values_list("lane")
        .annotate(first_us=Min("ready_at_us"))
        .order_by()
    )
    return {Lane(lane): (now_us - us) / clock.US_PER_S for lane, us in rows}


def _standing(hold: Hold, now_us: int) -> StandingHold:
    wait_s = None
    if hold.probe_at_us is not None:
        wait_s = max(0.0, (hold.probe_at_us - now_us) / clock.US_PER_S)
    return StandingHold(
        pace_key=hold.pace_key,
        scope=str(HoldScope(hold.scope).label),
        value=hold.value,
        cause=hold.cause,
        why=str(HoldCause(hold.cause).label),
        detail=hold.detail,
        since=hold.placed_at,
        next_try_in_s=wait_s,
        ends_at=None if hold.ends_at_us is None else clock.moment(hold.ends_at_us),
    )
