"""Queues and their attributes over the API of SQS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.mail import refusal


def test_life_of_a_queue(sqs: Any) -> None:
    made = sqs.create_queue(QueueName="events", Attributes={"VisibilityTimeout": "60"})
    found = sqs.get_queue_url(QueueName="events")
    listed = sqs.list_queues(QueueNamePrefix="ev")
    url = made["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    sqs.delete_queue(QueueUrl=url)

    assert found["QueueUrl"] == url
    assert url.endswith("/123456789012/events")
    assert listed["QueueUrls"] == [url]
    assert told["QueueArn"] == "arn:aws:sqs:us-east-1:123456789012:events"
    assert told["VisibilityTimeout"] == "60"
    assert told["MessageRetentionPeriod"] == "345600"
    assert "QueueUrls" not in sqs.list_queues()
    missing = refusal(sqs.get_queue_url, QueueName="events")
    assert missing[:2] == ("AWS.SimpleQueueService.NonExistentQueue", 400)


def test_exception_has_the_name_that_boto3_knows(sqs: Any) -> None:
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="none")


def test_queue_is_created_again_only_as_it_is(sqs: Any) -> None:
    first = sqs.create_queue(QueueName="events", Attributes={"DelaySeconds": "5"})

    same = sqs.create_queue(QueueName="events", Attributes={"DelaySeconds": "5"})
    with pytest.raises(sqs.exceptions.QueueNameExists, match="DelaySeconds"):
        sqs.create_queue(QueueName="events", Attributes={"DelaySeconds": "6"})

    assert same["QueueUrl"] == first["QueueUrl"]


def test_attributes_are_changed_one_by_one(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="events", Attributes={"DelaySeconds": "5"})[
        "QueueUrl"
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    names = ["DelaySeconds", "Policy"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)

    assert told["Attributes"] == {"DelaySeconds": "5", "Policy": policy}


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ({"VisibilityTimeout": "-1"}, "InvalidAttributeValue"),
        ({"ReceiveMessageWaitTimeSeconds": "21"}, "InvalidAttributeValue"),
        ({"MessageRetentionPeriod": "59"}, "InvalidAttributeValue"),
        ({"Policy": "{"}, "InvalidAttributeValue"),
        ({"RedrivePolicy": "{}"}, "InvalidAttributeValue"),
        (
            {"RedrivePolicy": '{"deadLetterTargetArn": "a", "maxReceiveCount": 1001}'},
            "InvalidAttributeValue",
        ),
        ({"Colour": "blue"}, "InvalidAttributeName"),
    ],
)
def test_wrong_attributes_are_refused(
    attributes: dict[str, str], code: str, sqs: Any
) -> None:
    found, status, _ = refusal(
        sqs.create_queue, QueueName="events", Attributes=attributes
    )

    assert (found, status) == (code, 400)


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("create_queue", {"QueueName": "no spaces"}, "InvalidParameterValue"),
        ("receive_message", {"MaxNumberOfMessages": 11}, "InvalidParameterValue"),
        ("receive_message", {"WaitTimeSeconds": 21}, "InvalidParameterValue"),
        ("delete_message", {"ReceiptHandle": "x"}, "ReceiptHandleIsInvalid"),
        (
            "send_message",
            {"MessageBody": "x" * 262_145},
            "InvalidParameterValue",
        ),
    ],
)
def test_wrong_arguments_are_refused(
    operation: str, arguments: dict[str, Any], code: str, sqs: Any
) -> None:
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    if operation != "create_queue":
        arguments = {"QueueUrl": url, **arguments}

    assert refusal(getattr(sqs, operation), **arguments)[0] == code


def test_purge_empties_the_queue(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    sqs.purge_queue(QueueUrl=url)

    assert "Messages" not in sqs.receive_message(QueueUrl=url)
