"""The kinds of event, by the names that SES has for each."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class EventKind(StrEnum):
    """The value is ``eventType``, or ``notificationType`` of the older format."""

    SEND = "Send"
    DELIVERY = "Delivery"
    BOUNCE = "Bounce"
    COMPLAINT = "Complaint"
    REJECT = "Reject"
    OPEN = "Open"
    CLICK = "Click"
    RENDERING_FAILURE = "Rendering Failure"
    DELIVERY_DELAY = "DeliveryDelay"
    SUBSCRIPTION = "Subscription"

    @property
    def api_name(self) -> str:
        """The name in ``MatchingEventTypes``."""
        return self.name

    @property
    def key(self) -> str:
        """The name of the JSON object with the details."""
        return _NAMES[self].key

    @property
    def detail_type(self) -> str:
        """The name that EventBridge has for it."""
        return _NAMES[self].detail_type

    @classmethod
    def from_api(cls, name: str) -> EventKind:
        """Read one of ``MatchingEventTypes``.

        Raises:
            KeyError: if there is no such kind.
        """
        return cls[name]


class _Names(NamedTuple):
    key: str
    detail_type: str


#: "Amazon SES events", EventBridge events reference, for the second of each.
_NAMES = {
    EventKind.SEND: _Names("send", "Email Sent"),
    EventKind.DELIVERY: _Names("delivery", "Email Delivered"),
    EventKind.BOUNCE: _Names("bounce", "Email Bounced"),
    EventKind.COMPLAINT: _Names("complaint", "Email Complaint Received"),
    EventKind.REJECT: _Names("reject", "Email Rejected"),
    EventKind.OPEN: _Names("open", "Email Opened"),
    EventKind.CLICK: _Names("click", "Email Clicked"),
    EventKind.RENDERING_FAILURE: _Names("failure", "Email Rendering Failed"),
    EventKind.DELIVERY_DELAY: _Names("deliveryDelay", "Email Delivery Delayed"),
    EventKind.SUBSCRIPTION: _Names("subscription", "Email Subscribed"),
}

#: What an identity's own topics can be told.
NOTIFIED = (EventKind.BOUNCE, EventKind.COMPLAINT, EventKind.DELIVERY)
