"""The way into the queue: rows in the caller's transaction, a wake-up after it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import router, transaction

from seacucumber import signals, tasks
from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.enums import MessageState
from seacucumber.envelope import Envelope
from seacucumber.models import Message, Recipient
from seacucumber.models.queue.enqueue import defaults_of, store
from seacucumber.models.queue.transitions import MessageQuerySet

__all__ = ["cancel", "defaults_of", "enqueue", "requeue"]


def enqueue(
    envelopes: Sequence[Envelope], mailer: Mailer, *, savepoint: bool = False
) -> list[tuple[str, ...]]:
    """Queue mail for delivery: all of it, or none where this raises.

    The rows join the transaction that the caller has open; a rollback takes them
    away again. Deliverers are woken up when it commits, at once if there is none.

    Args:
        savepoint: Leave the caller's transaction usable where the database refuses.

    Returns:
        The uids of each mail's messages: one, or one for every 50 recipients.
    """
    using = router.db_for_write(Message)
    with transaction.atomic(using=using, savepoint=savepoint):
        mails = store(envelopes, mailer, using=using)
        transaction.on_commit(
            partial(tasks.wake, mailer.alias), using=using, robust=True
        )
        if signals.message_queued.has_listeners(Message):
            for message in (message for mail in mails for message in mail):
                signals.message_queued.send(sender=Message, message=message)
    return [tuple(message.uid for message in mail) for mail in mails]


def requeue(messages: MessageQuerySet) -> int:
    """Send failed, held, cancelled or suppressed messages again, if a body is kept.

    A held one may have been delivered already: nobody knows, that is why it is held.

    Returns:
        How many were put back into the queue.
    """
    using = router.db_for_write(Message)
    with transaction.atomic(using=using, savepoint=False):
        aliases = set(messages.values_list("mailer", flat=True).distinct())
        Recipient.objects.reconsider(messages.filter(state=MessageState.SUPPRESSED))
        changed = messages.requeue(now_us=clock.now_us(using))
        for alias in aliases if changed else ():
            transaction.on_commit(partial(tasks.wake, alias), using=using, robust=True)
    return changed


def cancel(messages: MessageQuerySet) -> int:
    """Take back messages that have not left yet; return how many."""
    return messages.cancel(now_us=clock.now_us(router.db_for_write(Message)))
