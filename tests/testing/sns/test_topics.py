"""Topics and subscriptions over the API of SNS."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from seacucumber.testing import LocalSES
from tests.testing.listeners import Listening, bodies
from tests.testing.mail import refusal

ARN = "arn:aws:sns:us-east-1:123456789012:events"


@pytest.fixture
def topic_arn(sns: Any) -> str:
    return str(sns.create_topic(Name="events")["TopicArn"])


def test_life_of_a_topic(sns: Any) -> None:
    made = sns.create_topic(Name="events", Attributes={"SignatureVersion": "2"})
    again = sns.create_topic(Name="events")
    listed = sns.list_topics()["Topics"]
    told = sns.get_topic_attributes(TopicArn=ARN)["Attributes"]
    sns.delete_topic(TopicArn=ARN)

    assert made["TopicArn"] == again["TopicArn"] == ARN
    assert listed == [{"TopicArn": ARN}]
    assert told["SignatureVersion"] == "2"
    assert told["Owner"] == "123456789012"
    assert sns.list_topics()["Topics"] == []
    missing = refusal(sns.get_topic_attributes, TopicArn=ARN)
    assert missing == ("NotFound", 404, "Topic does not exist")


def test_web_address_is_asked_and_confirms_through_the_api(
    ses: LocalSES, sns: Any, web: Listening, topic_arn: str
) -> None:
    answer = sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=web.url)
    ses.publish(topic_arn, "too early")
    ses.wait_for_events()
    [question] = web.envelopes
    confirmed = sns.confirm_subscription(
        TopicArn=question["TopicArn"], Token=question["Token"]
    )
    ses.publish(topic_arn, "in time")
    ses.wait_for_events()

    assert answer["SubscriptionArn"] == "pending confirmation"
    assert question["Type"] == "SubscriptionConfirmation"
    assert set(question) == {
        "Type",
        "MessageId",
        "Token",
        "TopicArn",
        "Message",
        "SubscribeURL",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
    }
    link = urlsplit(question["SubscribeURL"])
    assert link.netloc == "sns.us-east-1.amazonaws.com"
    assert parse_qs(link.query) == {
        "Action": ["ConfirmSubscription"],
        "TopicArn": [topic_arn],
        "Token": [question["Token"]],
    }
    assert confirmed["SubscriptionArn"].startswith(f"{topic_arn}:")
    assert web.envelopes[-1]["Message"] == "in time"
    assert len(web.posts) == 2


def test_wrong_token_confirms_nothing(
    ses: LocalSES, sns: Any, web: Listening, topic_arn: str
) -> None:
    sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=web.url)

    found = refusal(sns.confirm_subscription, TopicArn=topic_arn, Token="0" * 128)

    assert found == ("InvalidParameter", 400, "Invalid parameter: Invalid token")


def test_subscribing_again_asks_again(
    ses: LocalSES, sns: Any, web: Listening, topic_arn: str
) -> None:
    for _ in range(2):
        sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=web.url)
    ses.wait_for_events()

    first, second = web.envelopes
    assert first["Token"] == second["Token"]
    rows = sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
    assert [row["SubscriptionArn"] for row in rows] == ["PendingConfirmation"]


def test_queue_is_subscribed_at_once_and_can_be_raw(
    ses: LocalSES, sns: Any, sqs: Any, topic_arn: str
) -> None:
    url = ses.send_events_to_queue("events", configuration_set="news")
    [row] = sns.list_subscriptions()["Subscriptions"]
    arn = row["SubscriptionArn"]
    sns.set_subscription_attributes(
        SubscriptionArn=arn,
        AttributeName="RawMessageDelivery",
        AttributeValue="true",
    )
    told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    sns.publish(TopicArn=topic_arn, Message="hello")
    sns.unsubscribe(SubscriptionArn=arn)
    sns.publish(TopicArn=topic_arn, Message="nobody hears this")

    assert told["RawMessageDelivery"] == "true"
    assert told["PendingConfirmation"] == "false"
    assert bodies(sqs, url) == ["hello"]


@pytest.mark.parametrize(
    ("policy", "arrives"),
    [
        (None, False),
        ({"aws:SourceArn": ARN}, True),
        ({"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:other"}, False),
        ({"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:*"}, True),
    ],
)
def test_queue_has_to_let_the_topic_in(
    policy: dict[str, str] | None,
    arrives: bool,
    ses: LocalSES,
    sns: Any,
    sqs: Any,
    topic_arn: str,
) -> None:
    queue_arn = "arn:aws:sqs:us-east-1:123456789012:mine"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnLike": policy},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    attributes = {} if policy is None else {"Policy": text}
    url = sqs.create_queue(QueueName="mine", Attributes=attributes)["QueueUrl"]
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)

    sns.publish(TopicArn=topic_arn, Message="hello")

    assert len(bodies(sqs, url)) == arrives


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_topic", {"Name": "no spaces"}),
        ("create_topic", {"Name": "a", "Attributes": {"SignatureVersion": "3"}}),
        ("create_topic", {"Name": "a", "Attributes": {"Colour": "blue"}}),
        ("create_topic", {"Name": "a", "Attributes": {"Policy": "[]"}}),
        ("subscribe", {"TopicArn": ARN, "Protocol": "fax", "Endpoint": "1"}),
        ("subscribe", {"TopicArn": ARN, "Protocol": "https", "Endpoint": "ftp://a"}),
        ("subscribe", {"TopicArn": ARN, "Protocol": "sqs", "Endpoint": "queue"}),
    ],
)
def test_wrong_arguments_are_refused(
    operation: str, arguments: dict[str, Any], sns: Any, topic_arn: str
) -> None:
    code, status, _ = refusal(getattr(sns, operation), **arguments)

    assert (code, status) == ("InvalidParameter", 400)
