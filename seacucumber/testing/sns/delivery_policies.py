"""How often and when SNS tries again, as a subscription's attributes say.

Source: "Amazon SNS message delivery retries" and "Amazon SNS dead-letter queues", SNS
developer guide.
"""

from __future__ import annotations

import json
from typing import Any

from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.sns import refusals

#: "This is a hard limit and cannot be increased."
TOTAL_MAX_S = 3600
#: "Default delivery policy": three more posts, 20 seconds apart.
DEFAULT_DELIVERY_POLICY = json.dumps(
    {
        "healthyRetryPolicy": {
            "minDelayTarget": 20,
            "maxDelayTarget": 20,
            "numRetries": 3,
            "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "backoffFunction": "linear",
        }
    }
)
_RETRIES_MAX = 100
_COUNTS = ("numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries")


def read_delays(policy: str) -> tuple[float, ...]:
    """Return the waits before each retry that a delivery policy asks for.

    The back-off phase is taken as linear, whatever its function: only the others are
    exact.

    Raises:
        Refusal: if SNS would not take the policy.
    """
    retry = _object(policy, "DeliveryPolicy").get("healthyRetryPolicy")
    if not isinstance(retry, dict):
        raise _refusal("healthyRetryPolicy must be there")
    total = _number(retry, "numRetries", 3)
    none, least, most = (_number(retry, name, 0) for name in _COUNTS)
    min_s = _number(retry, "minDelayTarget", 20)
    max_s = _number(retry, "maxDelayTarget", 20)
    between = total - none - least - most
    if between < 0 or total > _RETRIES_MAX or not 1 <= min_s <= max_s <= TOTAL_MAX_S:
        raise _refusal("healthyRetryPolicy is out of bounds")
    step_s = (max_s - min_s) / (between + 1)
    backoff = (min_s + step_s * number for number in range(1, between + 1))
    delays = (*[0.0] * none, *[min_s] * least, *backoff, *[max_s] * most)
    if sum(delays) > TOTAL_MAX_S:
        raise _refusal("Total policy retry time cannot be greater than 3600 seconds")
    return tuple(float(delay_s) for delay_s in delays)


def read_dead_letters(policy: str) -> str:
    """Return the ARN of the queue that a redrive policy names.

    Raises:
        Refusal: if it names none.
    """
    queue_arn = _object(policy, "RedrivePolicy").get("deadLetterTargetArn")
    if not isinstance(queue_arn, str) or not queue_arn.startswith("arn:aws:sqs:"):
        raise Refusal(refusals.invalid_parameter("RedrivePolicy"))
    return queue_arn


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refusal(refusals.invalid_parameter(name))
    return found


def _number(retry: dict[str, Any], name: str, default: int) -> int:
    value = retry.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _refusal(f"{name} must be a whole number")
    return value


def _refusal(why: str) -> Refusal:
    return Refusal(refusals.invalid_parameter(f"DeliveryPolicy: {why}"))
