"""Events are stored once, whatever they come like, and move delivery statuses."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from django.db import OperationalError

from seacucumber.enums import DeliveryStatus, EventType, EventVia, MessageState
from seacucumber.models import Event, Message, Recipient, Suppressed
from seacucumber.ses.inbound.event import read_event
from seacucumber.ses_events import ingest_events
from tests.queue import put, put_many
from tests.ses.event_samples import SAMPLES, bare
from tests.ses_events.notifications import Listener, kinds, statuses, tell, told

pytestmark = pytest.mark.django_db


def sent(*, recipients: int = 1, ses_message_id: str = "SES-1") -> Message:
    """Return a message that SES has accepted."""
    message = put(recipients=recipients)
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.SENT, attempts=1, ses_message_id=ses_message_id
    )
    return message


# -- tied ------------------------------------------------------------------------


def test_our_tag_ties_an_event_to_its_message() -> None:
    message = sent(ses_message_id="")

    tell(told(message, "Delivery", ses_message_id="SES-9"))

    event = Event.objects.get()
    assert event.message == message
    assert (event.ses_message_id, event.attempt) == ("SES-9", 1)


def test_an_event_without_tags_is_tied_by_the_id_of_ses() -> None:
    message = sent(ses_message_id="SES-7")

    tell(told(None, "Bounce", ses_message_id="SES-7"))

    assert Event.objects.get().message == message
    assert statuses(message) == {"ann0@example.org": DeliveryStatus.BOUNCED}


def test_mail_of_others_is_kept_apart(heard: Listener) -> None:
    message = sent()

    result = tell(told(None, "Bounce", ses_message_id="SES-of-others"))

    assert Event.objects.get().message is None
    assert result.new[0].mail is None
    assert statuses(message) == {"ann0@example.org": DeliveryStatus.UNKNOWN}
    assert not Suppressed.objects.exists()
    assert heard.last("bounced")["message"] is None


@pytest.mark.parametrize("name", SAMPLES)
def test_every_documented_event_has_a_row_for_each_it_names(name: str) -> None:
    event = read_event(bare(SAMPLES[name]))
    assert event is not None

    tell(event)

    rows = Event.objects.all()
    assert {row.type for row in rows} == {event.type}
    assert all(row.ses_message_id == event.ses_message_id for row in rows)
    if event.names_recipients:
        named = [who.address for who in event.recipients]
        assert sorted(row.recipient for row in rows) == sorted(named)
    else:
        assert len(rows) == 1


# -- once ------------------------------------------------------------------------


def test_the_same_event_again_changes_nothing(heard: Listener) -> None:
    message = sent()
    bounce = told(message, "Bounce")

    first, again = tell(bounce), tell(bounce, bounce)

    assert (len(first.new), first.known) == (1, 0)
    assert (len(again.new), again.known) == (0, 2)
    assert Event.objects.count() == 1
    assert heard.names.count("bounced") == 1


def test_twice_in_one_batch_is_once(heard: Listener) -> None:
    message = sent()

    tell(told(message, "Open"), told(message, "Open"))

    assert kinds(message) == ["open"]
    assert heard.names.count("opened") == 1


def test_one_bounce_of_two_recipients_is_the_same_as_two() -> None:
    message = sent(recipients=2)
    both = ("ann0@example.org", "ann1@example.org")
    tell(told(message, "Bounce", recipients=both))

    apart = tell(
        told(message, "Bounce", recipients=both[:1]),
        told(message, "Bounce", recipients=both[1:]),
    )

    assert apart.known == 2
    assert Event.objects.count() == 2


# -- delivery statuses ---------------------------------------------------------

LIFE = [
    ("Send", {}, DeliveryStatus.UNKNOWN),
    (
        "DeliveryDelay",
        {"after_s": 60.0, "delayType": "General"},
        DeliveryStatus.DELAYED,
    ),
    (
        "Bounce",
        {"after_s": 120.0, "bounceType": "Transient"},
        DeliveryStatus.SOFT_BOUNCED,
    ),
    ("Delivery", {"after_s": 180.0}, DeliveryStatus.DELIVERED),
    ("Bounce", {"after_s": 240.0, "bounceType": "Permanent"}, DeliveryStatus.BOUNCED),
    ("Complaint", {"after_s": 300.0}, DeliveryStatus.COMPLAINED),
]


def test_a_recipients_delivery_status_goes_up_with_what_is_told() -> None:
    message = sent()
    for kind, values, status in LIFE:
        tell(told(message, kind, **values))
        assert statuses(message) == {"ann0@example.org": status}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_the_order_does_not_matter(order: tuple[int, ...]) -> None:
    message = sent()

    for index in order:
        kind, values, _ = LIFE[index + 2]
        tell(told(message, kind, **values))

    assert statuses(message) == {"ann0@example.org": DeliveryStatus.COMPLAINED}
    assert kinds(message) == ["bounce", "delivery", "bounce", "complaint"]


def test_each_recipient_meets_a_delivery_status_of_its_own() -> None:
    first, second = sent(recipients=3), sent(recipients=3, ses_message_id="SES-2")

    tell(
        told(first, "Delivery", recipients=("ann0@example.org", "ann1@example.org")),
        told(first, "Bounce", recipients=("ann2@example.org",)),
        told(second, "Bounce", recipients=("ann0@example.org",)),
        told(second, "Delivery", recipients=("ann2@example.org",)),
    )

    assert list(statuses(first).values()) == [
        DeliveryStatus.DELIVERED,
        DeliveryStatus.DELIVERED,
        DeliveryStatus.BOUNCED,
    ]
    assert list(statuses(second).values()) == [
        DeliveryStatus.BOUNCED,
        DeliveryStatus.UNKNOWN,
        DeliveryStatus.DELIVERED,
    ]


def test_an_out_of_office_answer_is_no_bounce_of_what_was_delivered() -> None:
    message = sent()

    tell(
        told(message, "Delivery"),
        told(message, "Bounce", after_s=9.0, bounceType="Transient"),
    )

    assert statuses(message) == {"ann0@example.org": DeliveryStatus.DELIVERED}


def test_a_rejected_mail_is_so_for_all_recipients() -> None:
    message = sent(recipients=3)
    everybody = tuple(statuses(message))

    tell(told(message, "Reject", recipients=everybody, reason="Bad content"))

    assert set(statuses(message).values()) == {DeliveryStatus.REJECTED}
    assert Recipient.objects.first().delivery_status_detail == "Bad content"  # type: ignore[union-attr]


def test_a_delivery_status_tells_when_and_in_whose_words() -> None:
    message = sent()
    bounce = told(message, "Bounce", after_s=30.0)
    said = dict(bounce.raw)
    said["bounce"]["bouncedRecipients"][0].update(
        status="5.1.1", diagnosticCode="smtp; 550 5.1.1 user unknown"
    )

    tell(read_event(bare(said)))  # type: ignore[arg-type]

    ann = message.recipients.get()
    assert ann.delivery_status_detail == "smtp; 550 5.1.1 user unknown"
    assert ann.delivery_status_at == bounce.at


@pytest.mark.parametrize(
    "said",
    [
        ('"Ann0"@Example.org',),
        ("ann0@example.org (Ann)",),
        ("ann0@example.org.",),
        ("unknown",),
        ("forwarded@example.net",),
        (),
    ],
)
def test_our_tag_and_the_only_recipient_leave_no_doubt(said: tuple[str, ...]) -> None:
    message = sent()

    tell(told(message, "Bounce", recipients=said))

    assert statuses(message) == {"ann0@example.org": DeliveryStatus.BOUNCED}
    entries = Suppressed.objects.values_list("address", flat=True)
    assert list(entries) == ["ann0@example.org"]


def test_of_several_recipients_one_that_cannot_be_read_stops_nobody() -> None:
    message = sent(recipients=2)

    tell(told(message, "Bounce", recipients=("unknown",)))

    assert set(statuses(message).values()) == {DeliveryStatus.UNKNOWN}
    assert not Suppressed.objects.exists()


@pytest.mark.parametrize("kind", ["Bounce", "Complaint", "Delivery", "DeliveryDelay"])
@pytest.mark.parametrize("tagged", [True, False])
def test_where_nobody_is_named_nothing_is_said_of_several(
    kind: str, *, tagged: bool
) -> None:
    message = sent(recipients=2)

    tell(told(message if tagged else None, kind, recipients=()))

    assert set(statuses(message).values()) == {DeliveryStatus.UNKNOWN}
    assert not Suppressed.objects.exists()
    assert Event.objects.get(message=message).recipient == ""


@pytest.mark.parametrize(
    ("kind", "status"),
    [("Bounce", DeliveryStatus.BOUNCED), ("Complaint", DeliveryStatus.COMPLAINED)],
)
def test_where_nobody_is_named_the_only_recipient_is_meant(
    kind: str, status: DeliveryStatus
) -> None:
    """A notification of an identity has no tags: SES's id says which mail it is."""
    message = sent()

    tell(told(None, kind, recipients=()))

    assert statuses(message) == {"ann0@example.org": status}
    entries = Suppressed.objects.values_list("address", flat=True)
    assert list(entries) == ["ann0@example.org"]


def test_one_of_several_whose_failure_passes_has_bounced_softly() -> None:
    """RFC 3463, 3.1: of class 4 are failures that pass."""
    message = sent(recipients=2)
    bounced = [
        {"emailAddress": "ann0@example.org", "status": "5.1.1"},
        {"emailAddress": "ann1@example.org", "status": "4.2.2"},
    ]

    tell(told(message, "Bounce", bouncedRecipients=bounced))

    assert statuses(message) == {
        "ann0@example.org": DeliveryStatus.BOUNCED,
        "ann1@example.org": DeliveryStatus.SOFT_BOUNCED,
    }


def test_an_address_that_was_not_written_to_moves_nobody() -> None:
    message = sent(recipients=2)

    tell(told(message, "Bounce", recipients=("someone@example.net",)))

    assert set(statuses(message).values()) == {DeliveryStatus.UNKNOWN}
    assert kinds(message) == ["bounce"]


def test_ten_thousand_events_twice_in_any_order_end_as_once_in_order() -> None:
    messages = put_many(200)
    for number, message in enumerate(messages):
        message.ses_message_id = f"SES-{number}"
        message.state, message.attempts = MessageState.SENT, 1
    Message.objects.bulk_update(messages, ["ses_message_id", "state", "attempts"])
    events = [
        told(message, kind, ses_message_id=message.ses_message_id, **values)
        for message in messages
        for kind, values, _ in LIFE[: 1 + message.pk % len(LIFE)]
    ]
    expected = {m.pk: LIFE[m.pk % len(LIFE)][2] for m in messages}
    twice = [*events, *events]
    random.Random(7).shuffle(twice)

    for start in range(0, len(twice), 100):
        tell(*twice[start : start + 100])

    assert Event.objects.count() == len(events)
    found = dict(Recipient.objects.values_list("message_id", "delivery_status"))
    assert found == expected


# -- what is kept ------------------------------------------------------------------


def test_types_that_are_not_kept_are_acted_on_and_leave_no_row(
    settings: Any, heard: Listener
) -> None:
    settings.CUCUMBER_EVENTS = ["bounce", "complaint"]
    message = sent()

    tell(told(message, "Delivery"), told(message, "Bounce"))

    assert kinds(message) == ["bounce"]
    assert heard.names.count("delivered") == 1
    assert statuses(message) == {"ann0@example.org": DeliveryStatus.BOUNCED}


def test_a_new_type_of_ses_is_kept_under_its_name() -> None:
    message = sent()

    tell(told(message, "Teleported"))

    row = Event.objects.get()
    assert (row.type, row.detail["type_name"]) == (EventType.OTHER, "Teleported")


def test_sixty_events_take_as_few_queries_as_two(
    django_assert_max_num_queries: Any,
) -> None:
    messages = [sent(ses_message_id=f"SES-{number}") for number in range(60)]
    events = [
        told(message, "Delivery", ses_message_id=f"SES-{number}")
        for number, message in enumerate(messages)
    ]

    with django_assert_max_num_queries(10):
        tell(*events)


@pytest.mark.parametrize("kind", ["Send", "Delivery"])
def test_an_event_of_the_webhook_takes_few_queries(
    kind: str, django_assert_max_num_queries: Any
) -> None:
    message = sent()
    tell(told(message, "Send"))
    event = told(message, kind, ses_message_id="SES-2")

    # Two of them begin and end the transaction, one is only SQLite's or only MySQL's,
    # and one reads the message for whoever listens.
    with django_assert_max_num_queries(8):
        tell(event)


# -- signals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "signal"),
    [
        ("Send", "accepted"),
        ("Delivery", "delivered"),
        ("DeliveryDelay", "delayed"),
        ("Bounce", "bounced"),
        ("Complaint", "complained"),
        ("Reject", "rejected"),
        ("Rendering Failure", "rejected"),
        ("Open", "opened"),
        ("Click", "clicked"),
        ("Subscription", "subscription_changed"),
    ],
)
def test_a_project_hears_of_each_type_with_event_and_message(
    kind: str, signal: str, heard: Listener
) -> None:
    message = sent()
    event = told(message, kind)

    tell(event)

    assert heard.names == ["event_received", signal]
    assert heard.last(signal)["event"] == event
    assert heard.last(signal)["message"] == message


def test_a_new_type_is_heard_of_as_an_event(heard: Listener) -> None:
    tell(told(sent(), "Teleported"))

    assert heard.names == ["event_received"]


def test_nothing_is_heard_of_what_could_not_be_stored(
    monkeypatch: pytest.MonkeyPatch, heard: Listener
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("disk is full")

    monkeypatch.setattr("seacucumber.ses_events.ingest._move_statuses", fail)
    event = told(sent(), "Bounce")

    with pytest.raises(OperationalError):
        ingest_events([event], via=EventVia.QUEUE, for_s=0.0)

    assert heard.names == []
    assert not Event.objects.exists()


def test_a_hard_bounce_puts_its_address_onto_the_list() -> None:
    message = sent()

    tell(told(message, "Bounce"))

    assert Suppressed.objects.get().address == "ann0@example.org"
