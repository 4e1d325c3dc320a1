"""The way into the queue, and back out of it by an operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from seacucumber import outbox, signals
from seacucumber.conf import get_mailer
from seacucumber.enums import MessageState
from seacucumber.models import BodyChunk, Message
from tests.conftest import WakeUps
from tests.queue import envelope, put, state

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queued() -> Iterator[list[Message]]:
    """Messages that the host project was told of."""
    heard: list[Message] = []

    def hear(*, message: Message, **kwargs: Any) -> None:
        heard.append(message)

    signals.message_queued.connect(hear, weak=False, dispatch_uid="test")
    yield heard
    signals.message_queued.disconnect(dispatch_uid="test")


def test_each_mail_has_an_id_for_every_50_recipients(wakeups: WakeUps) -> None:
    mailer = get_mailer()

    one, many = outbox.enqueue(
        [envelope(mailer), envelope(mailer, recipients=101)], mailer
    )

    assert (len(one), len(many)) == (1, 3)
    assert set(one + many) == set(Message.objects.values_list("uid", flat=True))
    assert wakeups.aliases == ["default"]


def test_a_worker_is_woken_up_when_the_transaction_commits(wakeups: WakeUps) -> None:
    mailer = get_mailer()

    with transaction.atomic():
        outbox.enqueue([envelope(mailer)], mailer)
        assert wakeups.published == []

    assert wakeups.published == [("default", 0.0)]


def test_a_rollback_queues_nothing_and_wakes_nobody(wakeups: WakeUps) -> None:
    mailer = get_mailer()

    with transaction.atomic():
        outbox.enqueue([envelope(mailer)], mailer)
        transaction.set_rollback(True)

    assert not Message.objects.exists()
    assert wakeups.published == []


def test_mail_of_a_savepoint_that_is_rolled_back_is_not_sent(wakeups: WakeUps) -> None:
    mailer = get_mailer()

    with transaction.atomic():
        outbox.enqueue([envelope(mailer, subject="kept")], mailer)
        with transaction.atomic():
            outbox.enqueue([envelope(mailer, subject="gone")], mailer)
            transaction.set_rollback(True)

    assert [message.subject for message in Message.objects.all()] == ["kept"]


def test_all_of_a_call_is_queued_or_none(wakeups: WakeUps) -> None:
    mailer = get_mailer()
    good = envelope(mailer)
    bad = envelope(mailer, tags={"a": object()})

    with pytest.raises(TypeError, match="JSON"):
        outbox.enqueue([good, bad], mailer)

    assert not Message.objects.exists()
    assert wakeups.published == []


def test_a_broker_that_refuses_does_not_lose_the_mail(
    wakeups: WakeUps, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seacucumber import tasks

    def refuse(alias: str, countdown_s: float) -> None:
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr(tasks._waker, "_publish", refuse)

    outbox.enqueue([envelope(get_mailer())], get_mailer())

    assert Message.objects.count() == 1


def test_the_host_project_hears_of_each_message_while_it_can_still_object(
    wakeups: WakeUps, queued: list[Message]
) -> None:
    outbox.enqueue([envelope(get_mailer(), recipients=60)], get_mailer())

    assert [message.recipient_count for message in queued] == [50, 10]
    assert all(message.pk for message in queued)


def test_a_receiver_that_objects_takes_the_mail_back(wakeups: WakeUps) -> None:
    def object_to(**kwargs: Any) -> None:
        raise PermissionError("not today")

    signals.message_queued.connect(object_to, dispatch_uid="test")
    try:
        with pytest.raises(PermissionError):
            outbox.enqueue([envelope(get_mailer())], get_mailer())
    finally:
        signals.message_queued.disconnect(dispatch_uid="test")

    assert not Message.objects.exists()


def test_requeued_mail_wakes_its_mailer_up(wakeups: WakeUps) -> None:
    failed, sent = put(), put()
    Message.objects.filter(pk=failed.pk).update(state=MessageState.FAILED)
    Message.objects.filter(pk=sent.pk).update(state=MessageState.SENT)

    assert outbox.requeue(Message.objects.all()) == 1

    assert state(failed) == MessageState.QUEUED
    assert state(sent) == MessageState.SENT
    assert wakeups.aliases == ["default"]


def test_nothing_requeued_wakes_nobody(wakeups: WakeUps) -> None:
    failed = put()
    Message.objects.filter(pk=failed.pk).update(state=MessageState.FAILED)
    BodyChunk.objects.all().delete()

    assert outbox.requeue(Message.objects.all()) == 0
    assert wakeups.published == []


def test_what_has_not_left_can_be_cancelled() -> None:
    queued, sending = put(), put()
    Message.objects.filter(pk=sending.pk).update(state=MessageState.SENDING)

    assert outbox.cancel(Message.objects.all()) == 1

    assert state(queued) == MessageState.CANCELLED
    assert state(sending) == MessageState.SENDING
