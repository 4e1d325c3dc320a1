"""What the host project and its log hear of deliveries."""

from __future__ import annotations

import logging

from seacucumber import signals
from seacucumber.delivery.outcomes.recorder import BatchResult
from seacucumber.exceptions import SendError
from seacucumber.models import Message

logger = logging.getLogger("seacucumber")


def announce(batch: BatchResult) -> None:
    """Send the signals of a group of answers, after it was written down.

    A receiver's error is logged by Django and stops nothing. No address, subject or
    body is logged: the uid leads to them.
    """
    if signals.message_sent.has_listeners(Message):
        for answer in batch.sent:
            signals.message_sent.send_robust(
                sender=Message,
                message_id=answer.outgoing.pk,
                ses_message_id=answer.ses_message_id,
            )
    for answer in batch.failed:
        if answer.error is not None:
            _announce_failure(answer.outgoing.pk, answer.outgoing.uid, answer.error)
    for answer in batch.suppressed:
        if answer.error is not None:
            _announce_suppression(answer.outgoing.pk, answer.outgoing.uid, answer.error)
    _announce_holds(batch)


def _announce_holds(batch: BatchResult) -> None:
    for hold in batch.placed:
        logger.error("Mail is held (%s): %s", hold, hold.detail)
        signals.hold_placed.send_robust(sender=type(hold), hold=hold)
    for hold in batch.lifted:
        logger.warning("A hold is lifted (%s).", hold)
        signals.hold_lifted.send_robust(sender=type(hold), hold=hold)


def _announce_failure(message_id: int, uid: str, error: SendError) -> None:
    logger.error("Message %s failed: %s", uid, error)
    signals.message_failed.send_robust(
        sender=Message, message_id=message_id, code=error.code, detail=error.detail
    )


def _announce_suppression(message_id: int, uid: str, error: SendError) -> None:
    logger.info("Message %s was not sent: %s", uid, error)
    signals.message_suppressed.send_robust(
        sender=Message, message_id=message_id, code=error.code, detail=error.detail
    )
