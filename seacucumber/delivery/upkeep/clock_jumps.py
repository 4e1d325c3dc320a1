"""What waits for a moment that the database's clock does not come to in time.

Each wait of a machine has a longest length. A moment farther ahead than that was
written before the clock was set back (an NTP step, a failover to a server whose clock
is behind), and would be waited for as long as the clock was ahead.

People's wishes are no such waits and may be years ahead: `Message.expires_at_us`,
`Hold.ends_at_us`.
"""

from __future__ import annotations

from collections.abc import Iterable

from seacucumber import conf
from seacucumber.db.clock import after_us, is_too_far
from seacucumber.delivery.outgoing_message import SLOWEST_UPLOAD_BYTES_PER_S
from seacucumber.enums import Lane, MessageState
from seacucumber.models import Message
from seacucumber.models.queue.transitions import (
    MAX_CLAIMS,
    NOT_HELD_BACK,
    MessageQuerySet,
)

#: The farthest are looked at, so many at once.
_BATCH = 500
#: Two processes may know the database's time so differently.
_APART_S = 5.0
_LEASED = (MessageState.CLAIMED, MessageState.SENDING)


def bring_near(pace_key: str, now_us: int) -> int:
    """Bring moments that are too far ahead as near as they can be.

    What waits for its next try does so no longer. A lease, and the wait for events,
    begins once more: somebody may still be at it, and nothing goes out twice.

    Returns:
        How many messages waited for such a moment; there may be more.
    """
    mailers = _mailers(pace_key)
    queued = _queued(pace_key, now_us, longest_s=max(map(longest_delay_s, mailers)))
    if queued:
        Message.objects.hasten(queued, now_us=now_us)
    lease_s = max(mailer.lease_s for mailer in mailers)
    longest_s = max(map(longest_lease_s, mailers))
    leased = _due(pace_key, _LEASED, now_us, longest_s=longest_s)
    _renew(leased, now_us, for_s=lease_s)
    wait_s = max(mailer.uncertain_wait_s for mailer in mailers)
    longest_s = max(wait_s, _APART_S)
    lost = _due(pace_key, [MessageState.UNCERTAIN], now_us, longest_s=longest_s)
    _renew(lost, now_us, for_s=wait_s)
    return len(queued) + len(leased) + len(lost)


def longest_delay_s(mailer: conf.Mailer) -> float:
    """Return how long a queued message waits at most for its next try."""
    return max(mailer.retry_delay_max_s, MAX_CLAIMS * mailer.lease_s)


def longest_lease_s(mailer: conf.Mailer) -> float:
    """Return how long a lease lasts at most: that of the largest message."""
    return mailer.lease_s + mailer.max_message_bytes / SLOWEST_UPLOAD_BYTES_PER_S


def _mailers(pace_key: str) -> list[conf.Mailer]:
    known = [conf.get_mailer(alias) for alias in conf.mailer_aliases()]
    return [mailer for mailer in known if mailer.pace_key == pace_key] or known


def _queued(pace_key: str, now_us: int, *, longest_s: float) -> list[int]:
    found: list[int] = []
    for lane in Lane:
        # Lane by lane, from the end, as the index has them.
        rows = Message.objects.queued().filter(
            NOT_HELD_BACK, pace_key=pace_key, lane=lane, ready_at_us__gt=now_us
        )
        found += _from_afar(rows, "ready_at_us", now_us, longest_s=longest_s)
    return found


def _due(
    pace_key: str, states: Iterable[MessageState], now_us: int, *, longest_s: float
) -> list[int]:
    rows = Message.objects.filter(
        pace_key=pace_key, state__in=list(states), due_at_us__gt=now_us
    )
    return _from_afar(rows, "due_at_us", now_us, longest_s=longest_s)


def _from_afar(
    rows: MessageQuerySet, column: str, now_us: int, *, longest_s: float
) -> list[int]:
    """Return the ids of rows that were written by a clock ahead of ours: they wait for
    too long, or are what they are since a moment of the future.
    """
    farthest = rows.order_by(f"-{column}").values_list("pk", column, "state_at_us")
    return [
        pk
        for pk, at_us, since_us in farthest[:_BATCH]
        if is_too_far(at_us, now_us, longest_s=longest_s)
        or is_too_far(since_us, now_us, longest_s=_APART_S)
    ]


def _renew(pks: list[int], now_us: int, *, for_s: float) -> None:
    if pks:
        until_us = after_us(now_us, for_s)
        Message.objects.renew(pks, until_us=until_us, now_us=now_us)
