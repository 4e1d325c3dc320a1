"""What counts against an account, and into which minute."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import GuardLevel, Harm, Lane, MessageState
from seacucumber.models import Hold, MailMinute, Message, Pace, Reputation, Suppressed
from seacucumber.models.account.reputation import MINUTE_US, Harmed, MailCounts
from seacucumber.testing import Fault, LocalSES, errors
from tests.office import use_backend
from tests.queue import drain, now_us, put, put_many, ready_now, state
from tests.suppression.event_story import bounce, complaint, event, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]


def counts(lane: Lane | None = None) -> MailCounts:
    return MailMinute.objects.since(get_mailer().pace_key, 0, lane=lane)


@pytest.fixture
def sent() -> Message:
    message = put(recipients=2, lane=Lane.BULK)
    drain()
    message.refresh_from_db()
    return message


def test_mail_counts_by_recipient_and_lane(sent: Message) -> None:
    put_many(3)
    drain()

    assert counts(Lane.BULK) == MailCounts(sent=2)
    assert counts(Lane.TRANSACTIONAL) == MailCounts(sent=3)


def test_hard_bounces_and_complaints_count(sent: Message) -> None:
    tell(bounce(sent, "ann0@example.org"))
    tell(complaint(sent))

    # One of two readers has complained, and SES cannot tell which of them.
    assert counts(Lane.BULK) == MailCounts(sent=2, bounced=1, complained=1)
    assert counts(Lane.TRANSACTIONAL) == MailCounts()


@pytest.mark.parametrize(
    "error",
    [
        errors.throttling(),
        errors.unavailable(),
        errors.message_rejected("Illegal address"),
    ],
)
def test_what_was_not_accepted_was_not_sent(ses: LocalSES, error: Any) -> None:
    """Or tries that fail would make every rate look better than it is."""
    ses.faults.add(Fault.answer(error, times=1))
    message = put(recipients=2)

    drain()
    assert counts().sent == 0

    if state(message) is MessageState.QUEUED:
        ready_now(message)
        Pace.objects.update(next_slot_us=0)
        drain()
        assert counts().sent == 2


def test_the_same_event_counts_once(sent: Message) -> None:
    event = bounce(sent)
    tell(event)
    tell(event)
    tell(event, event)

    assert counts().bounced == 2


def test_the_same_event_counts_once_where_few_types_are_kept(
    sent: Message, settings: Any
) -> None:
    settings.CUCUMBER_EVENTS = ["send"]
    hard = bounce(sent, "ann0@example.org")
    soft = bounce(sent, "ann1@example.org", type_="Transient")

    for each in (hard, soft, hard, soft, hard, soft):
        tell(each)

    assert counts().bounced == 1
    in_force = Suppressed.objects.in_force(clock.moment(now_us()))
    assert [row.address for row in in_force] == ["ann0@example.org"]


@pytest.mark.parametrize(
    ("type_", "subtype", "address", "counted"),
    [
        # "Sender reputation dashboard messages" of the SES developer guide.
        ("Permanent", "General", "ann0@example.org", 1),
        ("Permanent", "NoEmail", "ann0@example.org", 1),
        ("Permanent", "Suppressed", "ann0@example.org", 1),
        ("Permanent", "OnAccountSuppressionList", "ann0@example.org", 0),
        ("Transient", "MailboxFull", "ann0@example.org", 0),
        ("Undetermined", "Undetermined", "ann0@example.org", 0),
        ("Permanent", "General", "bounce@simulator.amazonses.com", 0),
        ("Permanent", "General", "bounce@Simulator.AmazonSES.com", 0),
    ],
)
def test_it_is_counted_as_aws_counts(
    sent: Message, type_: str, subtype: str, address: str, counted: int
) -> None:
    tell(bounce(sent, address, type_=type_, subtype=subtype))

    assert counts().bounced == counted


def test_of_a_permanent_bounce_only_those_count_whose_failure_lasts(
    sent: Message,
) -> None:
    """RFC 3463, 3.1: of class 4 are failures that pass."""
    tell(bounce(sent, statuses={"ann0@example.org": "4.2.2"}))

    assert counts().bounced == 1


def test_the_simulator_counts_if_that_is_wanted(sent: Message, settings: Any) -> None:
    settings.CUCUMBER_GUARD_SIMULATOR = True

    tell(bounce(sent, "bounce@simulator.amazonses.com"))

    assert counts().bounced == 1


def test_one_complaint_is_one_however_many_may_have_made_it() -> None:
    """SES names everybody at the domain who got the mail."""
    message = put(recipients=10, lane=Lane.BULK)
    drain()
    message.refresh_from_db()

    tell(complaint(message))

    assert counts() == MailCounts(sent=10, complained=1)


@pytest.mark.parametrize(("wanted", "number"), [(False, 1), (True, 2)])
def test_mail_to_the_simulator_was_not_sent_either(
    settings: Any, wakeups: object, *, wanted: bool, number: int
) -> None:
    use_backend(settings)
    settings.CUCUMBER_GUARD_SIMULATOR = wanted
    mail.EmailMessage(
        "Hi", "", to=["ann@example.org", "success@simulator.amazonses.com"]
    ).send()
    drain()

    assert counts().sent == number


def test_a_clock_of_ses_that_is_behind_hides_no_harm() -> None:
    key, now = get_mailer().pace_key, now_us()
    start_us = now - now % MINUTE_US
    MailMinute.objects.create(pace_key=key, lane=Lane.BULK, start_us=start_us, sent=10)
    at_us = start_us - 3 * US_PER_S
    harmed = [
        Harmed(pace_key=key, lane=Lane.BULK, at_us=at_us, harm=Harm.BOUNCE),
        Harmed(pace_key=key, lane=Lane.BULK, at_us=at_us - MINUTE_US, harm=Harm.BOUNCE),
    ]

    # A minute is more than clocks are off.
    assert MailMinute.objects.count_harm(harmed) == 1
    assert counts() == MailCounts(sent=10, bounced=1)


def test_a_bounce_counts_where_its_mail_was_sent() -> None:
    key, now = get_mailer().pace_key, now_us()
    minutes = [now - now % MINUTE_US - age * MINUTE_US for age in (0, 2, 30)]
    for start_us in minutes:
        MailMinute.objects.create(
            pace_key=key, lane=Lane.BULK, start_us=start_us, sent=10
        )
    at = [minutes[0] + 5, minutes[1] + MINUTE_US + 5, minutes[2] + 10 * MINUTE_US]

    counted = MailMinute.objects.count_harm(
        [
            Harmed(pace_key=key, lane=Lane.BULK, at_us=at_us, harm=Harm.BOUNCE)
            for at_us in at
        ]
    )

    # The last was sent in a minute of which nothing is known.
    assert counted == 2
    found = MailMinute.objects.order_by("-start_us").values_list("bounced", flat=True)
    assert list(found) == [1, 1, 0]


def test_events_that_come_in_stop_bulk_mail_at_once(settings: Any) -> None:
    settings.CUCUMBER_GUARD_VOLUME = 20
    messages = put_many(25, lane=Lane.BULK)
    drain()

    for message in messages[:2]:
        message.refresh_from_db()
        tell(bounce(message))

    assert Reputation.objects.get().level == GuardLevel.BULK_STOPPED
    assert Hold.objects.get().value == "bulk"


@pytest.mark.parametrize(
    ("kind", "about", "expected"),
    [
        (
            "Bounce",
            {"bounceType": "Permanent", "bounceSubType": "General"},
            MailCounts(sent=2, bounced=1),
        ),
        (
            "Bounce",
            {"bounceType": "Transient", "bounceSubType": "General"},
            MailCounts(sent=2),
        ),
        ("Complaint", {}, MailCounts(sent=2, complained=1)),
    ],
)
def test_what_names_nobody_of_several_was_one_of_them(
    sent: Message, kind: str, about: dict[str, Any], expected: MailCounts
) -> None:
    listed = {"bouncedRecipients": [], "complainedRecipients": [], **about}
    nobody = event(kind, {**listed, "feedbackId": "f-nobody"}, sent, 0.0)

    tell(nobody)
    tell(nobody)

    assert counts(Lane.BULK) == expected


def test_what_names_nobody_of_the_simulators_recipients_does_not_count(
    settings: Any, wakeups: object
) -> None:
    use_backend(settings)
    to = ["bounce@simulator.amazonses.com", "success@simulator.amazonses.com"]
    mail.EmailMessage("Hi", "", to=to).send()
    drain()
    message = Message.objects.get()
    about = {"bounceType": "Permanent", "bouncedRecipients": []}

    tell(event("Bounce", about, message, 0.0))

    assert counts() == MailCounts()
