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
#: After so many vain tries a message goes to the dead letters. A database that goes
#: away between receiving and storing costs one.
MAX_RECEIVES = 10
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


def delivery_policy() -> str:
    """Return how SNS posts again to a web address: for an hour, its hard limit.

    Ten seconds apart at first and then a minute, with no phase in between whose waits
    depend on a function: 10 x 10 s + 58 x 60 s = 3,580 s of 3,600. "Amazon SNS message
    delivery retries", SNS developer guide.
    """
    retry = {
        "minDelayTarget": 10,
        "maxDelayTarget": 60,
        "numRetries": 68,
        "numNoDelayRetries": 0,
        "numMinDelayRetries": 10,
        "numMaxDelayRetries": 58,
        "backoffFunction": "linear",
    }
    return json.dumps({"healthyRetryPolicy": retry}, sort_keys=True)


def lost_posts_policy(queue_arn: str) -> str:
    """Return what sends posts that nobody has taken to a queue."""
    return json.dumps({"deadLetterTargetArn": queue_arn})


def joined(known: str, wanted: str) -> str:
    """Return a policy that somebody has, with the statement of ours in it.

    Statements of others stay, and so do ours for another source: a second configuration
    set may publish to the same topic. One of ours that names no source is replaced.
    """
    try:
        rows = json.loads(known)["Statement"]
    except (ValueError, KeyError, TypeError):
        return wanted
    rows = rows if isinstance(rows, list) else [rows]
    [mine] = json.loads(wanted)["Statement"]
    ours = [row for row in rows if _is_same(row, mine)]
    if len(ours) == 1 and {**ours[0], "Sid": mine["Sid"]} == mine:
        return known
    others = [row for row in rows if row not in ours]
    taken = {row.get("Sid") for row in others}
    names = (f"{mine['Sid']}{number or ''}" for number in range(len(taken) + 1))
    sid = next(name for name in names if name not in taken)
    return _document([*others, {**mine, "Sid": sid}])


def _is_same(row: dict[str, Any], mine: dict[str, Any]) -> bool:
    """Tell whether a statement is ours, for the same source or for any."""
    is_ours = str(row.get("Sid", "")).rstrip("0123456789") == mine["Sid"]
    return is_ours and _source(row) in ("", _source(mine))


def _source(row: dict[str, Any]) -> Any:
    conditions = row.get("Condition") or {}
    named = [pair for pairs in conditions.values() for pair in pairs.items()]
    return next((arn for key, arn in named if key.lower() == "aws:sourcearn"), "")


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
    return _document([statement])


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
