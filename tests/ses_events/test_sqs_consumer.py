"""From the queue into the database, and only then out of the queue."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from django.db import DataError, InternalError, OperationalError, connection

from seacucumber import tasks
from seacucumber.enums import DeliveryStatus
from seacucumber.exceptions import AccountError
from seacucumber.models import Event
from seacucumber.ses.inbound import sqs
from seacucumber.ses.inbound.messaging_clients import endpoint_of, get_messaging_clients
from seacucumber.ses.provisioning.policies import MAX_RECEIVES
from seacucumber.ses_events import consume, queues, sqs_consumer
from seacucumber.testing import Fault, LocalSES
from seacucumber.testing.events.console import Way
from tests.queue import drain, put, put_many
from tests.ses_events.notifications import consume_all, kinds, statuses

pytestmark = pytest.mark.django_db


def waiting(url: str) -> int:
    """Return how many messages are in a queue, out of sight or not."""
    client = get_messaging_clients(queues()[0].mailer).sqs(url)
    answer = client.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )
    return sum(int(number) for number in answer["Attributes"].values())


def put_into(url: str, body: str) -> None:
    client = get_messaging_clients(queues()[0].mailer).sqs(url)
    client.send_message(QueueUrl=url, MessageBody=body)


@pytest.mark.parametrize("way", Way)
def test_what_ses_tells_comes_in_on_every_way(
    way: Way, ses: LocalSES, settings: Any
) -> None:
    url = ses.send_events_to_queue(configuration_set="news", way=way)
    settings.CUCUMBER_EVENT_QUEUES = [url]
    message = put(configuration_set="news")
    drain()

    consumed = consume_all(ses)

    assert kinds(message) == ["send", "delivery"]
    assert statuses(message) == {"ann0@example.org": DeliveryStatus.DELIVERED}
    assert (consumed.new, consumed.foreign, consumed.unreadable) == (2, 0, 0)
    assert waiting(url) == 0


def test_many_are_taken_at_a_time(ses: LocalSES, queue: str) -> None:
    put_many(60)
    drain()

    consumed = consume_all(ses)

    assert consumed.new == Event.objects.count() == 120
    assert waiting(queue) == 0


def test_what_could_not_be_stored_comes_again(
    ses: LocalSES, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ses.send_events_to_queue(
        configuration_set="news", attributes={"VisibilityTimeout": "0"}
    )
    settings.CUCUMBER_EVENT_QUEUES = [url]
    message = put(configuration_set="news")
    drain()
    ses.wait_for_events()

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("seacucumber.ses_events.sqs_consumer.ingest_events", fail)
        with pytest.raises(OperationalError):
            consume(queues()[0], for_s=5.0)
    assert waiting(url) == 2

    consume_all(ses)
    assert kinds(message) == ["send", "delivery"]
    assert waiting(url) == 0


class ReplicaError(Exception):
    """As psycopg says that a server has become a replica."""

    sqlstate = "25006"


def is_away(execute: Any, sql: str, *args: Any) -> Any:
    raise OperationalError("server closed the connection")


def is_a_replica(execute: Any, sql: str, *args: Any) -> Any:
    if sql.startswith(("UPDATE", "INSERT")):
        raise InternalError("read-only") from ReplicaError()
    return execute(sql, *args)


@pytest.mark.parametrize("refuse", [is_away, is_a_replica])
def test_while_the_database_is_away_nothing_is_received(
    ses: LocalSES, queue: str, monkeypatch: pytest.MonkeyPatch, refuse: Any
) -> None:
    """Or SQS would lay with the dead letters what it has given in vain too often."""
    message = put(configuration_set="news")
    drain()
    ses.wait_for_events()

    monkeypatch.setattr(sqs_consumer, "_PATIENCE_S", 0.0)
    with connection.execute_wrapper(refuse):
        for _ in range(2 * MAX_RECEIVES):
            with pytest.raises((OperationalError, InternalError)):
                consume(queues()[0], for_s=5.0)

    [first, second] = sqs.receive(queues()[0].mailer, queue)
    assert (first.received, second.received) == (1, 1)
    assert kinds(message) == []


def test_what_could_not_be_deleted_comes_again_and_is_known(
    ses: LocalSES, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ses.send_events_to_queue(
        configuration_set="news", attributes={"VisibilityTimeout": "0"}
    )
    settings.CUCUMBER_EVENT_QUEUES = [url]
    message = put(configuration_set="news")
    drain()
    ses.wait_for_events()

    def fail(*args: Any, **kwargs: Any) -> int:
        raise AccountError("sqs:DeleteMessage", "ServiceUnavailable", "Try later.")

    with monkeypatch.context() as patch:
        patch.setattr(sqs, "delete", fail)
        with pytest.raises(AccountError):
            consume(queues()[0], for_s=5.0)

    assert consume_all(ses).known == 2
    assert kinds(message) == ["send", "delivery"]
    assert waiting(url) == 0


def test_a_question_that_fails_does_not_keep_what_others_have_got(
    ses: LocalSES, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_many(20)
    drain()
    receive, calls = sqs.receive, itertools.count()

    def now_and_then(*args: Any, **kwargs: Any) -> list[sqs.QueueMessage]:
        if next(calls) == 2:
            raise AccountError("sqs:ReceiveMessage", "ServiceUnavailable", "Later.")
        return receive(*args, **kwargs)

    monkeypatch.setattr(sqs, "receive", now_and_then)

    assert consume_all(ses).new == 40
    assert waiting(queue) == 0


def test_what_is_no_event_stays_and_keeps_nothing_back(
    ses: LocalSES, queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    put_into(queue, "hello")
    message = put()
    drain()

    consumed = consume_all(ses)

    assert consumed.unreadable == 1
    assert kinds(message) == ["send", "delivery"]
    assert waiting(queue) == 1
    assert "no event of SES" in caplog.text
    assert "hello" not in caplog.text


def test_an_event_that_the_database_refuses_keeps_nothing_back(
    ses: LocalSES, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = put(), put()
    drain()
    ingest_events = sqs_consumer.ingest_events

    def picky(events: Any, **kwargs: Any) -> Any:
        if any(event.message_uid == bad.uid for event in events):
            raise DataError("value out of range")
        return ingest_events(events, **kwargs)

    monkeypatch.setattr(sqs_consumer, "ingest_events", picky)

    consumed = consume_all(ses)

    assert kinds(good) == ["send", "delivery"]
    assert (consumed.unreadable, waiting(queue)) == (2, 2)


def test_the_greeting_of_a_topic_leaves_the_queue(ses: LocalSES, queue: str) -> None:
    text = "Successfully validated SNS topic for Amazon SES event publishing."
    put_into(queue, json.dumps({"Type": "Notification", "Message": text}))

    consumed = consume_all(ses)

    assert (consumed.received, consumed.new, consumed.unreadable) == (1, 0, 0)
    assert waiting(queue) == 0


def test_lost_doubled_and_late_events_end_as_all_others(
    ses: LocalSES, queue: str
) -> None:
    ses.faults.add(Fault.event_twice())
    message = put()
    drain()

    consumed = consume_all(ses)

    assert (consumed.new, consumed.known) == (2, 2)
    assert kinds(message) == ["send", "delivery"]


def test_a_worker_empties_the_queues_without_a_process_of_its_own(
    ses: LocalSES, queue: str
) -> None:
    message = put()
    drain()
    ses.wait_for_events()

    assert tasks.consume_events() == {"ses-events": "2 new, 0 known"}
    assert kinds(message) == ["send", "delivery"]


def test_a_queue_that_is_not_there_does_not_keep_the_task_from_others(
    ses: LocalSES, queue: str, settings: Any
) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [queue.replace("ses-events", "gone"), queue]
    put()
    drain()
    ses.wait_for_events()

    found = tasks.consume_events()

    assert found["ses-events"] == "2 new, 0 known"
    assert "NonExistentQueue" in found["gone"] or "QueueDoesNotExist" in found["gone"]


def test_without_queues_there_is_nothing_to_do(ses: LocalSES) -> None:
    assert tasks.consume_events() == {}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
            ("https://sqs.eu-west-1.amazonaws.com", "eu-west-1"),
        ),
        (
            "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q",
            ("https://sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ),
        (
            "https://eu-west-1.queue.amazonaws.com/123456789012/q",
            ("https://eu-west-1.queue.amazonaws.com", "eu-west-1"),
        ),
        (
            "https://sqs-fips.us-east-1.amazonaws.com/123456789012/q",
            ("https://sqs-fips.us-east-1.amazonaws.com", "us-east-1"),
        ),
        (
            "https://vpce-1a2b.sqs.eu-west-1.vpce.amazonaws.com/123456789012/q",
            ("https://vpce-1a2b.sqs.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
        ),
        ("http://127.0.0.1:9324/000000000000/q", ("http://127.0.0.1:9324", "")),
    ],
)
def test_a_queues_url_tells_whom_to_ask(url: str, expected: tuple[str, str]) -> None:
    assert endpoint_of(url) == expected
