"""Envelopes of SNS, as they are posted to a web address: who may have sent them.

Sources: "Verifying the signatures of Amazon SNS messages" and "Amazon SNS message and
JSON formats" in the SNS developer guide.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from seacucumber.conf import Mailer
from seacucumber.exceptions import Forged, Stale, Unreadable
from seacucumber.ses.inbound import values
from seacucumber.ses.inbound.messaging_clients import get_messaging_clients
from seacucumber.ses.inbound.sns_certificates import Sender, Shared, certificates
from seacucumber.ses.throttle import asking

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

#: SNS gives up after an hour at most ("Amazon SNS message delivery retries").
OLDEST = timedelta(hours=2)
NEWEST = timedelta(minutes=15)

_CONFIRMING = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn"),
    "Type",
)
#: What is signed of each type, in this order.
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: (
        *("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    ),
    SUBSCRIPTION: _CONFIRMING,
    UNSUBSCRIPTION: _CONFIRMING,
}
#: The signed text separates fields by line feeds and escapes none: a field with one in
#: it could pass for several. Only these two may have any character.
_FREE = frozenset({"Message", "Subject"})
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - version 1 is that; a setting has to allow it
    "2": hashes.SHA256(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What SNS has posted, verified.

    Args:
        type: `NOTIFICATION`, `SUBSCRIPTION` or `UNSUBSCRIPTION`.
        message: SES's JSON, or SNS's words about a subscription.
        token: What confirms a subscription; empty for notifications.
        posted_at: When SNS had it, by its Timestamp.
    """

    type: str
    message_id: str
    topic: str
    message: str = field(repr=False)
    token: str = field(repr=False, default="")
    posted_at: datetime | None = None


def open_envelope(
    body: bytes,
    *,
    topics: Mapping[str, Collection[str]],
    now: datetime,
    type_header: str,
    shared: Shared,
    is_friend: Callable[[str], bool],
) -> Envelope:
    """Return what SNS has posted, if it was SNS, of one of our topics, just now.

    Nothing is fetched for topics of others. A genuine signature does not make a topic
    ours, since everybody may have one.

    Args:
        topics: ARNs of our topics, and which signature versions each may have.
        now: By the database's clock.
        type_header: The header ``x-amz-sns-message-type``.
        shared: What all processes know of certificates.
        is_friend: Tells of a message whether its writer knows what strangers do not.

    Raises:
        Unreadable: if it is no envelope.
        NotOurs: if it is of another topic.
        Stale: if it is older than SNS's last try, or comes from the future.
        Forged: if SNS has not signed it.
        TryAgain: if SNS's certificate cannot be had now.
        DatabaseError: if it is not known whether the certificate is known.
    """
    fields = _fields(body)
    if fields["Type"] != type_header:
        raise Forged("Its type is not that of its header.")
    _look_at_age(fields, now)
    topic = fields["TopicArn"]
    # A topic of others is judged as ours are, or the answer would tell which these are.
    versions = topics.get(topic) or frozenset[str]().union(*topics.values())
    signature = _signature(fields, versions)
    sender = Sender(
        topic=topic,
        is_ours=topic in topics,
        is_friend=lambda: is_friend(fields["Message"]),
    )
    key = certificates.key(
        fields["SigningCertURL"], sender=sender, shared=shared, now=now
    )
    _verify(fields, signature, key)
    return Envelope(
        type=fields["Type"],
        message_id=fields["MessageId"],
        topic=fields["TopicArn"],
        message=fields["Message"],
        token=fields.get("Token", ""),
        posted_at=values.moment(fields["Timestamp"]),
    )


def confirm(mailer: Mailer, envelope: Envelope) -> str:
    """Confirm a subscription, and return its ARN.

    Asked of SNS itself: the SubscribeURL that a stranger may have sent is never
    visited. From then on, unsubscribing takes credentials.

    Raises:
        AccountError: if SNS does not take the token.
    """
    region = envelope.topic.split(":")[3]
    with asking("sns:ConfirmSubscription"):
        answer = (
            get_messaging_clients(mailer)
            .sns(region)
            .confirm_subscription(
                TopicArn=envelope.topic,
                Token=envelope.token,
                AuthenticateOnUnsubscribe="true",
            )
        )
    return answer["SubscriptionArn"]


def signed_text(fields: Mapping[str, str]) -> bytes:
    """Return what SNS signs of an envelope."""
    names = _SIGNED[fields["Type"]]
    lines = (f"{name}\n{fields[name]}\n" for name in names if name in fields)
    return "".join(lines).encode()


def _fields(body: bytes) -> dict[str, str]:
    """Return the fields of an envelope that we need, all of them strings."""
    document = _load(body)
    kind = document.get("Type")
    if not isinstance(kind, str) or kind not in _SIGNED:
        if "eventType" in document or "notificationType" in document:
            raise Unreadable(
                "It is an event without SNS's envelope, which nobody has signed: switch"
                " off raw message delivery of the subscription."
            )
        raise Unreadable("It is no envelope of SNS.")
    names = (*_SIGNED[kind], "SignatureVersion", "Signature", "SigningCertURL")
    fields = {}
    for name in names:
        value = document.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str) or not _is_plain(name, value):
            raise Unreadable(f"Its {name} is missing, or not a plain string.")
        fields[name] = value
    return fields


def _load(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_doubles,
            parse_constant=values.refuse,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"It is not JSON: {type(error).__name__}.") from error
    if not isinstance(document, dict):
        raise Unreadable("It is not a JSON object.")
    return document


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _is_plain(name: str, value: str) -> bool:
    """Tell whether a field has no character that it cannot have."""
    if name in _FREE:
        # Half of a surrogate pair has no UTF-8 that could have been signed.
        return _HALF_PAIR.search(value) is None
    return value.isascii() and value.isprintable() and bool(value)


def _look_at_age(fields: Mapping[str, str], now: datetime) -> None:
    at = values.moment(fields["Timestamp"])
    if at is None:
        raise Unreadable("Its Timestamp is not a date.")
    if not now - OLDEST <= at <= now + NEWEST:
        raise Stale("Its Timestamp is not of the last two hours, by our database.")


def _signature(fields: Mapping[str, str], versions: Collection[str]) -> bytes:
    version = fields["SignatureVersion"]
    if version not in versions or version not in _HASHES:
        raise Forged(
            f"Its signature version {version[:8]!r} is not in"
            " CUCUMBER_SNS_SIGNATURE_VERSIONS. Set the attribute SignatureVersion of"
            " the topic to 2."
        )
    try:
        return base64.b64decode(fields["Signature"], validate=True)
    except binascii.Error as error:
        raise Forged("Its signature is not base64.") from error


def _verify(fields: Mapping[str, str], signature: bytes, key: RSAPublicKey) -> None:
    hashed = _HASHES[fields["SignatureVersion"]]
    try:
        key.verify(signature, signed_text(fields), padding.PKCS1v15(), hashed)
    except InvalidSignature as error:
        raise Forged("Its signature is wrong.") from error
