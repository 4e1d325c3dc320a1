"""Brokers that run as servers of their own: Redis and RabbitMQ."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from kombu import Connection

from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.models import Attempt
from tests.checker import violations
from tests.office import MailRoom, wait_until
from tests.scenarios.conftest import OpenMailRoom, send_one_by_one
from tests.scenarios.test_death import SHORT
from tests.services import AMQP_URL, REDIS_URL

pytestmark = pytest.mark.services

MESSAGES = 300
BROKERS = pytest.mark.parametrize(
    "broker_url", [REDIS_URL, AMQP_URL], ids=["redis", "rabbitmq"]
)


@pytest.fixture
def queue(broker_url: str) -> Iterator[str]:
    """A queue of the test's own: others may use the same server."""
    name = f"seacucumber-{uuid.uuid4().hex}"
    yield name
    with Connection(broker_url) as connection:
        connection.SimpleQueue(name).queue.delete()


def start(open_mail_room: OpenMailRoom, broker_url: str, queue: str) -> MailRoom:
    room = open_mail_room(
        rate=200,
        ses=("--latency", "0.05-0.1"),
        broker_url=broker_url,
        worker_settings={**SHORT, "CELERY_TASK_DEFAULT_QUEUE": queue},
    )
    room.start_beat()
    return room


@BROKERS
def test_mail_leaves_by_wake_ups_alone(
    open_mail_room: OpenMailRoom, broker_url: str, queue: str
) -> None:
    room = start(open_mail_room, broker_url, queue)
    room.start_worker()

    send_one_by_one(MESSAGES)
    room.settle(sweeping=False)

    found = room.evidence()
    assert violations(found) == []
    assert {message.state for message in found.messages} == {MessageState.SENT}
    assert len(room.ses.inbox) == MESSAGES


@BROKERS
def test_what_a_killed_worker_had_taken_from_the_broker_is_not_missed(
    open_mail_room: OpenMailRoom, broker_url: str, queue: str
) -> None:
    room = start(open_mail_room, broker_url, queue)
    doomed = room.start_worker()
    send_one_by_one(MESSAGES)
    wait_until(lambda: len(room.ses.inbox) > MESSAGES // 5, "mail flows")

    doomed.kill()
    under_way = Attempt.objects.filter(outcome=AttemptOutcome.OPEN).count()
    room.start_worker()
    room.settle()

    found = room.evidence(copies_allowed=under_way)
    assert violations(found) == []
    assert {row.subject for row in room.ses.inbox} == {
        message.subject for message in found.messages
    }
    assert {message.state for message in found.messages} == {MessageState.SENT}
