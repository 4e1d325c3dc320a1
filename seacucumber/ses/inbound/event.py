"""From SES's JSON to `SESEvent`: both formats, in any of the three envelopes.

* Event publishing of configuration sets says ``eventType`` and has our tags; feedback
  notifications of identities say ``notificationType`` and have none.
* Either comes bare (SNS's raw delivery), inside an SNS notification, or inside an
  event of EventBridge.

Sources: "Contents of event data in Amazon SES", "Amazon SNS notification contents for
Amazon SES", "Monitoring events using Amazon EventBridge" in the SES developer guide.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from seacucumber.enums import DeliveryStatus, EventType
from seacucumber.exceptions import Unreadable
from seacucumber.ses.inbound import values as read
from seacucumber.ses.inbound.details import (
    Bounce,
    Complaint,
    Detail,
    EventRecipient,
    Reader,
    read_bounce,
    read_click,
    read_complaint,
    read_delay,
    read_delivery,
    read_failure,
    read_open,
    read_reject,
    read_subscription,
)

MESSAGE_TAG = "cucumber_message"
ATTEMPT_TAG = "cucumber_attempt"

_UID = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
#: What SNS and SES say when a topic has been connected. They are no events.
_GREETING = "Successfully validated SNS topic for Amazon SES event publishing."
_GREETING_MAX = len(_GREETING) + 10
_GREETING_TYPE = "AmazonSnsSubscriptionSucceeded"


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where the JSON of one type has what.

    Args:
        key: The object that tells of the event; ``timestamp`` is in it.
        read: Its reader; None if the object says nothing.
        recipients: The list of recipients in it; empty if the event is about the mail.
    """

    type: EventType
    key: str
    read: Reader | None = None
    recipients: str = ""


_SHAPES: Mapping[str, _Shape] = {
    "send": _Shape(EventType.SEND, "send"),
    "delivery": _Shape(EventType.DELIVERY, "delivery", read_delivery, "recipients"),
    "deliverydelay": _Shape(
        EventType.DELAY, "deliveryDelay", read_delay, "delayedRecipients"
    ),
    "bounce": _Shape(EventType.BOUNCE, "bounce", read_bounce, "bouncedRecipients"),
    "complaint": _Shape(
        EventType.COMPLAINT, "complaint", read_complaint, "complainedRecipients"
    ),
    "reject": _Shape(EventType.REJECT, "reject", read_reject),
    "renderingfailure": _Shape(EventType.RENDERING_FAILURE, "failure", read_failure),
    "open": _Shape(EventType.OPEN, "open", read_open),
    "click": _Shape(EventType.CLICK, "click", read_click),
    "subscription": _Shape(EventType.SUBSCRIPTION, "subscription", read_subscription),
}
#: Types that say which recipients they are about; the others are about the mail.
NAMING_TYPES = frozenset(shape.type for shape in _SHAPES.values() if shape.recipients)
_STATUSES: Mapping[EventType, DeliveryStatus] = {
    EventType.DELIVERY: DeliveryStatus.DELIVERED,
    EventType.DELAY: DeliveryStatus.DELAYED,
    EventType.REJECT: DeliveryStatus.REJECTED,
    EventType.RENDERING_FAILURE: DeliveryStatus.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SESEvent:
    """One thing that SES tells of one mail.

    Args:
        type: What happened; `EventType.OTHER` for a word that is not known here.
        type_name: SES's own word for it.
        ses_message_id: SES's id of the mail.
        at: When it happened.
        sent_at: When SES accepted the mail.
        source: The sender's address.
        account: The AWS account that sent it.
        configuration_set: Empty for feedback notifications, which do not tell it.
        destination: All recipients of the mail.
        recipients: Those that the event is about; may be none.
        names_recipients: Whether it says who they are; otherwise they are all.
        tags: SES's and the sender's tags; each has a tuple of values.
        message_uid: `Message.uid` of our mail; empty if no tag says so.
        attempt: The number of our attempt; 0 if no tag says so.
        feedback_id: SES's id of a bounce or complaint.
        detail: What this type of event tells; None where that is nothing.
        raw: The JSON, as SES wrote it.
    """

    type: EventType
    type_name: str
    ses_message_id: str
    at: datetime
    sent_at: datetime
    source: str = field(default="", repr=False)
    account: str = ""
    configuration_set: str = ""
    destination: tuple[str, ...] = field(default=(), repr=False)
    recipients: tuple[EventRecipient, ...] = field(default=(), repr=False)
    names_recipients: bool = False
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    message_uid: str = ""
    attempt: int = 0
    feedback_id: str = ""
    detail: Detail | None = field(default=None, repr=False)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def bounce(self) -> Bounce | None:
        """The detail of a bounce."""
        return self.detail if isinstance(self.detail, Bounce) else None

    @property
    def complaint(self) -> Complaint | None:
        """The detail of a complaint."""
        return self.detail if isinstance(self.detail, Complaint) else None

    @property
    def delivery_status(self) -> DeliveryStatus:
        """What it means for the recipients that it is about, taken together."""
        if self.bounce:
            if self.bounce.is_suppressed:
                return DeliveryStatus.SUPPRESSED
            return (
                DeliveryStatus.BOUNCED
                if self.bounce.is_hard
                else DeliveryStatus.SOFT_BOUNCED
            )
        if self.complaint:
            if self.complaint.is_suppressed:
                return DeliveryStatus.SUPPRESSED
            return (
                DeliveryStatus.UNKNOWN
                if self.complaint.is_not_spam
                else DeliveryStatus.COMPLAINED
            )
        return _STATUSES.get(self.type, DeliveryStatus.UNKNOWN)

    def delivery_status_of(self, recipient: EventRecipient) -> DeliveryStatus:
        """Return what it means for one of them: in a permanent bounce of several, what
        a mail server says of one may pass.
        """
        passes = self.delivery_status is DeliveryStatus.BOUNCED and recipient.is_passing
        return DeliveryStatus.SOFT_BOUNCED if passes else self.delivery_status

    def fingerprint(self, address: str) -> str:
        """Return what tells this event apart, of one recipient: 32 hex digits.

        The same however often, in whichever envelope and beside whichever others it
        comes: SES tells one bounce of three recipients at once, or of each.

        Args:
            address: One of `recipients`; empty for an event about the whole mail.
        """
        which = self.feedback_id or self.at.isoformat(timespec="milliseconds")
        parts = [str(int(self.type)), self.ses_message_id, address, which]
        if self.type in (EventType.OPEN, EventType.CLICK):
            parts.append(repr(self.detail))
        if self.type is EventType.OTHER:
            parts.append(_canonical(self.raw))
        text = "\n".join(parts)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def read_event(
    body: str | bytes, *, posted_at: datetime | None = None
) -> SESEvent | None:
    """Read one event, bare or in an envelope. An envelope's signature is not looked at.

    Args:
        posted_at: When SNS had it, where its envelope is taken away already.

    Returns:
        None for what tells of no mail: the greeting when a topic has been connected,
        and what EventBridge has from SES beside events of mail.

    Raises:
        Unreadable: if it is no event of SES.
    """
    if _is_greeting(body):
        return None
    outer = read.mapping(read.load(body), "text")
    if outer.get("Type") == "Notification" and "Message" in outer:
        message = outer["Message"]
        if not isinstance(message, str):
            raise Unreadable("Its Message is not a string.")
        if _is_greeting(message):
            return None
        posted_at = read.moment(outer.get("Timestamp"))
        document = read.mapping(read.load(message), "Message")
        return read_bare(document, posted_at=posted_at)
    if outer.get("source") == "aws.ses" and "detail" in outer:
        detail = read.mapping(outer["detail"], "detail")
        # The same bus tells of the account: its advisor, its sending status.
        return read_bare(detail) if "mail" in detail else None
    return read_bare(outer, posted_at=posted_at)


def read_bare(
    document: Mapping[str, Any], *, posted_at: datetime | None = None
) -> SESEvent | None:
    """Read one event from its JSON object; as `read_event` does."""
    type_name = read.text(
        document.get("eventType") or document.get("notificationType"), 64
    )
    if type_name == _GREETING_TYPE:
        return None
    if not type_name:
        raise Unreadable("It has neither an eventType nor a notificationType.")
    mail = read.mapping(document.get("mail"), "mail")
    shape = _SHAPES.get(type_name.lower().replace(" ", "").replace("_", ""))
    if shape is None:
        _canonical(document)
        return _event(
            _Shape(EventType.OTHER, ""), type_name, mail, {}, document, posted_at
        )
    # Of "send" some senders of test events leave out the empty object.
    empty: Mapping[str, Any] = {}
    about = (
        empty
        if shape.read is None
        else read.mapping(document.get(shape.key), shape.key)
    )
    return _event(shape, type_name, mail, about, document, posted_at)


def _event(
    shape: _Shape,
    type_name: str,
    mail: Mapping[str, Any],
    about: Mapping[str, Any],
    document: Mapping[str, Any],
    posted_at: datetime | None,
) -> SESEvent:
    # Where SES leaves it out, the event's own, or when SNS had it, is not much later.
    sent_at = (
        read.moment(mail.get("timestamp"))
        or read.moment(about.get("timestamp"))
        or posted_at
    )
    ses_message_id = read.text(mail.get("messageId"), 128)
    if sent_at is None or not ses_message_id:
        raise Unreadable("Its mail has no messageId, or no timestamp that is one.")
    given = read.items(mail.get("destination"), "mail.destination")
    destination = tuple(read.address(each) for each in given)
    recipients = (
        _recipients(shape, about)
        if shape.recipients
        else tuple(EventRecipient(address=each) for each in destination)
    )
    tags = read.tags(mail.get("tags"))
    return SESEvent(
        type=shape.type,
        type_name=type_name,
        ses_message_id=ses_message_id,
        at=read.moment(about.get("timestamp")) or sent_at,
        sent_at=sent_at,
        source=read.address(mail.get("source")),
        account=read.text(mail.get("sendingAccountId"), 12),
        configuration_set=_first(tags, "ses:configuration-set", 64),
        destination=destination,
        recipients=recipients,
        names_recipients=bool(shape.recipients),
        tags=tags,
        message_uid=_matching(_UID, _first(tags, MESSAGE_TAG)),
        attempt=int(_matching(_NUMBER, _first(tags, ATTEMPT_TAG)) or 0),
        feedback_id=read.text(about.get("feedbackId"), 128),
        detail=shape.read(about) if shape.read else None,
        raw=document,
    )


def _recipients(shape: _Shape, about: Mapping[str, Any]) -> tuple[EventRecipient, ...]:
    """Return the recipients that an event names: objects, or bare addresses."""
    found: dict[str, EventRecipient] = {}
    for each in read.items(about.get(shape.recipients), shape.recipients):
        row = each if isinstance(each, Mapping) else {"emailAddress": each}
        address = read.address(row.get("emailAddress"))
        if address:
            found[address] = EventRecipient(
                address=address,
                status=read.text(row.get("status"), 32),
                action=read.text(row.get("action"), 32),
                diagnostic=read.text(row.get("diagnosticCode")),
            )
    return tuple(found.values())


def _is_greeting(body: str | bytes) -> bool:
    if len(body) > _GREETING_MAX:
        return False
    greeting = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return greeting.strip().strip('"') == _GREETING


def _canonical(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, sort_keys=True)
    except RecursionError as error:
        raise Unreadable("It is nested too deeply.") from error


def _first(tags: Mapping[str, tuple[str, ...]], name: str, limit: int = 256) -> str:
    values = tags.get(name, ())
    return values[0][:limit] if values else ""


def _matching(pattern: re.Pattern[str], value: str) -> str:
    return value if pattern.fullmatch(value) else ""
