"""Whether this host may deliver, as far as its clock goes.

AWS refuses what is signed more than five minutes off. The host that did it asks SES now
and then, by a question that costs nothing, and delivers again once SES finds its time
right. Where SES does so for any host, a hold that was placed for a clock is probed.
"""

from __future__ import annotations

from seacucumber import ses
from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.db.retry import persist
from seacucumber.delivery.holds import host_clock
from seacucumber.delivery.holds.host_clock import HOST
from seacucumber.delivery.holds.outage import ask
from seacucumber.delivery.outcomes.notifications import announce
from seacucumber.delivery.outcomes.recorder import BatchResult
from seacucumber.enums import HoldCause, HoldScope
from seacucumber.models import Hold, HostClock, Pace
from seacucumber.models.queue.hold import HoldQuerySet

_DECIDE_FOR_S = 5.0


def may_deliver(mailer: Mailer, using: str) -> bool:
    """Tell whether this host may deliver mail of an account. May ask SES.

    Not inside a transaction.
    """
    key = mailer.pace_key
    mine = HostClock.objects.filter(host=HOST, pace_key=key)
    refused = mine.filter(refusals__gt=0).exists()
    if not (refused or _holds(key).exists()):
        return True
    Pace.objects.ensure(key)
    if not HostClock.objects.take_turn(HOST, key, clock.read_us(using)):
        return not refused
    is_right = ask(ses.get_sender(mailer).finds_clock_right)
    if is_right is None:
        # Without an answer nothing new is known.
        return not refused
    found = persist(
        using, lambda: _decide(mailer, using, is_right=is_right), for_s=_DECIDE_FOR_S
    )
    announce(found)
    return is_right


def _decide(mailer: Mailer, using: str, *, is_right: bool) -> BatchResult:
    pace = Pace.objects.lock(mailer.pace_key)
    now_us, found = clock.read_us(using), BatchResult()
    if is_right:
        # One message is tried; if SES takes it, the rest follows.
        _holds(pace.key).filter(probe_at_us__gt=now_us).update(probe_at_us=now_us)
        HostClock.objects.taken(HOST, pace.key, now_us)
    elif not host_clock.step_down(pace, using, now_us):
        hold, placed = Hold.objects.place(
            pace.key,
            scope=HoldScope.MAILER,
            value=mailer.alias,
            cause=HoldCause.CLOCK_SKEW,
            detail=host_clock.in_words(),
            now_us=now_us,
        )
        found.placed = [hold] * placed
    return found


def _holds(pace_key: str) -> HoldQuerySet:
    return Hold.objects.filter(pace_key=pace_key, cause=HoldCause.CLOCK_SKEW)
