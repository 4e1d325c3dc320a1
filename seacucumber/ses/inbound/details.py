"""What each type of event tells, beyond what all have in common.

Source: "Examples of event data that Amazon SES publishes to Amazon SNS" and "Amazon
SNS notification contents for Amazon SES" in the SES developer guide. Words of SES are
kept as they are: its lists of types and subtypes grow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seacucumber.ses.inbound import values as read

PERMANENT = "Permanent"
#: SES did not try to deliver these; no mail server has refused them.
SUPPRESSED_SUBTYPES = frozenset(
    {"Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"}
)
#: A feedback type (RFC 5965, 7.3, and its registry) by which nobody complains.
NOT_SPAM = "not-spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecipient:
    """One address that an event is about.

    Args:
        address: In lower case.
        status: The enhanced status code of RFC 3463, e.g. ``5.1.1``.
        action: What the mail server did, of RFC 3464, e.g. ``failed``.
        diagnostic: What the mail server said.
    """

    address: str
    status: str = ""
    action: str = ""
    diagnostic: str = ""

    @property
    def is_passing(self) -> bool:
        """Whether its mail server says that the failure passes (RFC 3463, 3.1)."""
        return self.status.startswith("4.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A mail server, or SES's suppression list, refused the mail.

    Args:
        type: ``Permanent``, ``Transient`` or ``Undetermined``.
        subtype: E.g. ``General``, ``MailboxFull``, ``OnAccountSuppressionList``.
        reporting_mta: Who says so.
    """

    type: str
    subtype: str
    reporting_mta: str = ""

    @property
    def is_hard(self) -> bool:
        """Whether the address will not take mail tomorrow either."""
        return self.type == PERMANENT

    @property
    def is_suppressed(self) -> bool:
        """Whether SES did not even try."""
        return self.subtype in SUPPRESSED_SUBTYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A reader called the mail unwanted.

    Args:
        subtype: ``OnAccountSuppressionList`` if SES did not even try; else empty.
        feedback_type: ``abuse``, ``fraud``, ``not-spam``, ...; often empty.
        user_agent: The program that reported it.
        arrived_at: When the mail had arrived, if the report says so.
    """

    subtype: str = ""
    feedback_type: str = ""
    user_agent: str = ""
    arrived_at: datetime | None = None

    @property
    def is_suppressed(self) -> bool:
        """Whether SES did not even try."""
        return self.subtype in SUPPRESSED_SUBTYPES

    @property
    def is_not_spam(self) -> bool:
        """Whether the reader took the mail *out* of the spam folder."""
        return self.feedback_type == NOT_SPAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A mail server took the mail."""

    processing_ms: int = 0
    smtp_response: str = ""
    reporting_mta: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """SES tries again, until it expires.

    Args:
        type: E.g. ``MailboxFull``, ``SpamDetected``, ``TransientCommunicationFailure``.
        expires_at: When SES gives up.
    """

    type: str
    expires_at: datetime | None = None
    reporting_mta: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """SES accepted the mail and found a virus in it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingFailure:
    """A template and its data did not fit."""

    template: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A program fetched the picture that SES had put into the mail."""

    ip_address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Somebody, or a program, followed a link."""

    link: str
    ip_address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Somebody changed what lists they get, by SES's list management."""

    contact_list: str
    source: str = ""


Detail = (
    Bounce
    | Complaint
    | Delivery
    | Delay
    | Reject
    | RenderingFailure
    | Open
    | Click
    | Subscription
)
Reader = Callable[[Mapping[str, Any]], Detail]


def read_bounce(document: Mapping[str, Any]) -> Bounce:
    """Read ``bounce``."""
    return Bounce(
        type=read.text(document.get("bounceType"), 64),
        subtype=read.text(document.get("bounceSubType"), 64),
        reporting_mta=read.text(document.get("reportingMTA"), 255),
    )


def read_complaint(document: Mapping[str, Any]) -> Complaint:
    """Read ``complaint``."""
    return Complaint(
        subtype=read.text(document.get("complaintSubType"), 64),
        feedback_type=read.text(document.get("complaintFeedbackType"), 64),
        user_agent=read.text(document.get("userAgent"), 255),
        arrived_at=read.moment(document.get("arrivalDate")),
    )


def read_delivery(document: Mapping[str, Any]) -> Delivery:
    """Read ``delivery``."""
    return Delivery(
        processing_ms=read.whole_number(document.get("processingTimeMillis")),
        smtp_response=read.text(document.get("smtpResponse")),
        reporting_mta=read.text(document.get("reportingMTA"), 255),
    )


def read_delay(document: Mapping[str, Any]) -> Delay:
    """Read ``deliveryDelay``."""
    return Delay(
        type=read.text(document.get("delayType"), 64),
        expires_at=read.moment(document.get("expirationTime")),
        reporting_mta=read.text(document.get("reportingMTA"), 255),
    )


def read_reject(document: Mapping[str, Any]) -> Reject:
    """Read ``reject``."""
    return Reject(reason=read.text(document.get("reason"), 255))


def read_failure(document: Mapping[str, Any]) -> RenderingFailure:
    """Read ``failure``."""
    return RenderingFailure(
        template=read.text(document.get("templateName"), 255),
        error=read.text(document.get("errorMessage")),
    )


def read_open(document: Mapping[str, Any]) -> Open:
    """Read ``open``."""
    return Open(
        ip_address=read.text(document.get("ipAddress"), 64),
        user_agent=read.text(document.get("userAgent"), 255),
    )


def read_click(document: Mapping[str, Any]) -> Click:
    """Read ``click``."""
    return Click(
        link=read.text(document.get("link")),
        ip_address=read.text(document.get("ipAddress"), 64),
        user_agent=read.text(document.get("userAgent"), 255),
    )


def read_subscription(document: Mapping[str, Any]) -> Subscription:
    """Read ``subscription``."""
    return Subscription(
        contact_list=read.text(document.get("contactList"), 255),
        source=read.text(document.get("source"), 255),
    )
