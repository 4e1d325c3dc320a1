"""What a configuration set's destination hears of a message.

The members that are expected are those of "Examples of event data that Amazon SES
publishes to Amazon SNS", SES developer guide.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from seacucumber.testing import LocalSES, Way
from tests.testing.listeners import SIMULATOR, bodies, events, kinds
from tests.testing.mail import call, mime

MAIL = {
    "timestamp",
    "source",
    "sourceArn",
    "sendingAccountId",
    "messageId",
    "destination",
    "headersTruncated",
    "headers",
    "commonHeaders",
    "tags",
}
MAIL_WITHOUT_HEADERS = MAIL - {"headers", "commonHeaders"}
DETAILS: dict[str, tuple[str, set[str]]] = {
    "Send": ("send", set()),
    "Delivery": (
        "delivery",
        {
            "timestamp",
            "processingTimeMillis",
            "recipients",
            "smtpResponse",
            "reportingMTA",
        },
    ),
    "Bounce": (
        "bounce",
        {
            "bounceType",
            "bounceSubType",
            "bouncedRecipients",
            "timestamp",
            "feedbackId",
            "reportingMTA",
        },
    ),
    "Complaint": (
        "complaint",
        {
            "complainedRecipients",
            "timestamp",
            "feedbackId",
            # "can either be null or OnAccountSuppressionList"; the example has none.
            "complaintSubType",
            "userAgent",
            "complaintFeedbackType",
            "arrivalDate",
        },
    ),
    "Reject": ("reject", {"reason"}),
    "Open": ("open", {"ipAddress", "timestamp", "userAgent"}),
    "Click": ("click", {"ipAddress", "timestamp", "userAgent", "link", "linkTags"}),
    "Rendering Failure": ("failure", {"errorMessage", "templateName"}),
    "DeliveryDelay": (
        "deliveryDelay",
        # "reportingMTA" is described, and not in the example.
        {
            "timestamp",
            "delayType",
            "expirationTime",
            "delayedRecipients",
            "reportingMTA",
        },
    ),
    "Subscription": (
        "subscription",
        {
            "contactList",
            "timestamp",
            "source",
            "newTopicPreferences",
            "oldTopicPreferences",
        },
    ),
}


@pytest.fixture
def queue(ses: LocalSES) -> str:
    """The URL of a queue that hears everything of the configuration set ``news``."""
    return ses.send_events_to_queue(configuration_set="news")


def send(v2: Any, *to: str, **more: Any) -> str:
    """Send a message with the configuration set; return SES's id."""
    more.setdefault("ConfigurationSetName", "news")
    return str(v2.send_email(**call(to=to or ["ann@example.net"], **more))["MessageId"])


@pytest.mark.parametrize("kind", DETAILS)
def test_event_has_the_members_that_are_documented(
    kind: str, ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    message_id = send(v2)
    ses.report(message_id, kind)
    ses.wait_for_events()

    event = events(sqs, queue)[-1]

    name, members = DETAILS[kind]
    assert set(event) == {"eventType", "mail", name}
    assert event["eventType"] == kind
    assert set(event[name]) == members
    bare = kind in ("Rendering Failure", "DeliveryDelay")
    assert set(event["mail"]) == (MAIL_WITHOUT_HEADERS if bare else MAIL)


def test_mail_object_tells_of_the_message(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    raw = mime(
        "Cc: Bob =?utf-8?q?M=C3=BCller?= <bob@example.net>",
        "Message-ID: <1@example.com>",
        sender="Sender Name <post@example.com>",
    )
    message_id = send(
        v2,
        "ann@example.net",
        "bob@example.net",
        raw=raw,
        sender="Sender Name <post@example.com>",
        tags={"campaign": "spring"},
    )
    ses.wait_for_events()

    mail = events(sqs, queue)[0]["mail"]

    assert mail["messageId"] == message_id
    assert mail["source"] == "Sender Name <post@example.com>"
    assert (
        mail["sourceArn"] == "arn:aws:ses:us-east-1:123456789012:identity/example.com"
    )
    assert mail["sendingAccountId"] == "123456789012"
    assert mail["destination"] == ["ann@example.net", "bob@example.net"]
    assert mail["headersTruncated"] is False
    assert {"name": "Subject", "value": "Hello"} in mail["headers"]
    assert mail["commonHeaders"] == {
        # "Any message ID within the commonHeaders field is from the original message"
        "messageId": "<1@example.com>",
        "from": ["Sender Name <post@example.com>"],
        "to": ["ann@example.net"],
        "cc": ["Bob Müller <bob@example.net>"],
        "subject": "Hello",
    }
    tags = mail["tags"]
    assert tags["campaign"] == ["spring"]
    assert tags["ses:configuration-set"] == ["news"]
    assert tags["ses:from-domain"] == ["example.com"]
    assert tags["ses:operation"] == ["SendEmail"]
    assert {"ses:source-ip", "ses:caller-identity"} <= set(tags)


def test_long_headers_are_cut_off(ses: LocalSES, v2: Any, sqs: Any, queue: str) -> None:
    headers = [f"X-Long-{number}: {'x' * 900}" for number in range(20)]
    send(v2, raw=mime(*headers))
    ses.wait_for_events()

    mail = events(sqs, queue)[0]["mail"]

    # "which occurs if the headers are larger than 10 KB"
    assert mail["headersTruncated"] is True
    length = sum(len(row["name"]) + len(row["value"]) for row in mail["headers"])
    assert 9_000 < length <= 10_240
    assert mail["commonHeaders"]["subject"] == "Hello"


@pytest.mark.parametrize(
    ("local", "told"),
    [
        ("success", ["Send", "Delivery"]),
        ("bounce", ["Send", "Bounce"]),
        ("ooto", ["Send", "Delivery", "Bounce"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist", ["Send", "Bounce"]),
        ("bounce+label", ["Send", "Bounce"]),
    ],
)
def test_mailbox_simulator_drives_the_events(
    local: str, told: list[str], ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    send(v2, f"{local}@{SIMULATOR}")
    ses.wait_for_events()

    assert kinds(events(sqs, queue)) == told


def test_simulated_bounces_say_why(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    found = {}
    for local in ("bounce", "suppressionlist", "ooto"):
        send(v2, f"{local}@{SIMULATOR}")
        ses.wait_for_events()
        bounce = events(sqs, queue)[-1]["bounce"]
        found[local] = bounce["bounceType"], bounce["bounceSubType"]

    # "SES treats the email as a hard bounce", with "a 550 5.1.1" for bounce@.
    assert found == {
        "bounce": ("Permanent", "General"),
        "suppressionlist": ("Permanent", "Suppressed"),
        "ooto": ("Transient", "General"),
    }


def test_bounces_of_one_message_come_together_and_deliveries_one_by_one(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    send(
        v2,
        "ann@example.net",
        f"bounce+1@{SIMULATOR}",
        "bob@example.net",
        f"bounce+2@{SIMULATOR}",
    )
    ses.wait_for_events()

    sent, first, second, bounce = events(sqs, queue)

    assert kinds([sent, first, second, bounce]) == [
        "Send",
        "Delivery",
        "Delivery",
        "Bounce",
    ]
    assert first["delivery"]["recipients"] == ["ann@example.net"]
    assert second["delivery"]["recipients"] == ["bob@example.net"]
    bounced = [row["emailAddress"] for row in bounce["bounce"]["bouncedRecipients"]]
    assert bounced == [f"bounce+1@{SIMULATOR}", f"bounce+2@{SIMULATOR}"]


@pytest.mark.parametrize("as_text", [True, False])
def test_virus_is_accepted_and_rejected(
    as_text: bool, ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    # The file of eicar.org, in two parts so that scanners leave this test alone.
    virus = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    body = virus if as_text else base64.encodebytes(virus)
    send(v2, raw=mime(body=body.decode()))
    ses.wait_for_events()

    sent, rejected = events(sqs, queue)

    assert sent["eventType"] == "Send"
    assert rejected["reject"] == {"reason": "Bad content"}


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("delivery", ["Send", "Delivery"]),
        ("delay", ["Send", "DeliveryDelay", "Delivery"]),
        ("soft-bounce", ["Send", "Bounce"]),
        ("bounce", ["Send", "Bounce"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
    ],
)
def test_a_test_says_what_becomes_of_an_address_or_domain(
    outcome: str, told: list[str], ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    ses.set_outcome("gone.example", outcome)
    ses.set_outcome("ann@gone.example", "delivery")

    send(v2, "bob@gone.example")
    ses.wait_for_events()
    by_domain = kinds(events(sqs, queue))
    send(v2, "ann@gone.example")
    ses.wait_for_events()

    assert by_domain == told
    assert kinds(events(sqs, queue)) == ["Send", "Delivery"]


def test_without_a_configuration_set_nobody_hears_of_it(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    v2.send_email(**call())
    ses.wait_for_events()

    assert bodies(sqs, queue) == []
    assert [row.kind for row in ses.emitted] == ["Send", "Delivery"]


def test_default_configuration_set_of_the_identity_counts(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    v2.create_email_identity(
        EmailIdentity="post@example.org", ConfigurationSetName="news"
    )
    ses.verify("post@example.org")
    sender = "post@example.org"
    v2.send_email(**call(sender=sender, raw=mime(sender=sender)))
    ses.wait_for_events()

    sent = events(sqs, queue)[0]

    assert sent["mail"]["tags"]["ses:configuration-set"] == ["news"]
    assert sent["mail"]["sourceArn"].endswith(":identity/post@example.org")


def test_destination_hears_only_what_it_asked_for(
    ses: LocalSES, v2: Any, sns: Any, sqs: Any
) -> None:
    queue = ses.send_events_to_queue(configuration_set="news")
    topic_arn = sns.list_topics()["Topics"][0]["TopicArn"]
    ses.set_configuration_set("alerts")
    v2.create_configuration_set_event_destination(
        ConfigurationSetName="alerts",
        EventDestinationName="bad-news",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
            "SnsDestination": {"TopicArn": topic_arn},
        },
    )
    ses.wait_for_events()
    bodies(sqs, queue)

    send(v2, f"complaint@{SIMULATOR}", ConfigurationSetName="alerts")
    ses.wait_for_events()

    assert kinds(events(sqs, queue)) == ["Complaint"]


def test_raw_delivery_has_no_envelope(ses: LocalSES, v2: Any, sqs: Any) -> None:
    url = ses.send_events_to_queue(configuration_set="news", way=Way.RAW)
    send(v2)
    ses.wait_for_events()

    assert kinds([json.loads(body) for body in bodies(sqs, url)]) == [
        "Send",
        "Delivery",
    ]


def test_eventbridge_wraps_the_same_event(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    url = ses.send_events_to_queue(
        "bridge", configuration_set="news", way=Way.EVENTBRIDGE
    )
    message_id = send(v2, f"bounce@{SIMULATOR}")
    ses.wait_for_events()

    wrapped = [json.loads(body) for body in bodies(sqs, url)]

    # "Amazon SES events", EventBridge events reference.
    assert [row["detail-type"] for row in wrapped] == ["Email Sent", "Email Bounced"]
    assert set(wrapped[0]) == {
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    }
    assert wrapped[0]["source"] == "aws.ses"
    assert wrapped[0]["resources"] == [
        "arn:aws:ses:us-east-1:123456789012:configuration-set/news"
    ]
    assert [row["detail"] for row in wrapped] == events(sqs, queue)
    assert wrapped[1]["detail"]["mail"]["messageId"] == message_id
