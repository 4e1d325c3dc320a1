"""The end of a hold, and holds that people place and lift."""

from __future__ import annotations

import logging
from functools import partial

from django.db import router, transaction
from django.db.models import Q

from seacucumber import signals
from seacucumber.db import clock
from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models import Hold, MailMinute, Message, Pace, Reputation

logger = logging.getLogger("seacucumber")

#: Of the mail that a lifted hold has kept, so much goes at once. A backlog of any
#: size would keep the caller waiting, and whoever wants the locks that it has; the
#: sweep brings back the rest.
UNPARKED_AT_ONCE = 1000


def lift(hold: Hold, now_us: int) -> None:
    """Remove a hold and let the mail that it kept take its turn again."""
    Hold.objects.filter(pk=hold.pk).delete()
    Message.objects.unpark(hold.messages(), now_us=now_us, at_most=UNPARKED_AT_ONCE)
    _end_outage(hold, now_us)


def unpark_unheld(key: str, now_us: int) -> int:
    """Let go what no hold keeps any more, some of it; return how many messages.

    That is what a hold kept that was deleted by hand, or more than goes at once.
    """
    held = Q(pk__in=())
    for hold in Hold.objects.active(key):
        held |= hold.messages()
    unheld = Q(pace_key=key) & ~held
    return Message.objects.unpark(unheld, now_us=now_us, at_most=UNPARKED_AT_ONCE)


def pause(
    pace_key: str,
    *,
    scope: HoldScope,
    value: str = "",
    why: str,
    actor: str,
    ends_at_us: int | None = None,
) -> tuple[Hold, bool]:
    """Stop mail by hand, until somebody resumes it: such a hold is not probed.

    Mail that is being handed to SES at this moment still leaves.

    Args:
        value: What of the scope: a lane's name, an address or a domain, a
            configuration set; empty for the whole account.
        why: What people read who wonder.
        actor: Name of the user.
        ends_at_us: When it is over by itself, by the database's clock, if nobody
            resumes it earlier; None if it waits for somebody.

    Returns:
        The hold, and whether it is new. One that stands already stays as it is.
    """
    using = router.db_for_write(Hold)
    with transaction.atomic(using=using):
        hold, placed = Hold.objects.place(
            pace_key,
            scope=scope,
            value=value,
            cause=HoldCause.OPERATOR,
            detail=why,
            now_us=clock.now_us(using),
            probed=False,
        )
        if placed:
            hold.placed_by, hold.ends_at_us = actor[:150], ends_at_us
            hold.save(update_fields=["placed_by", "ends_at_us"])
            transaction.on_commit(partial(_announce_placed, hold), using=using)
    return hold, placed


def resume(hold: Hold) -> bool:
    """Lift a hold by hand, and let the mail go that it kept.

    Wake a deliverer afterwards. Where a great deal has waited, the sweep lets the
    rest go within its next runs. A hold that SES caused comes back if its cause lasts.

    Returns:
        Whether it stood until now.
    """
    return _remove(hold, Q(), why="somebody has resumed it")


def lift_those_over(key: str, now_us: int) -> int:
    """Lift the holds of an account whose end has come; return how many.

    A few seconds late or early do no harm, and one of several callers does it: each
    hold goes only with the end that was read.
    """
    return sum(
        _remove(hold, Q(ends_at_us=hold.ends_at_us), why="its time is over")
        for hold in Hold.objects.over(key, now_us)
    )


def _remove(hold: Hold, condition: Q, *, why: str) -> bool:
    using = router.db_for_write(Hold)
    with transaction.atomic(using=using):
        if hold.cause == HoldCause.SES_SILENT:
            # Before the mail, as a claim does, so that neither waits for the other.
            Pace.objects.lock(hold.pace_key)
        removed, _ = Hold.objects.filter(condition, pk=hold.pk).delete()
        if not removed:
            return False
        Message.objects.unpark(
            hold.messages(), now_us=clock.now_us(using), at_most=UNPARKED_AT_ONCE
        )
        _end_outage(hold, clock.now_us(using))
        if hold.cause == HoldCause.REPUTATION:
            # Last, as a claim does, so that neither waits for the other.
            _count_anew(hold, clock.now_us(using))
        transaction.on_commit(partial(_announce_lifted, hold, why), using=using)
    return True


def _end_outage(hold: Hold, now_us: int) -> None:
    """What failed while SES did not answer need not wait for its next try."""
    if hold.cause == HoldCause.SES_SILENT:
        Pace.objects.filter(key=hold.pace_key).update(
            outage_ended_us=now_us, unanswered_calls=0, unanswered_messages=0
        )
        Message.objects.end_back_off(hold.pace_key, now_us=now_us)


def _count_anew(hold: Hold, now_us: int) -> None:
    """Let the reputation guard judge by what is sent from now on."""
    Reputation.objects.begin_anew(hold.pace_key, clock.moment(now_us))
    lane = Lane.BULK if hold.scope == HoldScope.LANE else None
    MailMinute.objects.forget(hold.pace_key, lane=lane)


def _announce_placed(hold: Hold) -> None:
    logger.warning("Mail is stopped by hand (%s).", hold)
    signals.hold_placed.send_robust(sender=Hold, hold=hold)


def _announce_lifted(hold: Hold, why: str) -> None:
    logger.warning("A hold is lifted (%s): %s.", hold, why)
    signals.hold_lifted.send_robust(sender=Hold, hold=hold)
