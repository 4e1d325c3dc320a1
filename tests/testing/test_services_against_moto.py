"""Moto as a second opinion on SNS, SQS and EventBridge.

Where moto is known to be wrong, the comparison says so. It has no suppression list.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from seacucumber.testing import LocalSES
from tests.testing.mail import client
from tests.testing.test_against_moto import outcome, shape

Ask = Callable[..., Any]
TOPIC = "arn:aws:sns:us-east-1:123456789012:events"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:events"


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def both(moto_url: str, ses: LocalSES) -> Iterator[Callable[[str, Ask], list[Any]]]:
    """Return a function that does the same with moto and with the local SES."""
    # Moto's state outlives its server.
    reset = urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    clients = {
        service: [client(url, service) for url in (moto_url, ses.url)]
        for service in ("sns", "sqs", "events")
    }

    yield lambda service, ask: [outcome(ask, each) for each in clients[service]]

    for pair in clients.values():
        for each in pair:
            each.close()


def in_queue(ask: Callable[[Any, str], Any]) -> Ask:
    """Return a call that gets the queue's URL, which differs."""
    return lambda each: ask(each, each.get_queue_url(QueueName="events")["QueueUrl"])


@pytest.fixture
def queue(both: Any) -> None:
    both("sqs", lambda each: each.create_queue(QueueName="events"))


def test_queue_is_created_and_listed(both: Any, queue: None) -> None:
    moto, ours = both("sqs", lambda each: each.list_queues())

    tails = [answer["QueueUrls"][0].split("/", 3)[3] for answer in (moto, ours)]
    assert tails == ["123456789012/events"] * 2


def test_attributes_are_told(both: Any, queue: None) -> None:
    moto, ours = both(
        "sqs",
        in_queue(
            lambda each, url: each.get_queue_attributes(
                QueueUrl=url, AttributeNames=["All"]
            )
        ),
    )

    moto, ours = moto["Attributes"], ours["Attributes"]
    stamps = {"CreatedTimestamp", "LastModifiedTimestamp"}
    # Moto knows of the old limit; AWS raised it to 1 MiB in 2025, by default 256 KiB.
    for name in set(ours) & set(moto) - stamps - {"MaximumMessageSize"}:
        assert ours[name] == moto[name], name
    assert set(moto) <= set(ours)


def test_message_is_sent_received_and_deleted(both: Any, queue: None) -> None:
    sent = both(
        "sqs",
        in_queue(lambda each, url: each.send_message(QueueUrl=url, MessageBody="a")),
    )

    def take(each: Any, url: str) -> Any:
        answer = each.receive_message(QueueUrl=url, AttributeNames=["All"])
        receipt = answer["Messages"][0]["ReceiptHandle"]
        each.delete_message(QueueUrl=url, ReceiptHandle=receipt)
        return answer

    received = both("sqs", in_queue(take))
    empty = both("sqs", in_queue(lambda each, url: each.receive_message(QueueUrl=url)))

    assert shape(sent[0]) == shape(sent[1])
    assert sent[0]["MD5OfMessageBody"] == sent[1]["MD5OfMessageBody"]
    assert shape(received[0]) == shape(received[1])
    assert empty == [{}, {}]


@pytest.mark.parametrize(
    "ask",
    [
        lambda each: each.get_queue_url(QueueName="none"),
        lambda each: each.create_queue(QueueName="no spaces"),
        in_queue(
            lambda each, url: each.receive_message(QueueUrl=url, MaxNumberOfMessages=11)
        ),
        in_queue(lambda each, url: each.delete_message_batch(QueueUrl=url, Entries=[])),
        in_queue(
            lambda each, url: each.send_message_batch(
                QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "a"}] * 2
            )
        ),
    ],
)
def test_refusals_of_sqs_are_the_same(ask: Ask, both: Any, queue: None) -> None:
    moto, ours = both("sqs", ask)

    assert moto == ours


def test_topic_is_created_told_and_deleted(both: Any) -> None:
    created = both("sns", lambda each: each.create_topic(Name="events"))
    moto, ours = both("sns", lambda each: each.get_topic_attributes(TopicArn=TOPIC))
    listed = both("sns", lambda each: each.list_topics())
    deleted = both("sns", lambda each: each.delete_topic(TopicArn=TOPIC))
    missing = both("sns", lambda each: each.get_topic_attributes(TopicArn=TOPIC))

    assert created == [{"TopicArn": TOPIC}] * 2
    for name in ("Owner", "SubscriptionsConfirmed", "SubscriptionsPending"):
        assert moto["Attributes"][name] == ours["Attributes"][name]
    # In both the account's own resources may publish by default.
    for answer in (moto, ours):
        statement = json.loads(answer["Attributes"]["Policy"])["Statement"]
        rows = statement if isinstance(statement, list) else [statement]
        assert rows[0]["Condition"] == {
            "StringEquals": {"AWS:SourceOwner": "123456789012"}
        }
    assert listed == [{"Topics": [{"TopicArn": TOPIC}]}] * 2
    assert deleted == [{}, {}]
    assert missing == [("NotFound", 404)] * 2


def test_queue_is_subscribed(both: Any, queue: None) -> None:
    both("sns", lambda each: each.create_topic(Name="events"))
    subscribed = both(
        "sns",
        lambda each: each.subscribe(
            TopicArn=TOPIC,
            Protocol="sqs",
            Endpoint=QUEUE,
            Attributes={"RawMessageDelivery": "true"},
        ),
    )
    listed = both("sns", lambda each: each.list_subscriptions_by_topic(TopicArn=TOPIC))

    def told(each: Any) -> Any:
        [row] = each.list_subscriptions()["Subscriptions"]
        return each.get_subscription_attributes(SubscriptionArn=row["SubscriptionArn"])

    moto, ours = both("sns", told)

    assert all(row["SubscriptionArn"].startswith(TOPIC) for row in subscribed)
    assert shape(listed[0]) == shape(listed[1])
    for name in ("Protocol", "Endpoint", "RawMessageDelivery", "PendingConfirmation"):
        assert moto["Attributes"][name] == ours["Attributes"][name], name


def test_envelope_in_a_queue_has_the_same_members(both: Any, queue: None) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
            }
        ],
    }
    both(
        "sqs",
        in_queue(
            lambda each, url: each.set_queue_attributes(
                QueueUrl=url, Attributes={"Policy": json.dumps(policy)}
            )
        ),
    )
    both("sns", lambda each: each.create_topic(Name="events"))
    both(
        "sns",
        lambda each: each.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE),
    )
    both("sns", lambda each: each.publish(TopicArn=TOPIC, Message="a", Subject="b"))

    received = both(
        "sqs", in_queue(lambda each, url: each.receive_message(QueueUrl=url))
    )

    moto, ours = (json.loads(answer["Messages"][0]["Body"]) for answer in received)
    assert shape(moto) == shape(ours)
    for name in ("Type", "TopicArn", "Message", "Subject"):
        assert moto[name] == ours[name]


def test_rule_is_put_and_told(both: Any) -> None:
    pattern = '{"source": ["aws.ses"]}'
    put = both("events", lambda each: each.put_rule(Name="a", EventPattern=pattern))
    both(
        "events",
        lambda each: each.put_targets(Rule="a", Targets=[{"Id": "q", "Arn": QUEUE}]),
    )
    targets = both("events", lambda each: each.list_targets_by_rule(Rule="a"))
    missing = both("events", lambda each: each.describe_rule(Name="b"))

    assert put[0] == put[1]
    assert targets[0] == targets[1]
    assert missing[0] == missing[1]
