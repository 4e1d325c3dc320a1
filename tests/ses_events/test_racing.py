"""The event and the lost answer come at the same moment, in two processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet

from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.db.retry import persist
from seacucumber.delivery.outcomes.recorder import OutcomeRecorder
from seacucumber.delivery.outgoing_message import Answer, read_outgoing
from seacucumber.delivery.upkeep.retention import purge
from seacucumber.enums import MessageState, Uncertain
from seacucumber.exceptions import OutcomeUnknown, TryLater
from seacucumber.models import Attempt, Event, Message, Pace, Suppressed
from seacucumber.ses_events import IngestResult, ingest
from seacucumber.suppression import from_events
from tests.queue import USING, now_us, put_many, state, sweep
from tests.ses_events.notifications import Listener, tell, told

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "t" * 32
MANY = 40


def being_sent() -> list[Message]:
    messages = put_many(MANY, uncertain=Uncertain.HOLD)
    pks = [message.pk for message in messages]
    Attempt.objects.begin([(pk, 1) for pk in pks], worker="w:1", now_us=now_us())
    Message.objects.filter(pk__in=pks).update(
        state=MessageState.SENDING, lease_token=TOKEN, attempts=1
    )
    return messages


def at_once(*works: Callable[[], None]) -> None:
    """Run works at the same time, each with a connection of its own."""
    start = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:  # noqa: BLE001 - for the test to see
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


@pytest.mark.parametrize("error", [OutcomeUnknown, TryLater])
def test_whoever_comes_first_the_message_is_sent(
    error: type[OutcomeUnknown | TryLater],
) -> None:
    messages = being_sent()
    Pace.objects.ensure(get_mailer().pace_key)
    recorder = OutcomeRecorder(get_mailer(), TOKEN)
    on_their_way = read_outgoing(
        Message.objects.filter(pk__in=[m.pk for m in messages])
    )
    for outgoing in on_their_way:
        # As it was claimed, before the attempt began.
        outgoing.attempts = 0

    def lose_answers() -> None:
        for outgoing in on_their_way:
            answer = Answer(outgoing, error=error("Lost", "The answer was lost."))
            persist(
                USING,
                lambda answer=answer: recorder.settle([answer], now_us()),  # type: ignore[misc]
                for_s=30.0,
            )

    def hear_of_them() -> None:
        for message in messages:
            tell(told(message, "Send", ses_message_id=f"SES-{message.pk}"))

    at_once(lose_answers, hear_of_them)

    assert {state(message) for message in messages} == {MessageState.SENT}


def test_an_answer_waits_for_an_event_that_is_being_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The event of the first attempt is stored, and not committed yet, when the answer
    to the second one says "later".
    """
    message = being_sent()[0]
    Attempt.objects.begin([(message.pk, 2)], worker="w:1", now_us=now_us())
    Message.objects.filter(pk=message.pk).update(attempts=2)
    [outgoing] = read_outgoing(Message.objects.filter(pk=message.pk))
    outgoing.attempts = 1
    answer = Answer(outgoing, error=TryLater("Later", "Not now."))
    nearly_stored, settled = threading.Event(), threading.Event()

    def linger(*args: object, **kwargs: object) -> None:
        nearly_stored.set()
        # As long as the other does not get ahead, it does not end this wait.
        settled.wait(1.0)

    monkeypatch.setattr(ingest, "_hear", linger)

    def hear() -> None:
        tell(told(message, "Send", ses_message_id="SES-1"))

    def settle() -> None:
        nearly_stored.wait(10)
        Pace.objects.ensure(get_mailer().pace_key)
        recorder = OutcomeRecorder(get_mailer(), TOKEN)
        persist(USING, lambda: recorder.settle([answer], now_us()), for_s=30.0)
        settled.set()

    at_once(hear, settle)

    assert state(message) == MessageState.SENT


def test_two_consumers_and_a_sweep_that_gives_up_agree() -> None:
    messages = being_sent()
    Message.objects.update(
        state=MessageState.UNCERTAIN, lease_token="", due_at_us=now_us() - 1
    )
    events = [told(m, "Send", ses_message_id=f"SES-{m.pk}") for m in messages]

    def hear_of_them() -> None:
        for start in range(0, MANY, 8):
            tell(*events[start : start + 8])

    def hear_backwards() -> None:
        for start in reversed(range(0, MANY, 8)):
            tell(*reversed(events[start : start + 8]))

    def give_up() -> None:
        sweep()

    at_once(hear_of_them, hear_backwards, give_up)

    assert {state(message) for message in messages} == {MessageState.SENT}


def test_two_consumers_that_store_the_same_at_once_store_it_once(
    monkeypatch: pytest.MonkeyPatch, heard: Listener
) -> None:
    """The one has stored it, and not committed yet, when the other one comes."""
    message = being_sent()[0]
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENT)
    event = told(message, "Bounce")
    nearly_stored, other_is_through = threading.Event(), threading.Event()
    result: list[IngestResult] = []
    hear = ingest._hear

    def linger(*args: Any, **kwargs: Any) -> None:
        hear(*args, **kwargs)
        if not nearly_stored.is_set():
            nearly_stored.set()
            # As long as the other does not get ahead, it does not end this wait.
            other_is_through.wait(1.0)

    monkeypatch.setattr(ingest, "_hear", linger)

    def first() -> None:
        result.append(tell(event))

    def second() -> None:
        nearly_stored.wait(10)
        result.append(tell(event, event))
        other_is_through.set()

    at_once(first, second)

    assert sorted((len(each.new), each.known, each.moved) for each in result) == [
        (0, 2, 0),
        (1, 0, 1),
    ]
    assert Event.objects.count() == 1
    assert heard.names.count("bounced") == 1


def test_an_event_of_a_message_that_is_being_purged_stops_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [message] = put_many(1)
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.SENT, attempts=1, ses_message_id="SES-1"
    )
    delete = QuerySet._raw_delete
    heard: list[threading.Thread] = []

    def hear() -> None:
        try:
            tell(told(message, "Delivery"))
        finally:
            connections.close_all()

    def linger(rows: QuerySet[Event], using: str) -> int:
        deleted = delete(rows, using)
        if rows.model is Event and not heard:
            heard.append(threading.Thread(target=hear))
            heard[0].start()
            # Whoever lets it in between has it stored by then.
            heard[0].join(1.0)
        return deleted

    monkeypatch.setattr(QuerySet, "_raw_delete", linger)

    assert purge(0.0) == 1
    heard[0].join(30)

    assert not Message.objects.exists()
    assert Event.objects.get().message is None


def test_two_strikes_at_once_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one has read the entry, and not changed it yet, when the other one comes."""
    messages = put_many(3)
    Message.objects.update(state=MessageState.SENT, attempts=1)

    def bounced(message: Message) -> None:
        tell(
            told(
                message,
                "Bounce",
                ses_message_id=f"SES-{message.pk}",
                sent_at=datetime.now(UTC),
                bounceType="Transient",
                bouncedRecipients=[
                    {"emailAddress": "ann0@example.org", "status": "4.2.2"}
                ],
            )
        )

    bounced(messages[0])
    read, other_is_through = threading.Event(), threading.Event()
    apply = from_events._apply

    def linger(row: Suppressed, lesson: Any, **values: Any) -> bool:
        if not read.is_set():
            read.set()
            # As long as the other one waits for the row, it does not end this wait.
            other_is_through.wait(1.0)
        return apply(row, lesson, **values)

    monkeypatch.setattr(from_events, "_apply", linger)

    def second() -> None:
        read.wait(10)
        bounced(messages[2])
        other_is_through.set()

    at_once(lambda: bounced(messages[1]), second)

    # The third one pauses the address.
    assert Suppressed.objects.in_force(clock.moment(now_us())).count() == 1
