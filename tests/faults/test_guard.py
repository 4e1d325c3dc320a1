"""A newsletter to a bad list is stopped before it costs the account its reputation."""

from __future__ import annotations

import random
import time

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from seacucumber.enums import HoldCause, Lane, MessageState
from seacucumber.models import Hold, MailMinute, Message, Recipient, Suppressed
from seacucumber.testing.inbox import Accepted
from tests.faults.conftest import Figures, OpenMailRoom
from tests.faults.event_room import CONFIGURATION_SET, EventRoom
from tests.office import PATIENCE_S, default_connection, wait_until

READERS = 5000
BOUNCING = 0.08
RATE = 100.0
#: Its mail servers refuse everybody.
GONE = "gone.example.org"


def readers() -> list[str]:
    """Return a list as it comes from a shop that never cleaned it."""
    bad = set(random.Random(18).sample(range(READERS), int(READERS * BOUNCING)))
    return [
        f"reader{number}@{GONE if number in bad else 'example.org'}"
        for number in range(READERS)
    ]


def newsletter() -> list[mail.EmailMessage]:
    return [
        mail.EmailMessage(
            "News",
            "Good ones.",
            "news@example.com",
            [address],
            headers={"X-Cucumber-Lane": "bulk"},
        )
        for address in readers()
    ]


def reputation_holds() -> list[Hold]:
    return list(Hold.objects.filter(cause=HoldCause.REPUTATION))


@pytest.mark.alone
@pytest.mark.home("postgres", pool="threads")
def test_a_newsletter_to_a_bad_list_is_paused_and_a_password_reset_goes_out(
    open_mail_room: OpenMailRoom, client: Client, figures: Figures
) -> None:
    room = open_mail_room(
        rate=RATE,
        ses=(
            *("--event-delay", "0.2-1.0", "--latency", "0.02-0.08"),
            *("--configuration-set", CONFIGURATION_SET),
        ),
        worker_settings={
            "CUCUMBER_CONFIGURATION_SET": CONFIGURATION_SET,
            "CUCUMBER_RATE_LIMIT": RATE,
        },
    )
    room.ses.set_outcome(GONE, "bounce")
    events = EventRoom(room)
    queue_url = room.ses.send_events_to_queue(configuration_set=CONFIGURATION_SET)
    consumer = events.start_consumer(queue_url)
    try:
        room.start_worker(processes=2)
        default_connection().send_messages(newsletter())
        wait_until(reputation_holds, "the guard has stopped bulk mail")
        # A worker may know of a hold a moment later.
        time.sleep(2.0)
        wait_until(lambda: not _is_under_way(), "what was under way has come back")
        room.ses.wait_for_events(PATIENCE_S)
        wait_until(
            lambda: Suppressed.objects.count() == _bounced(room.ses.inbox),
            "all bounces are known",
        )

        sent = len(room.ses.inbox)
        # Bounces are known some seconds after their mail was sent.
        assert sent < READERS
        assert _bounced(room.ses.inbox) / sent < 0.10
        [hold] = reputation_holds()
        assert (hold.scope, hold.value) == ("lane", "bulk")
        waiting = Message.objects.filter(
            state=MessageState.QUEUED, lane=Lane.BULK
        ).count()
        assert waiting == READERS - sent

        mail.send_mail("Reset", "A link.", "post@example.com", ["ann@example.org"])
        wait_until(lambda: _is_sent("ann@example.org"), "the reset has left")
        assert len(room.ses.inbox) == sent + 1

        client.force_login(User.objects.create_superuser("eve"))
        page = client.get("/admin/seacucumber/dashboard/").content.decode()
        assert "Bulk mail waits: bounces or complaints endanger the account." in page
        assert hold.detail in page
        counts = MailMinute.objects.since(hold.pace_key, 0, lane=Lane.BULK)
        assert (counts.sent, counts.bounced) == (sent, _bounced(room.ses.inbox))
        assert consumer.stop() == 0
    finally:
        events.close()
    figures(newsletters=READERS, sent=sent, waiting=waiting)


def _bounced(inbox: list[Accepted]) -> int:
    return sum(
        address.endswith(f"@{GONE}") for entry in inbox for address in entry.recipients
    )


def _is_under_way() -> bool:
    states = (MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN)
    return Message.objects.filter(state__in=states).exists()


def _is_sent(address: str) -> bool:
    return Recipient.objects.filter(
        address=address, message__state=MessageState.SENT
    ).exists()
