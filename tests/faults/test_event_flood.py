"""Events come fast, and whoever takes them in dies.

``SEACUCUMBER_TEST_EVENTS`` is how many come; they come at 500 a second.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from django.core import mail

from seacucumber.enums import DeliveryStatus, EventType
from seacucumber.models import Event, Recipient
from tests.faults.conftest import Figures, OpenMailRoom
from tests.faults.event_room import CONFIGURATION_SET, EventRoom, Listener
from tests.office import PATIENCE_S, default_connection, wait_until
from tests.queue import drain

EVENTS = int(os.environ.get("SEACUCUMBER_TEST_EVENTS", "2000"))
RATE = 500
#: One event for the mail, and one for each recipient.
RECIPIENTS = 49
KILLS = 3


@pytest.fixture
def events(open_mail_room: OpenMailRoom) -> Iterator[EventRoom]:
    """A mail room whose local SES tells of `EVENTS` events at `RATE` a second."""
    room = open_mail_room(
        rate=100_000,
        ses=(
            *("--event-delay", f"0-{EVENTS / RATE}", "--seed", "3"),
            *("--configuration-set", CONFIGURATION_SET),
        ),
        worker_settings={
            "CUCUMBER_CONFIGURATION_SET": CONFIGURATION_SET,
            "CUCUMBER_RATE_LIMIT": 100_000,
        },
    )
    event_room = EventRoom(room)
    yield event_room
    event_room.close()


def start_flood(room: EventRoom) -> int:
    """Send the mail that SES will tell of; return how many events there will be."""
    mails = [
        mail.EmailMessage(
            f"Message {number}",
            "Good news.",
            "post@example.com",
            [f"reader{number}-{each}@example.org" for each in range(RECIPIENTS)],
        )
        for number in range(EVENTS // (RECIPIENTS + 1))
    ]
    default_connection().send_messages(mails)
    drain()
    assert len(room.ses.inbox) == len(mails)
    return len(mails) * (RECIPIENTS + 1)


def kill_again_and_again(listener: Listener) -> None:
    """Kill a process three times while the events come, and start it anew."""
    for _ in range(KILLS):
        time.sleep(EVENTS / RATE / (KILLS + 1))
        listener.kill()
        listener.start()


def stored() -> set[tuple[str, str, int]]:
    rows = Event.objects.values_list("ses_message_id", "recipient", "type")
    return {(ses_message_id, address, kind) for ses_message_id, address, kind in rows}


def told(room: EventRoom) -> set[tuple[str, str, int]]:
    """Return what SES told, in the way `stored` has it."""
    found: set[tuple[str, str, int]] = set()
    for row in room.ses.emitted:
        kind = {"Send": EventType.SEND, "Delivery": EventType.DELIVERY}[row.kind]
        address = row.recipients[0] if row.kind == "Delivery" else ""
        found.add((row.ses_message_id, address, int(kind)))
    return found


def assert_all_is_stored(room: EventRoom, count: int) -> None:
    assert Event.objects.count() == count
    assert stored() == told(room)
    assert not Event.objects.filter(message=None).exists()
    delivered = Recipient.objects.filter(
        delivery_status=DeliveryStatus.DELIVERED
    ).count()
    assert delivered == Recipient.objects.count()


@pytest.mark.home("postgres")
def test_a_consumer_that_is_killed_loses_no_event(
    events: EventRoom, figures: Figures
) -> None:
    # Short, so that what a killed consumer held comes again while the test waits.
    queue_url = events.ses.send_events_to_queue(
        configuration_set=CONFIGURATION_SET, attributes={"VisibilityTimeout": "5"}
    )
    consumer = events.start_consumer(queue_url)

    count = start_flood(events)
    kill_again_and_again(consumer)
    events.ses.wait_for_events(PATIENCE_S)
    wait_until(lambda: Event.objects.count() >= count, "all events are stored")

    assert_all_is_stored(events, count)
    assert consumer.stop() == 0
    figures(events=count, lost=0)


@pytest.mark.home("mariadb")
def test_a_web_server_that_is_killed_loses_no_event(
    events: EventRoom, figures: Figures
) -> None:
    # An hour of tries, as the delivery policy of ses_setup has it, in a minute.
    events.ses.configure(post_retries=20, post_retry_s=3.0)
    web, _ = events.start_web()

    count = start_flood(events)
    kill_again_and_again(web)
    events.ses.wait_for_events(PATIENCE_S)

    assert_all_is_stored(events, count)
    assert {row.status for row in events.ses.postings} <= {0, 200, 503}
    assert any(row.status == 0 for row in events.ses.postings)
    figures(events=count, lost=0)
