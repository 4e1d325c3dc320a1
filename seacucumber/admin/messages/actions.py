"""What people do to messages: each move is checked, made and written to the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import router, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import outbox
from seacucumber.conf import get_mailer_or_default
from seacucumber.enums import Lane, MessageState, RecipientKind, Uncertain
from seacucumber.envelope import Envelope, Recipient
from seacucumber.models import BodyChunk, Message
from seacucumber.models.queue.transitions import MessageQuerySet

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that can be done to messages.

    Args:
        states: Those that it leads from.
        target: The one that it leads to.
        run: Does it; returns how many it changed.
        question: What the confirmation asks.
        consequence: What follows, in a sentence.
        done: What was done, with ``%(number)d``.
        logged: The entry in the admin log.
    """

    name: str
    permission: str
    states: frozenset[MessageState]
    target: MessageState
    run: Callable[[MessageQuerySet], int]
    label: str | Promise
    question: str | Promise
    consequence: str | Promise
    done: str | Promise
    logged: str

    def fits(self, message: Message) -> bool:
        """Tell whether a message's state allows it."""
        return message.state in self.states


REQUEUE = Verb(
    name="requeue",
    permission="seacucumber.requeue_message",
    states=frozenset(
        {
            MessageState.FAILED,
            MessageState.HELD,
            MessageState.CANCELLED,
            MessageState.SUPPRESSED,
        }
    ),
    target=MessageState.QUEUED,
    run=outbox.requeue,
    label=gettext_lazy("Send again"),
    question=gettext_lazy("Put it back into the queue?"),
    consequence=gettext_lazy(
        "It leaves within seconds unless a hold keeps it, with all its retries anew."
        " What has no body any more, or has another state by now, is left as it is."
    ),
    done=gettext_lazy("Put back into the queue: %(number)d."),
    logged="Put back into the queue.",
)
CANCEL = Verb(
    name="cancel",
    permission="seacucumber.cancel_message",
    states=frozenset({MessageState.QUEUED, MessageState.CLAIMED, MessageState.HELD}),
    target=MessageState.CANCELLED,
    run=outbox.cancel,
    label=gettext_lazy("Cancel"),
    question=gettext_lazy("Take it back?"),
    consequence=gettext_lazy(
        "It is not sent. What has left meanwhile, or is being sent, is left as it is."
    ),
    done=gettext_lazy("Cancelled: %(number)d."),
    logged="Cancelled.",
)


def act(verb: Verb, pks: Sequence[int], *, user_id: int) -> int:
    """Do something to messages, as far as their states allow it; return how many."""
    return sum(_act_on(verb, batch, user_id) for batch in _batches(pks))


def resend(message: Message, *, user_id: int) -> Message | None:
    """Send a copy of a sent message, if its body is kept; return the copy.

    The same bytes to the same recipients, as a new message.
    """
    owner = message.body_of_id or message.pk
    raw = BodyChunk.objects.of([owner]).get(owner)
    if message.state != MessageState.SENT or not raw:
        return None
    mailer = get_mailer_or_default(message.mailer)
    with transaction.atomic(using=router.db_for_write(Message)):
        ((uid, *_more),) = outbox.enqueue([_envelope(message, raw)], mailer)
        copy = Message.objects.get(uid=uid)
        _log(user_id, [message], CHANGE, f"A copy was sent: {copy.uid}.")
        _log(user_id, [copy], ADDITION, f"Copy of {message.uid}.")
    return copy


def _act_on(verb: Verb, pks: Sequence[int], user_id: int) -> int:
    with transaction.atomic(using=router.db_for_write(Message)):
        rows = Message.objects.filter(pk__in=pks, state__in=verb.states)
        locked = rows.order_by("id").select_for_update()
        asked = list(locked.values_list("pk", flat=True))
        if not asked:
            return 0
        changed = verb.run(Message.objects.filter(pk__in=asked))
        # They were locked: whatever is there now was brought there by us.
        moved = Message.objects.filter(pk__in=asked, state=verb.target)
        _log(user_id, list(moved.only("pk", "uid", "state")), CHANGE, verb.logged)
    return changed


def _log(user_id: int, messages: list[Message], flag: int, what: str) -> None:
    if messages:
        LogEntry.objects.log_actions(user_id, messages, flag, change_message=what)


def _batches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), _BATCH):
        yield pks[start : start + _BATCH]


def _envelope(message: Message, raw: bytes) -> Envelope:
    rows = message.recipients.order_by("id").values_list("kind", "address", "spelling")
    return Envelope(
        sender=message.sender,
        recipients=tuple(
            Recipient(address=spelling or address, kind=RecipientKind(kind))
            for kind, address, spelling in rows
        ),
        subject=message.subject,
        raw=raw,
        lane=Lane(message.lane),
        uncertain=Uncertain(message.uncertain),
        configuration_set=message.configuration_set,
        expires_s=None,
        tags=message.tags,
        metadata=message.metadata,
    )


def left_alone(asked: int, changed: int) -> str:
    """Return the sentence about those whose state did not allow it."""
    if changed == asked:
        return ""
    return _("Left as they are, for their state or because their body is gone: %d.") % (
        asked - changed
    )
