"""Brokers that run as servers of their own: Redis and RabbitMQ."""

from __future__ import annotations

import pytest

from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.models import Attempt
from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.test_death import SHORT
from tests.office import MailRoom, wait_until

MESSAGES = 300


def start(open_mail_room: OpenMailRoom) -> MailRoom:
    room = open_mail_room(
        rate=200, ses=("--latency", "0.05-0.1"), worker_settings=SHORT
    )
    room.start_beat()
    return room


@pytest.mark.home("sqlite", broker="rabbitmq", pool="gevent")
def test_mail_leaves_by_wake_ups_alone(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = start(open_mail_room)
    room.start_worker()

    send_one_by_one(MESSAGES)
    room.settle(sweeping=False)

    found = room.evidence()
    assert violations(found) == []
    assert {message.state for message in found.messages} == {MessageState.SENT}
    assert len(room.ses.inbox) == MESSAGES
    figures(messages=MESSAGES, lost=0, twice=0)


@pytest.mark.home("postgres", broker="redis", pool="threads")
def test_what_a_killed_worker_had_taken_from_the_broker_is_not_missed(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = start(open_mail_room)
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
    figures(messages=MESSAGES, in_doubt=under_way, lost=0)
