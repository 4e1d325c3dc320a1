"""Claimed to sending, and back: the two rows that are committed before a first byte."""

from __future__ import annotations

from collections.abc import Sequence

from seacucumber.conf import Mailer
from seacucumber.db.clock import after_us
from seacucumber.delivery.claims.claim import MARGIN_S
from seacucumber.delivery.claims.selection import count_by_lane
from seacucumber.delivery.outgoing_message import OutgoingMessage
from seacucumber.models import Attempt, Hold, MailMinute, Message


def start_sending(
    messages: Sequence[OutgoingMessage],
    mailer: Mailer,
    token: str,
    *,
    worker: str,
    now_us: int,
) -> set[int]:
    """Open the attempts of claimed messages; commit it before the first byte.

    Args:
        token: Of the lease under which they were claimed.
        worker: Who sends, as an operator reads it.

    Returns:
        The ids of those that may be sent: whose lease lasts until they are settled.
    """
    upload_s = max((outgoing.upload_s for outgoing in messages), default=0.0)
    begun = Message.objects.start_sending(
        [outgoing.pk for outgoing in messages],
        token=token,
        due_at_us=after_us(now_us, mailer.lease_s + upload_s),
        now_us=now_us,
        needed_until_us=after_us(now_us, mailer.call_deadline_s + MARGIN_S),
    )
    numbers = [(p.pk, p.attempt) for p in messages if p.pk in begun]
    Attempt.objects.begin(numbers, worker=worker, now_us=now_us)
    return begun


def release(
    messages: Sequence[OutgoingMessage],
    mailer: Mailer,
    token: str,
    *,
    now_us: int,
) -> None:
    """Put back what was claimed and has not been begun, as if it had not been."""
    pks = [outgoing.pk for outgoing in messages]
    Message.objects.release(pks, token=token, now_us=now_us)
    probes = [outgoing.pk for outgoing in messages if outgoing.turn_of is not None]
    if probes:
        Hold.objects.give_back_turns(probes, now_us=now_us)
    MailMinute.objects.give_back(
        mailer.pace_key, count_by_lane(messages), now_us=now_us
    )
