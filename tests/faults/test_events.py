"""Answers get lost, workers die, and SES's events tell what has become of the mail.

``SEACUCUMBER_TEST_EVENT_MAILS`` is how many mails go out; 10,000 is the full measure.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.core import mail

from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.models import Attempt
from seacucumber.testing import Fault
from tests.checker import Evidence, violations
from tests.faults.conftest import Figures, OpenMailRoom
from tests.faults.event_room import CONFIGURATION_SET, EventRoom
from tests.office import PATIENCE_S, MailRoom, default_connection, wait_until

MAILS = int(os.environ.get("SEACUCUMBER_TEST_EVENT_MAILS", "600"))
#: So many for what is measured besides; the suite has to end some time.
FEWER = MAILS if MAILS > 5_000 else MAILS // 2
RATE = 400 if MAILS > 5_000 else 100
#: A new worker takes as long to start as half of them to leave.
BETWEEN_KILLS = 300 if MAILS > 5_000 else 150
#: Short times, so that what was left in doubt is settled while the test waits.
SHORT: dict[str, Any] = {
    "CUCUMBER_CONFIGURATION_SET": CONFIGURATION_SET,
    "CUCUMBER_RATE_LIMIT": RATE,
    "CUCUMBER_CONNECT_TIMEOUT": 1,
    "CUCUMBER_READ_TIMEOUT": 1,
    "CUCUMBER_LEASE": 14,
    "CUCUMBER_UNCERTAIN_WAIT": 3,
}
#: How long the rest may take after the last mail could have left.
SETTLING_S = PATIENCE_S + MAILS / 50

OpenEventRoom = Callable[..., EventRoom]


@pytest.fixture
def open_event_room(open_mail_room: OpenMailRoom) -> Iterator[OpenEventRoom]:
    """Return a function that starts a mail room in which answers get lost."""
    rooms: list[EventRoom] = []

    def start(**settings: Any) -> EventRoom:
        room = open_mail_room(
            rate=RATE,
            ses=(
                *("--latency", "0.1-0.3", "--seed", "11"),
                *("--configuration-set", CONFIGURATION_SET),
            ),
            worker_settings={**SHORT, **settings},
        )
        rooms.append(EventRoom(room))
        return rooms[-1]

    yield start
    for room in rooms:
        room.close()


def lose_answers(room: MailRoom) -> None:
    room.ses.faults.add(Fault.reset(after_accepting=True, probability=0.05))
    room.ses.faults.add(Fault.reset_before_reading(probability=0.03))


def send(numbers: Iterable[int]) -> None:
    default_connection().send_messages(
        [
            mail.EmailMessage(
                f"Message {number}",
                "Good news.",
                "post@example.com",
                [f"reader{number}@example.org"],
            )
            for number in numbers
        ]
    )


def deliver_while_workers_die(room: MailRoom, count: int) -> set[int]:
    """Send mail, and kill a worker that is at work about every three seconds.

    Returns:
        The messages that were under way on the workers that were killed.
    """
    workers = [room.start_worker(processes=2), room.start_worker(processes=2)]
    room.start_beat()
    doomed: set[int] = set()
    for first in range(0, count, BETWEEN_KILLS):
        pools = {worker: worker.pool_pids() for worker in workers}
        send(range(first, min(first + BETWEEN_KILLS, count)))
        wait_until(
            lambda: any(map(under_way, pools.values())),  # noqa: B023
            "somebody is at work",
        )
        busiest = max(workers, key=lambda worker: len(under_way(pools[worker])))
        busiest.kill()
        doomed |= under_way(pools[busiest])
        workers.remove(busiest)
        workers.append(room.start_worker(processes=2))
    room.settle(within_s=SETTLING_S)
    return doomed


def under_way(pids: set[int]) -> set[int]:
    """Return the messages that these processes were sending."""
    attempts = Attempt.objects.filter(outcome=AttemptOutcome.OPEN)
    rows = attempts.values_list("worker", "message_id")
    return {pk for worker, pk in rows if int(worker.rpartition(":")[2]) in pids}


def dropped_answers(found: Evidence) -> int:
    """Count what SES accepted without the sender getting to know of it."""
    unknown = Attempt.objects.filter(outcome=AttemptOutcome.UNKNOWN)
    tries = set(unknown.values_list("message__uid", "number"))
    return sum(
        (row.tags["cucumber_message"], int(row.tags["cucumber_attempt"])) in tries
        for row in found.ledger
    )


def extra_copies(found: Evidence) -> int:
    return sum(max(0, len(found.accepted(row)) - 1) for row in found.messages)


def states(found: Evidence) -> set[int]:
    return {row.state for row in found.messages}


@pytest.mark.timeout(600 + MAILS / 10)
@pytest.mark.home("postgres", broker="rabbitmq")
def test_with_events_nothing_is_lost_and_nothing_is_sent_twice(
    open_event_room: OpenEventRoom, figures: Figures
) -> None:
    events = open_event_room()
    room = events.room
    queue_url = room.ses.send_events_to_queue(configuration_set=CONFIGURATION_SET)
    events.start_consumer(queue_url)
    lose_answers(room)
    # As AWS warns: out of order, and more than once.
    room.ses.configure(event_delay_s=(0.0, 1.0))
    room.ses.faults.add(Fault.event_twice(probability=0.05))

    doomed = deliver_while_workers_die(room, MAILS)

    found = room.evidence(copies_allowed=0)
    assert violations(found) == []
    assert states(found) == {MessageState.SENT}
    assert len(found.messages) == len(room.ses.inbox) == MAILS
    # It was not for want of trouble.
    assert doomed
    assert room.ses.counters.faults > MAILS / 20
    figures(messages=MAILS, kills=len(doomed), lost=0, twice=0)


@pytest.mark.timeout(600 + MAILS / 10)
@pytest.mark.home("mariadb", broker="redis")
def test_without_events_nothing_is_lost_and_copies_were_in_doubt(
    open_event_room: OpenEventRoom, figures: Figures
) -> None:
    room = open_event_room(CUCUMBER_UNCERTAIN="resend").room
    lose_answers(room)

    doomed = deliver_while_workers_die(room, FEWER)

    found = room.evidence()
    found.copies_allowed = dropped_answers(found) + len(doomed)
    assert violations(found) == []
    # An answer that gets lost three times in a row is for somebody to look at.
    assert states(found) <= {MessageState.SENT, MessageState.HELD}
    assert {row.subject for row in room.ses.inbox} == {
        row.subject for row in found.messages
    }
    assert extra_copies(found) > 0
    figures(
        messages=FEWER, lost=0, twice=extra_copies(found), in_doubt=found.copies_allowed
    )


@pytest.mark.timeout(600 + MAILS / 10)
def test_without_events_hold_sends_nothing_twice_and_keeps_what_is_in_doubt(
    open_event_room: OpenEventRoom, figures: Figures
) -> None:
    room = open_event_room(CUCUMBER_UNCERTAIN="hold").room
    lose_answers(room)

    deliver_while_workers_die(room, FEWER)

    found = room.evidence(copies_allowed=0)
    assert violations(found) == []
    assert len(found.messages) == FEWER
    assert states(found) == {MessageState.SENT, MessageState.HELD}
    figures(messages=FEWER, twice=0)
