"""AWS's documented samples, in both formats and all envelopes; and what is none."""

from __future__ import annotations

import contextlib
import copy
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seacucumber.enums import DeliveryStatus, EventType
from seacucumber.exceptions import Unreadable
from seacucumber.ses.inbound.details import (
    Bounce,
    Click,
    Delay,
    Delivery,
    Open,
    Reject,
    RenderingFailure,
    Subscription,
)
from seacucumber.ses.inbound.event import SESEvent, read_event
from tests.ses.event_samples import (
    ENVELOPES,
    NOTIFIED,
    PUBLISHED,
    SAMPLES,
    bare,
    from_event_bridge,
    from_sns,
)

#: How many examples are made up; 100,000 take a quarter of an hour.
EXAMPLES = int(os.environ.get("SEACUCUMBER_TEST_EXAMPLES", "150"))

TYPES = {
    "Bounce": (EventType.BOUNCE, DeliveryStatus.BOUNCED),
    "Complaint": (EventType.COMPLAINT, DeliveryStatus.COMPLAINED),
    "Delivery": (EventType.DELIVERY, DeliveryStatus.DELIVERED),
    "Send": (EventType.SEND, DeliveryStatus.UNKNOWN),
    "Reject": (EventType.REJECT, DeliveryStatus.REJECTED),
    "Open": (EventType.OPEN, DeliveryStatus.UNKNOWN),
    "Click": (EventType.CLICK, DeliveryStatus.UNKNOWN),
    "Rendering Failure": (EventType.RENDERING_FAILURE, DeliveryStatus.REJECTED),
    "DeliveryDelay": (EventType.DELAY, DeliveryStatus.DELAYED),
    "Subscription": (EventType.SUBSCRIPTION, DeliveryStatus.UNKNOWN),
}


def read(body: str | bytes) -> SESEvent:
    event = read_event(body)
    assert event is not None
    return event


def published(name: str, **changes: Any) -> dict[str, Any]:
    """Return a copy of a sample, with some of its parts changed."""
    said = copy.deepcopy(PUBLISHED[name])
    for part, values in changes.items():
        said[part].update(values)
    return said


# -- what AWS documents --------------------------------------------------------


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_event_is_read(name: str, envelope: str) -> None:
    said = PUBLISHED[name]

    event = read(ENVELOPES[envelope](said))

    assert (event.type, event.delivery_status) == TYPES[name]
    assert event.type_name == name
    assert event.ses_message_id == said["mail"]["messageId"]
    assert event.source == "sender@example.com"
    assert event.account == "123456789012"
    assert event.configuration_set == "ConfigSet"
    assert list(event.destination) == said["mail"]["destination"]
    assert event.raw == said


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("name", NOTIFIED)
def test_every_notification_of_an_identity_is_read(name: str, envelope: str) -> None:
    event = read(ENVELOPES[envelope](NOTIFIED[name]))

    assert (event.type, event.delivery_status) == TYPES[name.split()[0]]
    assert event.configuration_set == ""
    assert (event.message_uid, event.attempt) == ("", 0)
    assert event.sent_at == datetime(2016, 1, 27, 14, 59, 38, 237000, UTC)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_envelope_makes_no_difference(name: str) -> None:
    read_alike = [read(envelope(SAMPLES[name])) for envelope in ENVELOPES.values()]

    assert read_alike[0] == read_alike[1] == read_alike[2]


def test_a_bounce_tells_who_why_and_when() -> None:
    event = read(bare(PUBLISHED["Bounce"]))

    assert event.bounce == Bounce(
        type="Permanent", subtype="General", reporting_mta="dsn; mta.example.com"
    )
    assert event.bounce.is_hard
    [actor] = event.recipients
    assert actor.address == "recipient@example.com"
    assert (actor.status, actor.action) == ("5.1.1", "failed")
    assert actor.diagnostic == "smtp; 550 5.1.1 user unknown"
    assert event.at == datetime(2017, 8, 5, 0, 41, 2, 669000, UTC)
    assert event.sent_at == datetime(2017, 8, 5, 0, 40, 2, 12000, UTC)
    assert event.feedback_id.startswith("01000157c44f053b-61b59c11")


def test_a_bounce_without_a_report_names_those_whom_it_concerns() -> None:
    event = read(bare(NOTIFIED["Bounce without a DSN"]))

    addresses = [who.address for who in event.recipients]
    assert addresses == ["jane@example.com", "richard@example.com"]
    assert "mary@example.com" in event.destination


def test_a_complaint_tells_what_kind_it_is() -> None:
    complaint = read(bare(PUBLISHED["Complaint"])).complaint

    assert complaint is not None
    assert complaint.feedback_type == "abuse"
    assert complaint.arrived_at == datetime(2017, 8, 5, 0, 41, 2, 669000, UTC)
    assert complaint.user_agent.startswith("Mozilla/5.0 (Windows NT 10.0")


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        (
            "Delivery",
            Delivery(
                processing_ms=11893,
                smtp_response="250 2.6.0 Message received",
                reporting_mta="mta.example.com",
            ),
        ),
        ("Send", None),
        ("Reject", Reject(reason="Bad content")),
        (
            "Rendering Failure",
            RenderingFailure(
                template="MyTemplate",
                error="Attribute 'attributeName' is not present in the rendering data.",
            ),
        ),
        (
            "DeliveryDelay",
            Delay(
                type="TransientCommunicationFailure",
                expires_at=datetime(2020, 6, 16, 0, 25, 40, 914000, UTC),
            ),
        ),
        (
            "Subscription",
            Subscription(contact_list="ContactListName", source="UnsubscribeHeader"),
        ),
    ],
)
def test_other_types_tell_their_own(name: str, detail: object) -> None:
    assert read(bare(PUBLISHED[name])).detail == detail


def test_opens_and_clicks_tell_where_from() -> None:
    opened = read(bare(PUBLISHED["Open"])).detail
    clicked = read(bare(PUBLISHED["Click"])).detail

    assert isinstance(opened, Open)
    assert opened.ip_address == "192.0.2.1"
    assert isinstance(clicked, Click)
    assert clicked.link.endswith("/send-email-smtp.html")


# -- bounces and complaints that are something else ----------------------------


@pytest.mark.parametrize(
    ("kind", "subtype", "status"),
    [
        ("Undetermined", "Undetermined", DeliveryStatus.SOFT_BOUNCED),
        ("Permanent", "General", DeliveryStatus.BOUNCED),
        ("Permanent", "NoEmail", DeliveryStatus.BOUNCED),
        ("Permanent", "Suppressed", DeliveryStatus.SUPPRESSED),
        ("Permanent", "OnAccountSuppressionList", DeliveryStatus.SUPPRESSED),
        ("Permanent", "SomethingNew", DeliveryStatus.BOUNCED),
        ("Transient", "General", DeliveryStatus.SOFT_BOUNCED),
        ("Transient", "MailboxFull", DeliveryStatus.SOFT_BOUNCED),
        ("Transient", "MessageTooLarge", DeliveryStatus.SOFT_BOUNCED),
        ("Transient", "ContentRejected", DeliveryStatus.SOFT_BOUNCED),
        ("Transient", "AttachmentRejected", DeliveryStatus.SOFT_BOUNCED),
    ],
)
def test_every_documented_bounce_type_has_a_delivery_status(
    kind: str, subtype: str, status: DeliveryStatus
) -> None:
    said = published("Bounce", bounce={"bounceType": kind, "bounceSubType": subtype})

    assert read(bare(said)).delivery_status == status


def test_taking_a_mail_out_of_spam_is_no_complaint() -> None:
    said = published("Complaint", complaint={"complaintFeedbackType": "not-spam"})

    event = read(bare(said))

    assert (event.type, event.delivery_status) == (
        EventType.COMPLAINT,
        DeliveryStatus.UNKNOWN,
    )


def test_a_complaint_that_the_suppression_list_made_is_no_new_one() -> None:
    said = published(
        "Complaint", complaint={"complaintSubType": "OnAccountSuppressionList"}
    )

    assert read(bare(said)).delivery_status == DeliveryStatus.SUPPRESSED


# -- our tags ------------------------------------------------------------------


def tagged(**tags: list[Any]) -> SESEvent:
    said = published("Send", mail={})
    said["mail"]["tags"].update(tags)
    return read(bare(said))


def test_our_tags_lead_to_message_and_attempt() -> None:
    event = tagged(cucumber_message=["0123456789abcdef" * 2], cucumber_attempt=["3"])

    assert (event.message_uid, event.attempt) == ("0123456789abcdef" * 2, 3)


@pytest.mark.parametrize(
    ("uid", "attempt"),
    [
        (["x"], ["1"]),
        (["0123456789ABCDEF" * 2], ["0"]),
        ([], []),
        ([7], [7]),
        (["0123456789abcdef" * 2 + "\n"], ["1\n"]),
        (["' OR 1=1"], ["-1"]),
        (["a"], ["9" * 400]),
    ],
)
def test_tags_that_we_have_not_written_lead_nowhere(
    uid: list[Any], attempt: list[Any]
) -> None:
    event = tagged(cucumber_message=uid, cucumber_attempt=attempt)

    assert event.message_uid == ""


def test_an_address_with_a_name_and_capitals_is_that_address() -> None:
    said = published("Bounce")
    said["bounce"]["bouncedRecipients"] = [{"emailAddress": '"Ann" <Ann@Example.COM>'}]

    assert [who.address for who in read(bare(said)).recipients] == ["ann@example.com"]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("ann+shop@example.com", "ann+shop@example.com"),
        ("=?utf-8?q?Ann?= <ann@example.com>", "ann@example.com"),
        ('"a, <b>" <ann@example.com>', "ann@example.com"),
        (" ann@example.com ", "ann@example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ('"ann@home"@example.com', '"ann@home"@example.com'),
    ],
)
@pytest.mark.parametrize("name", ["Bounce", "Complaint", "DeliveryDelay", "Delivery"])
def test_an_address_is_found_however_it_is_written(
    name: str, written: str, address: str
) -> None:
    keys = {
        "Bounce": ("bounce", "bouncedRecipients"),
        "Complaint": ("complaint", "complainedRecipients"),
        "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
        "Delivery": ("delivery", "recipients"),
    }
    part, key = keys[name]
    said = published(name)
    said[part][key] = [written if name == "Delivery" else {"emailAddress": written}]

    assert [who.address for who in read(bare(said)).recipients] == [address]


# -- what may be missing, or be more -------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    "mail",
    [
        {"headers": None, "commonHeaders": None, "headersTruncated": True},
        {"headers": [], "commonHeaders": {"from": None, "subject": None}},
        {"source": None, "sourceArn": None, "sendingAccountId": None},
        {"tags": None},
        {"tags": {"ses:configuration-set": []}},
        {"destination": None},
    ],
)
def test_a_mail_of_which_little_is_told_is_read(
    name: str, mail: dict[str, Any]
) -> None:
    said = copy.deepcopy(SAMPLES[name])
    whole = read(bare(said))
    said["mail"].update(mail)

    event = read(bare(said))

    assert (event.type, event.delivery_status, event.at) == (
        whole.type,
        whole.delivery_status,
        whole.at,
    )


@pytest.mark.parametrize(
    ("name", "part", "values"),
    [
        ("Bounce", "bounce", {"bouncedRecipients": []}),
        ("Bounce", "bounce", {"reportingMTA": None, "feedbackId": None}),
        ("Complaint", "complaint", {"complainedRecipients": None}),
        ("Complaint", "complaint", {"complaintSubType": None, "userAgent": None}),
        ("DeliveryDelay", "deliveryDelay", {"delayedRecipients": []}),
        ("Delivery", "delivery", {"smtpResponse": None, "recipients": []}),
        ("Click", "click", {"linkTags": None, "link": None}),
        ("Open", "open", {"ipAddress": None, "userAgent": None}),
        ("Subscription", "subscription", {"newTopicPreferences": None}),
    ],
)
def test_an_event_of_which_little_is_told_is_read(
    name: str, part: str, values: dict[str, Any]
) -> None:
    event = read(bare(published(name, **{part: values})))

    assert (event.type, event.delivery_status) == TYPES[name]


@pytest.mark.parametrize("timestamp", [None, "", "yesterday"])
def test_without_a_time_of_the_mail_it_is_that_of_the_event(timestamp: object) -> None:
    said = published("Bounce", mail={"timestamp": timestamp})

    event = read(bare(said))

    assert event.sent_at == event.at
    assert event.at == read(bare(PUBLISHED["Bounce"])).at


@pytest.mark.parametrize("name", ["Send", "Reject", "Rendering Failure"])
def test_without_any_time_it_is_when_sns_had_it(name: str) -> None:
    said = published(name, mail={"timestamp": None})
    posted_at = datetime(2012, 5, 2, 0, 54, 6, 655000, UTC)

    enclosed = read(from_sns(said))
    opened = read_event(bare(said), posted_at=posted_at)

    assert opened is not None
    for event in (enclosed, opened):
        assert (event.sent_at, event.at) == (posted_at, posted_at)
    with pytest.raises(Unreadable, match="timestamp"):
        read_event(bare(said))


def test_an_empty_diagnostic_is_none() -> None:
    said = published("Bounce")
    said["bounce"]["bouncedRecipients"] = [
        {"emailAddress": "ann@example.com", "diagnosticCode": "", "status": None}
    ]

    [actor] = read(bare(said)).recipients

    assert (actor.diagnostic, actor.status) == ("", "")


@pytest.mark.parametrize(
    "kind",
    [
        # "Contents of event data", DeliveryDelay object.
        *("InternalFailure", "General", "MailboxFull", "SpamDetected"),
        *("RecipientServerError", "IPFailure", "TransientCommunicationFailure"),
        *("BYOIPHostNameLookupUnavailable", "Undetermined", "SendingDeferral"),
    ],
)
def test_every_reason_for_a_delay_is_told(kind: str) -> None:
    event = read(bare(published("DeliveryDelay", deliveryDelay={"delayType": kind})))

    assert event.delivery_status == DeliveryStatus.DELAYED
    assert isinstance(event.detail, Delay)
    assert event.detail.type == kind


# -- the same event, again -----------------------------------------------------


def test_one_event_has_one_fingerprint_for_each_recipient() -> None:
    both = read(bare(NOTIFIED["Bounce without a DSN"]))
    said = copy.deepcopy(NOTIFIED["Bounce without a DSN"])
    del said["bounce"]["bouncedRecipients"][0]
    alone = read(from_sns(said))

    richard = both.fingerprint("richard@example.com")
    assert alone.fingerprint("richard@example.com") == richard
    assert both.fingerprint("jane@example.com") != richard


def test_a_bounce_that_comes_in_both_formats_is_one() -> None:
    event = published("Bounce")
    notification = published("Bounce")
    notification["notificationType"] = notification.pop("eventType")
    del notification["mail"]["tags"]
    actor = "recipient@example.com"

    assert read(bare(event)).fingerprint(actor) == read(bare(notification)).fingerprint(
        actor
    )


def test_two_clicks_at_the_same_time_are_two() -> None:
    other = published("Click", click={"link": "https://example.com/other"})

    first, second = read(bare(PUBLISHED["Click"])), read(bare(other))

    assert first.fingerprint("") != second.fingerprint("")


def test_a_bounce_after_a_delivery_is_another_event() -> None:
    prints = {
        read(bare(PUBLISHED[name])).fingerprint("recipient@example.com")
        for name in ("Delivery", "Bounce", "Complaint", "DeliveryDelay")
    }

    assert len(prints) == 4


# -- what is not documented ----------------------------------------------------


def test_a_new_type_is_kept_under_its_own_name() -> None:
    said = {
        **published("Send"),
        "eventType": "Teleported",
        "teleported": {"to": "Mars"},
    }

    event = read(bare(said))

    assert (event.type, event.type_name) == (EventType.OTHER, "Teleported")
    assert event.delivery_status == DeliveryStatus.UNKNOWN
    assert event.fingerprint("") != read(bare({**said, "teleported": {}})).fingerprint(
        ""
    )


def test_new_fields_do_not_matter() -> None:
    said = published("Bounce", bounce={"novelty": [1]}, mail={"novelty": {"a": None}})

    assert read(bare(said)).delivery_status == DeliveryStatus.BOUNCED


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2018-10-08T14:05:45 +0000", datetime(2018, 10, 8, 14, 5, 45, tzinfo=UTC)),
        ("2018-10-08T16:05:45+02:00", datetime(2018, 10, 8, 14, 5, 45, tzinfo=UTC)),
        ("2018-10-08T14:05:45", datetime(2018, 10, 8, 14, 5, 45, tzinfo=UTC)),
        (
            "2012-05-25T14:59:38.623-07:00",
            datetime(2012, 5, 25, 21, 59, 38, 623000, UTC),
        ),
    ],
)
def test_dates_are_read_as_aws_has_written_them(
    written: str, expected: datetime
) -> None:
    event = read(bare(published("Bounce", bounce={"timestamp": written})))

    assert event.at == expected
    assert event.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "greeting",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        json.dumps(
            {
                "Type": "Notification",
                "Message": "Successfully validated SNS topic for Amazon SES event"
                " publishing.",
            }
        ),
        json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded"}),
        from_event_bridge({"version": "1.0.0", "data": {}}),
    ],
    ids=["topic", "topic in an envelope", "identity", "account"],
)
def test_what_is_about_no_mail_is_no_event_and_no_error(greeting: str) -> None:
    assert read_event(greeting) is None
    assert read_event(greeting.encode()) is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "7",
        '"text"',
        "{",
        "{}",
        '{"eventType": "Bounce"}',
        '{"eventType": "Bounce", "mail": {}}',
        '{"eventType": 7, "mail": {}}',
        '{"eventType": "Send", "mail": null}',
        '{"Type": "Notification", "Message": {}}',
        '{"Type": "Notification", "Message": "hello"}',
        '{"source": "aws.ses", "detail": []}',
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"eventType": NaN}',
        "9" * 10_000,
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"eventType": "\xff"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_event_is_refused_with_a_reason(body: str | bytes) -> None:
    with pytest.raises(Unreadable, match=r"^It"):
        read_event(body)


@pytest.mark.parametrize("part", ["bounce", "mail"])
@pytest.mark.parametrize("value", [None, [], "x", 7])
def test_a_part_that_is_missing_makes_an_event_unreadable(
    part: str, value: object
) -> None:
    with pytest.raises(Unreadable, match=part):
        read_event(bare({**published("Bounce"), part: value}))


def test_ten_thousand_recipients_are_not_ses() -> None:
    many = [{"emailAddress": f"a{n}@example.com"} for n in range(10_000)]

    with pytest.raises(Unreadable, match="bouncedRecipients"):
        read_event(bare(published("Bounce", bounce={"bouncedRecipients": many})))


def test_a_type_that_is_nested_deeply_is_no_trouble_later() -> None:
    deep = json.loads("[" * 500 + "]" * 500)
    said = {**published("Send"), "eventType": "Deep", "deep": deep}

    with contextlib.suppress(Unreadable):
        assert read(bare(said)).fingerprint("")


def test_characters_that_databases_refuse_are_taken_out() -> None:
    said = published("Reject", reject={"reason": "a\x00b\ud800c" + "x" * 5000})

    detail = read(bare(said)).detail

    assert isinstance(detail, Reject)
    assert detail.reason.startswith("ab?c")
    assert len(detail.reason) <= 255


# -- anything at all -----------------------------------------------------------

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def broken_samples(draw: st.DrawFn) -> dict[str, Any]:
    """A sample of AWS's in which some values are something else."""
    said = copy.deepcopy(draw(st.sampled_from(list(SAMPLES.values()))))
    for _ in range(draw(st.integers(1, 4))):
        here: Any = said
        while isinstance(here, dict | list) and here:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = draw(st.sampled_from(keys))
            inner = here[key]
            if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
                here[key] = draw(json_values)
                break
            here = inner
    return said


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(said=broken_samples(), envelope=st.sampled_from(list(ENVELOPES)))
def test_whatever_comes_is_an_event_or_unreadable(
    said: dict[str, Any], envelope: str
) -> None:
    try:
        event = read_event(ENVELOPES[envelope](said))
    except Unreadable:
        return
    if event is not None:
        prints = {event.fingerprint(who.address) for who in event.recipients}
        assert all(len(each) == 32 for each in prints)
        assert event.delivery_status in DeliveryStatus
