"""Messages that workers die of: only what dies alone is blamed.

A worker that dies takes everything with it that it has in hand. Who was in such company
too often is a suspect: it is claimed with nothing beside it, one at a time for an
account, and after a while, so that other mail goes on. Most suspects are sent then.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import Enum, auto
from functools import partial

from django.db import transaction

from seacucumber import signals
from seacucumber.models import Message
from seacucumber.models.queue.transitions import POISON_DETAIL

logger = logging.getLogger("seacucumber")

#: How much longer a suspect waits with each worker that died while it had it alone.
SUSPECT_WAIT_S = 60.0
#: The first part of a deliverer's turn in which suspects go before all other mail.
SUSPECTS_FIRST_S = 1.0


class Suspects(Enum):
    """When a claim may be that of a suspect."""

    #: Other mail is in hand.
    NEVER = auto()
    #: If nothing else is ready.
    LAST = auto()
    #: If there is one: who is busy all the time would never come to it.
    FIRST = auto()


def fail_poisonous(pks: Sequence[int], now_us: int) -> None:
    """Fail those of which workers have died, and tell; call inside a transaction."""
    for pk in Message.objects.fail_poisoned(pks, now_us=now_us):
        transaction.on_commit(
            partial(_announce, pk), using=Message.objects.db, robust=True
        )


def _announce(pk: int) -> None:
    logger.error("Message %d failed: %s", pk, POISON_DETAIL)
    signals.message_failed.send_robust(
        sender=Message, message_id=pk, code="poison", detail=POISON_DETAIL
    )
