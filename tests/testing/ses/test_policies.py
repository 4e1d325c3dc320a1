"""Resource policies, as IAM evaluates them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seacucumber.testing.ses.policies import allows

QUEUE = "arn:aws:sqs:us-east-1:123456789012:events"
TOPIC = "arn:aws:sns:us-east-1:123456789012:events"


def statement(**changes: Any) -> dict[str, Any]:
    """Return what AWS's guides tell to write for SNS and SQS, with changes."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
        **changes,
    }


def lets_in(*statements: Any) -> bool:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return allows(
        policy,
        service="sns.amazonaws.com",
        action="sqs:SendMessage",
        resource_arn=QUEUE,
        source_arn=TOPIC,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"Action": "SQS:SendMessage"}, True),
        ({"Action": ["sqs:*"]}, True),
        ({"Resource": "*"}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        (
            {"Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}},
            True,
        ),
        ({"Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:events"}}}, True),
        ({"Effect": "Deny"}, False),
        ({"Action": "sqs:ReceiveMessage"}, False),
        ({"Resource": f"{QUEUE}-other"}, False),
        ({"Principal": {"Service": "events.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}}}, False),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:::x"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, False),
    ],
)
def test_one_statement(changes: dict[str, Any], expected: bool) -> None:
    assert lets_in(statement(**changes)) is expected


def test_nobody_is_let_in_by_nothing() -> None:
    assert not lets_in()
    assert not allows(
        "",
        service="sns.amazonaws.com",
        action="sqs:SendMessage",
        resource_arn=QUEUE,
        source_arn=TOPIC,
    )


def test_denial_wins() -> None:
    assert not lets_in(statement(), statement(Effect="Deny", Condition={}))
