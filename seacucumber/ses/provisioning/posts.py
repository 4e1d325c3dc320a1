"""How SNS posts a topic's events to web addresses, as its subscriptions say.

Source: "Amazon SNS message delivery retries" and "Amazon SNS dead-letter queues", SNS
developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seacucumber.conf import Mailer
from seacucumber.ses.inbound.messaging_clients import endpoint_of, get_messaging_clients
from seacucumber.ses.throttle import asking

_WEB = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSubscription:
    """A web address that gets what is published to a topic.

    Args:
        confirmed: Whether the address has said that it wants it.
        retried_for_s: How long SNS comes again to an address that does not answer.
        dead_letters_arn: The queue for what was not taken even then; empty if there is
            none.
    """

    endpoint: str
    confirmed: bool
    retried_for_s: float = 0.0
    dead_letters_arn: str = ""


def read_web_subscriptions(mailer: Mailer, topic_arn: str) -> list[WebSubscription]:
    """Return the web addresses that are subscribed to a topic.

    Raises:
        AccountError: if SNS does not tell; `AccessDenied` names the permission.
    """
    client = get_messaging_clients(mailer).sns(topic_arn.split(":")[3])
    found: list[WebSubscription] = []
    where: dict[str, Any] = {"TopicArn": topic_arn}
    while True:
        with asking("sns:ListSubscriptionsByTopic"):
            page = client.list_subscriptions_by_topic(**where)
        for row in page.get("Subscriptions", []):
            if row["Protocol"] not in _WEB:
                continue
            arn = row["SubscriptionArn"]
            if not arn.startswith("arn:"):
                # SNS's word in place of one that nobody has confirmed.
                found.append(WebSubscription(endpoint=row["Endpoint"], confirmed=False))
                continue
            with asking("sns:GetSubscriptionAttributes"):
                answer = client.get_subscription_attributes(SubscriptionArn=arn)
            found.append(_subscription(row["Endpoint"], answer["Attributes"]))
        if not page.get("NextToken"):
            return found
        where["NextToken"] = page["NextToken"]


def is_queue(queue_arn: str, queue_url: str) -> bool:
    """Tell whether an ARN and a URL name the same queue.

    Where the URL's host tells no region, account and name decide.
    """
    _, _, _, region, account, name = queue_arn.split(":", 5)
    same_path = queue_url.rstrip("/").endswith(f"/{account}/{name}")
    return same_path and endpoint_of(queue_url)[1] in ("", region)


def _subscription(endpoint: str, attributes: Mapping[str, str]) -> WebSubscription:
    # What is in force, with what the topic adds, where SNS tells it.
    policy = attributes.get("EffectiveDeliveryPolicy") or attributes.get(
        "DeliveryPolicy", ""
    )
    redrive = _object(attributes.get("RedrivePolicy", ""))
    return WebSubscription(
        endpoint=endpoint,
        confirmed=True,
        retried_for_s=_retried_for_s(_object(policy).get("healthyRetryPolicy")),
        dead_letters_arn=str(redrive.get("deadLetterTargetArn") or ""),
    )


def _retried_for_s(retry: Any) -> float:
    """Return the sum of all waits; in the back-off phase they are taken as linear."""
    document = retry if isinstance(retry, Mapping) else {}
    total, none, least, most = (
        _number(document, name, default)
        for name, default in (
            ("numRetries", 3),
            ("numNoDelayRetries", 0),
            ("numMinDelayRetries", 0),
            ("numMaxDelayRetries", 0),
        )
    )
    min_s = _number(document, "minDelayTarget", 20)
    max_s = _number(document, "maxDelayTarget", 20)
    between = max(total - none - least - most, 0)
    return least * min_s + between * (min_s + max_s) / 2 + most * max_s


def _number(document: Mapping[str, Any], name: str, default: int) -> float:
    value = document.get(name)
    return value if isinstance(value, int | float) else default


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
