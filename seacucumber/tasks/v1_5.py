"""Mail that a producer of Sea Cucumber 1.5 has put into the broker whole."""

from __future__ import annotations

import logging

from django.db import IntegrityError, router, transaction

from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.envelope import from_mime
from seacucumber.exceptions import InvalidMessage
from seacucumber.models import Message
from seacucumber.models.queue.enqueue import defaults_of, store

logger = logging.getLogger("seacucumber")


def take_over(task_id: str, from_email: str, recipients: list[str], mime: str) -> bool:
    """Put one such message into the queue; once, however often it is delivered to us.

    Returns:
        False if it can never be sent; why is logged.
    """
    mailer, using = get_mailer(DEFAULT_MAILER), router.db_for_write(Message)
    uid = task_id.replace("-", "")[:32]
    try:
        envelope = from_mime(mime, from_email, recipients, defaults_of(mailer))
    except InvalidMessage as error:
        # Its text repeats what was in the field.
        logger.error(
            "Task %s holds a message that cannot be sent: its %s is invalid.",
            *(task_id, error.field),
        )
        return False
    try:
        with transaction.atomic(using=using):
            store([envelope], mailer, using=using, uids=[uid])
    except IntegrityError:
        # The broker delivered the task twice; the first one has queued it.
        if not Message.objects.filter(uid=uid).exists():
            raise
    return True
