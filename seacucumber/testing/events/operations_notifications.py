"""The operations of v1 on what an identity is told."""

from __future__ import annotations

from collections.abc import Mapping

from seacucumber.testing.events.destinations import Notifications
from seacucumber.testing.events.emitter import SERVICE
from seacucumber.testing.events.kinds import NOTIFIED, EventKind
from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.calls import Call, OperationV1
from seacucumber.testing.http.wire import element
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.arns import arn
from seacucumber.testing.ses.submission import members


def set_topic(account: Account, call: Call) -> str:
    """Tell a topic of one kind of event, or nobody any more."""
    kind = _kind(call)
    topic_arn = call.fields.get("SnsTopic", "")
    with account.lock:
        name, row = _row(account, call)
        source = arn("ses", account.settings.region, f"identity/{name}")
        if not topic_arn:
            row.topics.pop(kind, None)
        elif not account.topics.may_publish(topic_arn, SERVICE, source):
            raise Refusal(errors.bad_request(f"Invalid SNS topic <{topic_arn}>."))
        else:
            row.topics[kind] = topic_arn
    return ""


def set_headers(account: Account, call: Call) -> str:
    """Put the headers of the message into one kind of notification, or not."""
    kind = _kind(call)
    with account.lock:
        _, row = _row(account, call)
        if call.fields.get("Enabled") == "true":
            row.with_headers.add(kind)
        else:
            row.with_headers.discard(kind)
    return ""


def set_feedback_forwarding(account: Account, call: Call) -> str:
    """Tell of bounces and complaints by mail, or only by topics that are set."""
    enabled = call.fields.get("ForwardingEnabled") == "true"
    with account.lock:
        _, row = _row(account, call)
        if not enabled and not {EventKind.BOUNCE, EventKind.COMPLAINT} <= {*row.topics}:
            raise Refusal(
                errors.bad_request(
                    "Bounce and complaint topics have to be set before feedback "
                    "forwarding is switched off."
                )
            )
        row.by_mail = enabled
    return ""


def get_attributes(account: Account, call: Call) -> str:
    """What up to 100 identities are told."""
    entries = ""
    with account.lock:
        for name in members(call.fields, "Identities"):
            identity = account.identities.get(name)
            if identity:
                row = account.notifications.get(identity.name, Notifications())
                value = f"<value>{_attributes(row)}</value>"
                entries += f"<entry>{element('key', name)}{value}</entry>"
    return f"<NotificationAttributes>{entries}</NotificationAttributes>"


def _attributes(row: Notifications) -> str:
    topics = "".join(
        element(f"{kind.value}Topic", row.topics[kind])
        for kind in NOTIFIED
        if kind in row.topics
    )
    headers = "".join(
        element(
            f"HeadersIn{kind.value}NotificationsEnabled",
            str(kind in row.with_headers).lower(),
        )
        for kind in NOTIFIED
    )
    forwarding = element("ForwardingEnabled", str(row.by_mail).lower())
    return topics + forwarding + headers


def _kind(call: Call) -> EventKind:
    name = call.fields.get("NotificationType", "")
    for kind in NOTIFIED:
        if kind.value == name:
            return kind
    raise Refusal(errors.bad_request(f"Invalid notification type <{name}>."))


def _row(account: Account, call: Call) -> tuple[str, Notifications]:
    name = call.fields.get("Identity", "")
    if not name:
        raise Refusal(refusals.missing_member("identity"))
    key = account.identities.find(name).name
    return key, account.notifications.setdefault(key, Notifications())


OPERATIONS: Mapping[str, OperationV1] = {
    "SetIdentityNotificationTopic": set_topic,
    "SetIdentityHeadersInNotificationsEnabled": set_headers,
    "SetIdentityFeedbackForwardingEnabled": set_feedback_forwarding,
    "GetIdentityNotificationAttributes": get_attributes,
}
