"""Events from SQS queues: a message leaves its queue after it is stored, not before."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from django.db import Error as DatabaseTrouble

from seacucumber.conf import Mailer, get_mailer, mailer_aliases
from seacucumber.db.errors import may_pass
from seacucumber.db.retry import persist
from seacucumber.delivery import queue_database
from seacucumber.enums import EventVia
from seacucumber.exceptions import AccountError, Unreadable
from seacucumber.models import Event
from seacucumber.ses.inbound import sqs
from seacucumber.ses.inbound.event import SESEvent, read_event
from seacucumber.ses_events.ingest import ingest_events

logger = logging.getLogger("seacucumber")

#: So many messages are stored together, if there are as many: SQS gives ten at a time.
BATCH_SIZE = 100
_AT_ONCE = BATCH_SIZE // sqs.BATCH_SIZE
#: Without any waiting SQS asks some of its servers only ("Amazon SQS short and long
#: polling"), and a queue that has messages may seem to be empty.
LOOK_S = 1
#: A message stays out of sight for 30 seconds by default, and another consumer gets it
#: then: by that time it has to be stored.
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class EventQueue:
    """A queue, and the mailer whose credentials open it."""

    mailer: Mailer
    url: str

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.url.rpartition("/")[2]


@dataclass(slots=True, kw_only=True)
class Consumed:
    """What has come out of a queue.

    Args:
        received: Messages.
        new: Events that were not known before.
        foreign: Those of them that are about mail of others.
        known: Events that were known.
        unreadable: Messages that stay in the queue, as they are no events of SES.
    """

    received: int = 0
    new: int = 0
    foreign: int = 0
    known: int = 0
    unreadable: int = 0

    def add(self, other: Consumed) -> None:
        """Add up."""
        self.received += other.received
        self.new += other.new
        self.foreign += other.foreign
        self.known += other.known
        self.unreadable += other.unreadable


def queues() -> list[EventQueue]:
    """Return the queues of ``CUCUMBER_EVENT_QUEUES``, of all mailers, each once."""
    found: dict[str, EventQueue] = {}
    for alias in mailer_aliases():
        mailer = get_mailer(alias)
        for url in mailer.event_queues:
            found.setdefault(url, EventQueue(mailer, url))
    return list(found.values())


def consume(queue: EventQueue, *, for_s: float, wait_s: int = LOOK_S) -> Consumed:
    """Take what is in a queue, for some time or until it is empty.

    Args:
        wait_s: How long a queue has to have nothing to be called empty.

    Raises:
        AccountError: if SQS does not answer, or denies it.
        DatabaseError: if nothing can be stored. What was received comes again.
    """
    total = Consumed()
    end_s = time.monotonic() + for_s
    with Consumer(queue) as consumer:
        while time.monotonic() < end_s:
            step = consumer.step(wait_s=wait_s)
            total.add(step)
            if not step.received:
                break
    return total


class Consumer:
    """Takes messages from one queue, many at a time where there are many."""

    def __init__(self, queue: EventQueue) -> None:
        self.queue = queue
        self._threads = ThreadPoolExecutor(_AT_ONCE, "seacucumber-sqs")

    def __enter__(self) -> Consumer:
        return self

    def __exit__(self, *args: object) -> None:
        self._threads.shutdown()

    def step(
        self, *, wait_s: int, on_received: Callable[[], None] = lambda: None
    ) -> Consumed:
        """Take up to 100 messages, store their events, delete them.

        Nothing is taken while the database is away: SQS counts how often a message was
        received in vain, and lays it with the dead letters at last.

        Args:
            wait_s: How long to wait for the first message.
            on_received: Called when the waiting is over.
        """
        persist(queue_database(), _answer, for_s=_PATIENCE_S)
        messages = sqs.receive(self.queue.mailer, self.queue.url, wait_s=wait_s)
        on_received()
        if len(messages) == sqs.BATCH_SIZE:
            messages += self._more()
        letters = [_Letter(message, self.queue.name) for message in messages]
        consumed = Consumed(
            received=len(letters),
            unreadable=sum(letter.is_unreadable for letter in letters),
        )
        stored = _store([row for row in letters if row.event is not None], consumed)
        greetings = [row for row in letters if row.is_greeting]
        self._delete([row.message for row in (*stored, *greetings)])
        return consumed

    def _more(self) -> list[sqs.QueueMessage]:
        ask = partial(sqs.receive, self.queue.mailer, self.queue.url, wait_s=0)
        futures = [self._threads.submit(ask) for _ in range(_AT_ONCE - 1)]
        found: list[sqs.QueueMessage] = []
        for future in futures:
            try:
                found += future.result()
            except AccountError as error:
                # What the others have received is to be stored all the same.
                logger.warning("%s: %s", self.queue.name, error)
        return found

    def _delete(self, messages: Sequence[sqs.QueueMessage]) -> None:
        delete = partial(sqs.delete, self.queue.mailer, self.queue.url)
        # What fails here comes again, and is known by then.
        for gone in self._threads.map(delete, _tens(messages)):
            del gone


def _answer() -> None:
    """Have the database take a write, which changes nothing: a replica answers, too."""
    Event.objects.using(queue_database()).filter(pk=0).update(message=None)


class _Letter:
    """A message, and the event that is in it."""

    def __init__(self, message: sqs.QueueMessage, queue_name: str) -> None:
        self.message = message
        self.event: SESEvent | None = None
        self.is_unreadable = False
        try:
            self.event = read_event(message.body)
        except Unreadable as error:
            # It stays: whoever has a dead-letter queue finds it there.
            self.is_unreadable = True
            logger.error(
                "Message %s of queue %s is no event of SES: %s",
                *(message.id, queue_name, error),
            )

    @property
    def is_greeting(self) -> bool:
        """Whether SES only said that a topic is connected."""
        return self.event is None and not self.is_unreadable


def _store(letters: Sequence[_Letter], consumed: Consumed) -> Sequence[_Letter]:
    """Store events and count them; return those whose message may go."""
    try:
        _ingest([letter.event for letter in letters if letter.event], consumed)
    except DatabaseTrouble as error:
        if may_pass(error):
            raise
        if len(letters) == 1:
            logger.exception("The event of %s cannot be stored.", letters[0].message.id)
            consumed.unreadable += 1
            return []
        # One that the database does not take must not keep back the others.
        return [row for each in letters for row in _store([each], consumed)]
    return letters


def _ingest(events: Sequence[SESEvent], consumed: Consumed) -> None:
    result = ingest_events(events, via=EventVia.QUEUE, for_s=_PATIENCE_S)
    consumed.new += len(result.new)
    consumed.foreign += sum(taken.mail is None for taken in result.new)
    consumed.known += result.known


def _tens(messages: Sequence[sqs.QueueMessage]) -> Iterator[Sequence[sqs.QueueMessage]]:
    for start in range(0, len(messages), sqs.BATCH_SIZE):
        yield messages[start : start + sqs.BATCH_SIZE]
