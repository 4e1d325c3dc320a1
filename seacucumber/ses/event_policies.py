"""Who may hand events on: policies of the topic and of the queue.

"Event destinations" and "Set up Amazon SNS" of the SES developer guide; "Subscribing an
Amazon SQS queue to an Amazon SNS topic" of the SNS developer guide. Each names the one
source that may use it, or others could put events of their own in.
"""

from __future__ import annotations

import json
from typing import Any

#: Words of SES for the events that a configuration set publishes to us. Opens and
#: clicks are left out: they make SES rewrite the mail, and are asked for apart.
EVENT_TYPES = (
    "SEND",
    "DELIVERY",
    "BOUNCE",
    "COMPLAINT",
    "REJECT",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
)
#: After so many vain tries a message goes to the dead letters.
MAX_RECEIVES = 5
#: Messages are kept as long as SQS can: 14 days.
RETENTION_S = 1_209_600
#: Hidden for so long while somebody stores it.
VISIBILITY_S = 60


def topic_policy(topic_arn: str, configuration_set: str) -> str:
    """Return the policy of a topic that one configuration set publishes to."""
    _, partition, _, region, account, _ = topic_arn.split(":", 5)
    source = f"arn:{partition}:ses:{region}:{account}:configuration-set"
    return _policy(
        sid="SESMayPublish",
        service="ses.amazonaws.com",
        action="sns:Publish",
        resource=topic_arn,
        condition={
            "StringEquals": {
                "AWS:SourceAccount": account,
                "AWS:SourceArn": f"{source}/{configuration_set}",
            }
        },
    )


def queue_policy(queue_arn: str, topic_arn: str) -> str:
    """Return the policy of a queue that one topic sends to."""
    return _policy(
        sid="SNSMaySend",
        service="sns.amazonaws.com",
        action="sqs:SendMessage",
        resource=queue_arn,
        condition={"ArnEquals": {"aws:SourceArn": topic_arn}},
    )


def redrive_policy(dead_letters_arn: str) -> str:
    """Return what sends messages that nobody can store to the dead letters."""
    return json.dumps(
        {"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": MAX_RECEIVES},
        sort_keys=True,
    )


def same_json(one: str, other: str) -> bool:
    """Tell whether two policies say the same in the same words."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def _policy(
    *, sid: str, service: str, action: str, resource: str, condition: dict[str, Any]
) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
