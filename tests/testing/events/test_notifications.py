"""What an identity's own topics hear: ``notificationType``, and never a tag.

Source: "Amazon SNS notification contents for Amazon SES" and "Amazon SNS notification
examples for Amazon SES", SES developer guide.
"""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.testing import LocalSES
from tests.testing.listeners import SIMULATOR, bodies, events
from tests.testing.mail import call, mime, refusal

MAIL = {
    "timestamp",
    "messageId",
    "source",
    "sourceArn",
    "sourceIp",
    "callerIdentity",
    "sendingAccountId",
    "destination",
}
HEADERS = {"headersTruncated", "headers", "commonHeaders"}


@pytest.fixture
def queue(ses: LocalSES) -> str:
    """The URL of a queue behind a topic."""
    return ses.send_events_to_queue(configuration_set="unused")


@pytest.fixture
def topic_arn(queue: str, sns: Any) -> str:
    return str(sns.list_topics()["Topics"][0]["TopicArn"])


def tell(v1: Any, topic_arn: str, *names: str, identity: str = "example.com") -> None:
    for name in names:
        v1.set_identity_notification_topic(
            Identity=identity, NotificationType=name, SnsTopic=topic_arn
        )


def test_three_kinds_are_told_without_headers_and_tags(
    ses: LocalSES, v1: Any, v2: Any, sqs: Any, queue: str, topic_arn: str
) -> None:
    tell(v1, topic_arn, "Bounce", "Complaint", "Delivery")
    for local in ("bounce", "complaint"):
        v2.send_email(**call(to=[f"{local}@{SIMULATOR}"], tags={"a": "b"}))
    ses.wait_for_events()

    found = events(sqs, queue)

    kinds = [row["notificationType"] for row in found]
    assert kinds == ["Bounce", "Delivery", "Complaint"]
    bounce, delivery, complaint = found
    assert set(bounce) == {"notificationType", "mail", "bounce"}
    assert all(set(row["mail"]) == MAIL for row in found)
    assert "remoteMtaIp" in bounce["bounce"]
    assert "remoteMtaIp" in delivery["delivery"]
    assert "remoteMtaIp" not in complaint["complaint"]


def test_headers_come_if_they_are_asked_for(
    ses: LocalSES, v1: Any, v2: Any, sqs: Any, queue: str, topic_arn: str
) -> None:
    tell(v1, topic_arn, "Delivery")
    v1.set_identity_headers_in_notifications_enabled(
        Identity="example.com", NotificationType="Delivery", Enabled=True
    )
    v2.send_email(**call())
    ses.wait_for_events()

    [delivery] = events(sqs, queue)

    assert set(delivery["mail"]) == MAIL | HEADERS


def test_address_goes_before_its_domain(
    ses: LocalSES, v1: Any, v2: Any, sqs: Any, queue: str, topic_arn: str
) -> None:
    ses.verify("quiet@example.com")
    tell(v1, topic_arn, "Delivery")

    sender = "quiet@example.com"
    v2.send_email(**call(sender=sender, raw=mime(sender=sender)))
    ses.wait_for_events()

    assert bodies(sqs, queue) == []


def test_topic_can_be_taken_away(
    ses: LocalSES, v1: Any, v2: Any, sqs: Any, queue: str, topic_arn: str
) -> None:
    tell(v1, topic_arn, "Delivery")
    v1.set_identity_notification_topic(
        Identity="example.com", NotificationType="Delivery"
    )
    v2.send_email(**call())
    ses.wait_for_events()

    assert bodies(sqs, queue) == []


def test_attributes_are_told(v1: Any, topic_arn: str) -> None:
    tell(v1, topic_arn, "Bounce", "Complaint")
    v1.set_identity_feedback_forwarding_enabled(
        Identity="example.com", ForwardingEnabled=False
    )

    answer = v1.get_identity_notification_attributes(
        Identities=["example.com", "unknown.example"]
    )

    assert answer["NotificationAttributes"] == {
        "example.com": {
            "BounceTopic": topic_arn,
            "ComplaintTopic": topic_arn,
            "ForwardingEnabled": False,
            "HeadersInBounceNotificationsEnabled": False,
            "HeadersInComplaintNotificationsEnabled": False,
            "HeadersInDeliveryNotificationsEnabled": False,
        }
    }


def test_forwarding_stays_on_until_both_topics_are_there(
    v1: Any, topic_arn: str
) -> None:
    tell(v1, topic_arn, "Bounce")

    # "you can only disable it if bounce and complaint topics are set", says the guide.
    code, status, text = refusal(
        v1.set_identity_feedback_forwarding_enabled,
        Identity="example.com",
        ForwardingEnabled=False,
    )

    assert (code, status) == ("InvalidParameterValue", 400)
    assert "feedback forwarding" in text


@pytest.mark.parametrize(
    "arguments",
    [
        {"Identity": "example.com", "SnsTopic": "arn:aws:sns:us-east-1:1:nowhere"},
        {"Identity": "unknown.example"},
        {"Identity": "example.com", "NotificationType": "Open"},
    ],
)
def test_wrong_arguments_are_refused(v1: Any, arguments: dict[str, str]) -> None:
    code, status, _ = refusal(
        v1.set_identity_notification_topic,
        **{"NotificationType": "Bounce", **arguments},
    )

    assert (code, status) == ("InvalidParameterValue", 400)
