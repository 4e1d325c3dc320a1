"""Short words for tests about the queue."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from seacucumber import delivery
from seacucumber.conf import Mailer, get_mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery import Report
from seacucumber.enums import AttemptOutcome, MessageState, RecipientKind
from seacucumber.envelope import Envelope, Recipient
from seacucumber.models import Attempt, Hold, HostClock, Message, Pace
from seacucumber.models.queue.enqueue import defaults_of, store

USING = "default"
RAW = (
    b"From: post@example.com\r\nTo: ann@example.org\r\nSubject: Hello\r\n"
    b"\r\nHello Ann\r\n"
)


def envelope(mailer: Mailer, *, recipients: int = 1, **values: Any) -> Envelope:
    """Return a small envelope to so many recipients."""
    defaults = defaults_of(mailer)
    addresses = tuple(
        Recipient(address=f"ann{number}@example.org", kind=RecipientKind.TO)
        for number in range(recipients)
    )
    return Envelope(
        **{
            "sender": "post@example.com",
            "recipients": addresses,
            "subject": "Hello",
            "raw": RAW,
            "lane": defaults.lane,
            "uncertain": defaults.uncertain,
            "configuration_set": defaults.configuration_set,
            "expires_s": defaults.expires_s,
            "tags": defaults.tags,
            "metadata": defaults.metadata,
            **values,
        }
    )


def put(mailer: Mailer | None = None, *, recipients: int = 1, **values: Any) -> Message:
    """Put one mail into the queue; return its first message."""
    return put_many(1, mailer, recipients=recipients, **values)[0]


def put_many(
    count: int, mailer: Mailer | None = None, *, recipients: int = 1, **values: Any
) -> list[Message]:
    """Put so many mails into the queue; return the first message of each."""
    mailer = mailer or get_mailer()
    mails = [envelope(mailer, recipients=recipients, **values) for _ in range(count)]
    with transaction.atomic():
        return [parts[0] for parts in store(mails, mailer, using=USING)]


def drain(alias: str = "default") -> Report:
    """Deliver what is ready, in this process."""
    return delivery.drain(alias)


def now_us() -> int:
    """Return the database's time."""
    return clock.read_us(USING)


def fresh(message: Message) -> Message:
    """Return a message as the database has it now."""
    return Message.objects.get(pk=message.pk)


def state(message: Message) -> MessageState:
    """Return a message's state as the database has it now."""
    return MessageState(fresh(message).state)


def attempts(message: Message) -> list[Attempt]:
    """Return the attempts of a message in order."""
    return list(Attempt.objects.filter(message=message).order_by("number"))


def failed_alone(message: Message, *, times: int) -> None:
    """Write down that a message failed so often, and others in between did not."""
    other = put()
    Message.objects.filter(pk=other.pk).update(state=MessageState.SENT)
    for number in range(1, times + 1):
        Attempt.objects.bulk_create(
            Attempt(
                message=other,
                number=number * 100 + each,
                begun_at_us=now_us(),
                ended_at_us=now_us(),
                outcome=AttemptOutcome.ACCEPTED,
                worker="host:1",
            )
            for each in range(40)
        )
        Attempt.objects.create(
            message=message,
            number=100 + number,
            begun_at_us=now_us(),
            ended_at_us=now_us(),
            outcome=AttemptOutcome.UNKNOWN,
            worker="host:1",
        )


def overdue(message: Message) -> None:
    """Let a lease, or the wait for an uncertain outcome, be over."""
    Message.objects.filter(pk=message.pk).update(due_at_us=now_us() - US_PER_S)


def ready_now(message: Message) -> None:
    """Let a back-off be over."""
    Message.objects.filter(pk=message.pk).update(ready_at_us=now_us() - US_PER_S)


def sweep() -> list[str]:
    """Sweep, though it may have been done a moment ago."""
    Pace.objects.update(swept_at_us=0)
    return delivery.sweep(USING)


def probe_now() -> None:
    """Let every hold's probe be due, and the question of a host that was refused."""
    Hold.objects.exclude(probe_at_us=None).update(probe_at_us=now_us() - US_PER_S)
    HostClock.objects.update(ask_at_us=now_us() - US_PER_S)
