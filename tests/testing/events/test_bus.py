"""EventBridge: rules of the default bus, and what they let through."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from seacucumber.testing import LocalSES, Way
from tests.testing.listeners import SIMULATOR, bodies
from tests.testing.mail import call, refusal

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:ses-events"


@pytest.fixture
def bridge(ses: LocalSES, connect: Callable[..., Any]) -> Any:
    """An ``events`` client of the local SES."""
    return connect(ses.url, "events")


def test_life_of_a_rule(bridge: Any) -> None:
    pattern = json.dumps({"source": ["aws.ses"]})
    made = bridge.put_rule(Name="ses", EventPattern=pattern)
    bridge.put_targets(Rule="ses", Targets=[{"Id": "queue", "Arn": QUEUE_ARN}])
    told = bridge.describe_rule(Name="ses")
    listed = bridge.list_rules(NamePrefix="s")["Rules"]
    targets = bridge.list_targets_by_rule(Rule="ses")["Targets"]
    in_use = refusal(bridge.delete_rule, Name="ses")
    bridge.remove_targets(Rule="ses", Ids=["queue"])
    bridge.delete_rule(Name="ses")

    assert made["RuleArn"] == "arn:aws:events:us-east-1:123456789012:rule/ses"
    assert json.loads(told["EventPattern"]) == {"source": ["aws.ses"]}
    assert [row["Arn"] for row in listed] == [made["RuleArn"]]
    assert targets == [{"Id": "queue", "Arn": QUEUE_ARN}]
    assert in_use[0] == "ValidationException"
    assert bridge.list_rules()["Rules"] == []
    assert refusal(bridge.describe_rule, Name="ses")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ({"source": ["aws.ses"]}, ["Email Sent", "Email Bounced"]),
        ({"detail-type": ["Email Bounced"]}, ["Email Bounced"]),
        ({"detail-type": [{"prefix": "Email S"}]}, ["Email Sent"]),
        ({"detail": {"bounce": {"bounceType": ["Permanent"]}}}, ["Email Bounced"]),
        ({"detail": {"bounce": [{"exists": False}]}}, ["Email Sent"]),
        ({"detail": {"mail": {"destination": ["nobody@example.net"]}}}, []),
        ({"source": ["aws.s3"]}, []),
    ],
)
def test_pattern_chooses(
    pattern: dict[str, Any],
    told: list[str],
    ses: LocalSES,
    v2: Any,
    sqs: Any,
    bridge: Any,
) -> None:
    url = ses.send_events_to_queue(configuration_set="news", way=Way.EVENTBRIDGE)
    bridge.put_rule(Name="ses-events", EventPattern=json.dumps(pattern))

    v2.send_email(**call(to=[f"bounce@{SIMULATOR}"], ConfigurationSetName="news"))
    ses.wait_for_events()

    found = [json.loads(body)["detail-type"] for body in bodies(sqs, url)]
    assert found == told


@pytest.mark.parametrize("pattern", ["", "[]", "{", "{}"])
def test_pattern_that_is_none_is_refused(bridge: Any, pattern: str) -> None:
    code, status, _ = refusal(bridge.put_rule, Name="ses", EventPattern=pattern)

    assert (code, status) == ("InvalidEventPatternException", 400)


def test_queue_has_to_let_the_rule_in(
    ses: LocalSES, v2: Any, sqs: Any, bridge: Any
) -> None:
    url = ses.send_events_to_queue(configuration_set="news", way=Way.EVENTBRIDGE)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})

    v2.send_email(**call(ConfigurationSetName="news"))
    ses.wait_for_events()

    assert bodies(sqs, url) == []
