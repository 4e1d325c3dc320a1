"""The operations of SNS. One function for each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.calls import Call, OperationV1
from seacucumber.testing.http.wire import element
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.arns import ACCOUNT_ID
from seacucumber.testing.sns import refusals
from seacucumber.testing.sns.delivery_policies import (
    DEFAULT_DELIVERY_POLICY,
    read_dead_letters,
    read_delays,
)
from seacucumber.testing.sns.topics import PENDING, Subscription

PROTOCOLS = frozenset({"http", "https", "sqs"})

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOPIC_ATTRIBUTES = frozenset(
    {
        "DeliveryPolicy",
        "DisplayName",
        "KmsMasterKeyId",
        "Policy",
        "SignatureVersion",
        "TracingConfig",
    }
)


def create_topic(account: Account, call: Call) -> str:
    """Add a topic, or find the one that is there."""
    name = _required(call, "Name")
    if not _NAME.fullmatch(name):
        raise Refusal(refusals.invalid_parameter("Topic Name"))
    attributes = _entries(call, "Attributes")
    for attribute, text in attributes.items():
        _check_attribute(attribute, text)
    return element("TopicArn", account.topics.create(name, attributes).arn)


def delete_topic(account: Account, call: Call) -> str:
    """Remove a topic and its subscriptions."""
    account.topics.delete(_required(call, "TopicArn"))
    return ""


def list_topics(account: Account, call: Call) -> str:
    """All topics."""
    rows = (
        f"<member>{element('TopicArn', topic_arn)}</member>"
        for topic_arn in account.topics.arns()
    )
    return f"<Topics>{''.join(rows)}</Topics>"


def get_topic_attributes(account: Account, call: Call) -> str:
    """What the topic was told."""
    topic = account.topics.find(_required(call, "TopicArn"))
    rows = account.topics.subscriptions(topic.arn)
    confirmed = sum(row.confirmed for row in rows)
    return _map(
        {
            "TopicArn": topic.arn,
            "Owner": ACCOUNT_ID,
            "DisplayName": "",
            "SubscriptionsConfirmed": str(confirmed),
            "SubscriptionsPending": str(len(rows) - confirmed),
            "SubscriptionsDeleted": "0",
            **topic.attributes,
            "Policy": topic.policy,
        }
    )


def set_topic_attributes(account: Account, call: Call) -> str:
    """Change one attribute."""
    topic = account.topics.find(_required(call, "TopicArn"))
    name = _required(call, "AttributeName")
    text = call.fields.get("AttributeValue", "")
    _check_attribute(name, text)
    topic.attributes[name] = text
    return ""


def _check_attribute(name: str, text: str) -> None:
    if name not in _TOPIC_ATTRIBUTES:
        raise Refusal(refusals.invalid_parameter("AttributeName"))
    if name == "SignatureVersion" and text not in ("1", "2"):
        raise Refusal(refusals.invalid_parameter("SignatureVersion"))
    if name == "Policy" and not _is_json_object(text):
        raise Refusal(refusals.invalid_parameter("Policy Error: null"))


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def subscribe(account: Account, call: Call) -> str:
    """Subscribe a queue or a web address; the latter is asked to confirm."""
    protocol = _required(call, "Protocol")
    endpoint = _required(call, "Endpoint")
    if protocol not in PROTOCOLS:
        raise Refusal(
            refusals.invalid_parameter(f"Does not support this protocol [{protocol}]")
        )
    prefix = "arn:aws:sqs:" if protocol == "sqs" else f"{protocol}://"
    if not endpoint.startswith(prefix):
        raise Refusal(refusals.invalid_parameter("Endpoint"))
    attributes = _entries(call, "Attributes")
    raw = attributes.pop("RawMessageDelivery", "false").lower() == "true"
    for name, text in attributes.items():
        _check_subscription_policy(name, text)
    row = account.topics.subscribe(
        _required(call, "TopicArn"), protocol, endpoint, raw=raw
    )
    row.policies.update(attributes)
    tells = row.confirmed or call.fields.get("ReturnSubscriptionArn") == "true"
    return element("SubscriptionArn", row.arn if tells else "pending confirmation")


def confirm_subscription(account: Account, call: Call) -> str:
    """Say that a subscription is wanted."""
    topic_arn = _required(call, "TopicArn")
    row = account.topics.confirm(topic_arn, _required(call, "Token"))
    return element("SubscriptionArn", row.arn)


def unsubscribe(account: Account, call: Call) -> str:
    """End a subscription."""
    account.topics.unsubscribe(_required(call, "SubscriptionArn"))
    return ""


def list_subscriptions(account: Account, call: Call) -> str:
    """All subscriptions."""
    return _listed(account.topics.subscriptions())


def list_subscriptions_by_topic(account: Account, call: Call) -> str:
    """The subscriptions of one topic."""
    topic = account.topics.find(_required(call, "TopicArn"))
    return _listed(account.topics.subscriptions(topic.arn))


def _listed(rows: list[Subscription]) -> str:
    members = "".join(
        "<member>"
        + element("SubscriptionArn", row.arn if row.confirmed else PENDING)
        + element("Owner", ACCOUNT_ID)
        + element("Protocol", row.protocol)
        + element("Endpoint", row.endpoint)
        + element("TopicArn", row.topic_arn)
        + "</member>"
        for row in rows
    )
    return f"<Subscriptions>{members}</Subscriptions>"


def get_subscription_attributes(account: Account, call: Call) -> str:
    """What the subscription was told."""
    row = account.topics.subscription(_required(call, "SubscriptionArn"))
    effective = {}
    if row.protocol != "sqs":
        policy = row.policies.get("DeliveryPolicy") or DEFAULT_DELIVERY_POLICY
        effective = {"EffectiveDeliveryPolicy": policy}
    return _map(
        {
            "SubscriptionArn": row.arn,
            "TopicArn": row.topic_arn,
            "Owner": ACCOUNT_ID,
            "Protocol": row.protocol,
            "Endpoint": row.endpoint,
            "RawMessageDelivery": str(row.raw).lower(),
            "PendingConfirmation": str(not row.confirmed).lower(),
            "ConfirmationWasAuthenticated": str(row.confirmed).lower(),
            **row.policies,
            **effective,
        }
    )


def set_subscription_attributes(account: Account, call: Call) -> str:
    """Change how a subscription gets its messages."""
    row = account.topics.subscription(_required(call, "SubscriptionArn"))
    name = _required(call, "AttributeName")
    text = call.fields.get("AttributeValue", "")
    if name == "RawMessageDelivery":
        row.raw = text.lower() == "true"
        return ""
    _check_subscription_policy(name, text)
    row.policies[name] = text
    return ""


def _check_subscription_policy(name: str, text: str) -> None:
    if name not in ("DeliveryPolicy", "RedrivePolicy"):
        raise Refusal(refusals.invalid_parameter("AttributeName"))
    if name == "DeliveryPolicy":
        read_delays(text)
    else:
        read_dead_letters(text)


def publish(account: Account, call: Call) -> str:
    """Publish a message."""
    message = _required(call, "Message")
    subject = call.fields.get("Subject")
    topic_arn = _required(call, "TopicArn")
    return element("MessageId", account.topics.publish(topic_arn, message, subject))


def _required(call: Call, name: str) -> str:
    value = str(call.fields.get(name, ""))
    if not value:
        raise Refusal(refusals.invalid_parameter(name))
    return value


def _entries(call: Call, name: str) -> dict[str, str]:
    """Return a map of the query protocol: ``Name.entry.1.key``, ``.value``."""
    found: dict[str, str] = {}
    prefix = f"{name}.entry."
    while (key := call.fields.get(f"{prefix}{len(found) + 1}.key")) is not None:
        found[key] = call.fields.get(f"{prefix}{len(found) + 1}.value", "")
    return found


def _map(rows: Mapping[str, str]) -> str:
    entries = "".join(
        f"<entry>{element('key', name)}{element('value', text)}</entry>"
        for name, text in rows.items()
    )
    return f"<Attributes>{entries}</Attributes>"


OPERATIONS: Mapping[str, OperationV1] = {
    "CreateTopic": create_topic,
    "DeleteTopic": delete_topic,
    "ListTopics": list_topics,
    "GetTopicAttributes": get_topic_attributes,
    "SetTopicAttributes": set_topic_attributes,
    "Subscribe": subscribe,
    "ConfirmSubscription": confirm_subscription,
    "Unsubscribe": unsubscribe,
    "ListSubscriptions": list_subscriptions,
    "ListSubscriptionsByTopic": list_subscriptions_by_topic,
    "GetSubscriptionAttributes": get_subscription_attributes,
    "SetSubscriptionAttributes": set_subscription_attributes,
    "Publish": publish,
}
