"""The details of each kind of event, as SES words them.

Source: "Examples of event data that Amazon SES publishes to Amazon SNS", SES developer
guide, and the mailbox simulator for the texts of servers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from seacucumber.testing.sns.envelopes import stamp

REPORTING_MTA = "dns; a1-1.smtp-out.amazonses.com"

_ON_LIST = (
    "Amazon SES did not send the message to this address because it is on the "
    "suppression list for your account. For more information about removing addresses "
    "from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/DeveloperGuide/"
    "sending-email-suppression-list.html"
)
_SUPPRESSED = (
    "Amazon SES has suppressed sending to this address because it has a recent history "
    "of bouncing as an invalid address. For more information about how to remove an "
    "address from the suppression list, see the Amazon SES Developer Guide: "
    "http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist."
    "html "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceKind:
    """Type and subtype of a bounce, and what the receiving server said."""

    type: str
    subtype: str
    status: str
    diagnostic: str


GENERAL = BounceKind(
    type="Permanent",
    subtype="General",
    status="5.1.1",
    diagnostic="smtp; 550 5.1.1 user unknown",
)
SUPPRESSED = BounceKind(
    type="Permanent", subtype="Suppressed", status="5.1.1", diagnostic=_SUPPRESSED
)
ON_ACCOUNT_LIST = BounceKind(
    type="Permanent",
    subtype="OnAccountSuppressionList",
    status="5.1.1",
    diagnostic=_ON_LIST,
)
MAILBOX_FULL = BounceKind(
    type="Transient",
    subtype="MailboxFull",
    status="4.2.2",
    diagnostic="smtp; 452 4.2.2 mailbox full",
)


def feedback_id(epoch_s: float) -> str:
    """Return a new ``feedbackId``."""
    return f"0100{int(epoch_s * 1000) & 0xFFFFFFFFFFFF:012x}-{uuid.uuid4()}-000000"


def send() -> dict[str, Any]:
    """SES took the message and will try to deliver it."""
    return {}


def delivery(
    recipients: Iterable[str], epoch_s: float, *, took_s: float
) -> dict[str, Any]:
    """The receiving server took it."""
    return {
        "timestamp": stamp(epoch_s),
        "processingTimeMillis": int(took_s * 1000),
        "recipients": list(recipients),
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "a1-1.smtp-out.amazonses.com",
    }


def bounce(
    recipients: Iterable[str], epoch_s: float, kind: BounceKind = GENERAL
) -> dict[str, Any]:
    """The receiving server refused it, or SES did not even try."""
    return {
        "bounceType": kind.type,
        "bounceSubType": kind.subtype,
        "bouncedRecipients": [
            {
                "emailAddress": address,
                "action": "failed",
                "status": kind.status,
                "diagnosticCode": kind.diagnostic,
            }
            for address in recipients
        ],
        "timestamp": stamp(epoch_s),
        "feedbackId": feedback_id(epoch_s),
        "reportingMTA": REPORTING_MTA,
    }


def out_of_office(recipients: Iterable[str], epoch_s: float) -> dict[str, Any]:
    """An automatic answer came back, which SES takes for a soft bounce."""
    return {
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": address} for address in recipients],
        "timestamp": stamp(epoch_s),
        "feedbackId": feedback_id(epoch_s),
    }


def complaint(
    recipients: Iterable[str],
    epoch_s: float,
    *,
    subtype: str | None = None,
    feedback_type: str = "abuse",
) -> dict[str, Any]:
    """Somebody marked it as spam; ``not-spam`` takes that back."""
    detail: dict[str, Any] = {
        "feedbackId": feedback_id(epoch_s),
        "complaintSubType": subtype,
        "complainedRecipients": [{"emailAddress": address} for address in recipients],
        "timestamp": stamp(epoch_s),
    }
    if subtype is None:
        detail |= {
            "userAgent": "Amazon SES Mailbox Simulator",
            "complaintFeedbackType": feedback_type,
            "arrivalDate": stamp(epoch_s),
        }
    return detail


def on_account_list(recipients: Iterable[str], epoch_s: float) -> dict[str, Any]:
    """Return a complaint that is none: the address complained before."""
    return complaint(recipients, epoch_s, subtype="OnAccountSuppressionList")


def reject() -> dict[str, Any]:
    """SES found a virus; it is the only reason there is."""
    return {"reason": "Bad content"}


def delivery_delay(
    recipients: Iterable[str],
    epoch_s: float,
    *,
    delay_type: str = "TransientCommunicationFailure",
    expires_s: float = 14 * 3600.0,
) -> dict[str, Any]:
    """The receiving server does not take it yet."""
    return {
        "timestamp": stamp(epoch_s),
        "delayType": delay_type,
        "expirationTime": stamp(epoch_s + expires_s),
        "reportingMTA": "a1-1.smtp-out.amazonses.com",
        "delayedRecipients": [
            {
                "emailAddress": address,
                "status": "4.4.1",
                "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
            }
            for address in recipients
        ],
    }


def opened(epoch_s: float) -> dict[str, Any]:
    """Somebody, or some program, loaded the picture in it."""
    return {
        "ipAddress": "192.0.2.1",
        "timestamp": stamp(epoch_s),
        "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_3 like Mac OS X)",
    }


def click(
    epoch_s: float, link: str, tags: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    """Somebody, or some program, followed a link in it."""
    return {
        **opened(epoch_s),
        "link": link,
        "linkTags": dict(tags) if tags is not None else None,
    }


def rendering_failure(template: str, attribute: str) -> dict[str, Any]:
    """A template could not be filled in."""
    return {
        "errorMessage": (
            f"Attribute '{attribute}' is not present in the rendering data."
        ),
        "templateName": template,
    }


def subscription(
    address: str, epoch_s: float, *, contact_list: str, topic: str
) -> dict[str, Any]:
    """A contact changed what it wants to get."""

    def preferences(word: str) -> dict[str, Any]:
        return {
            "unsubscribeAll": False,
            "topicSubscriptionStatus": [
                {"topicName": topic, "subscriptionStatus": word}
            ],
        }

    return {
        "contactList": contact_list,
        "timestamp": stamp(epoch_s),
        "source": address,
        "newTopicPreferences": preferences("OptOut"),
        "oldTopicPreferences": preferences("OptIn"),
    }
