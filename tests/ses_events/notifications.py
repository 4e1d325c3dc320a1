"""Short words for tests of what SES tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from seacucumber.enums import DeliveryStatus, EventVia
from seacucumber.models import Event, Message
from seacucumber.ses.inbound.event import SESEvent, read_event
from seacucumber.ses_events import IngestResult, consume, ingest_events, queues
from seacucumber.ses_events.sqs_consumer import Consumed
from seacucumber.testing import LocalSES

EVENT_AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Listener:
    """Signals by name, in the order they came."""

    names: list[str] = field(default_factory=list)
    arguments: list[dict[str, Any]] = field(default_factory=list)
    _receivers: dict[str, Callable[..., None]] = field(default_factory=dict)

    def receiver(self, name: str) -> Callable[..., None]:
        def receive(**kwargs: Any) -> None:
            self.names.append(name)
            self.arguments.append(kwargs)

        return self._receivers.setdefault(name, receive)

    def last(self, name: str) -> dict[str, Any]:
        """Return the arguments of the last signal of a name."""
        pairs = zip(self.names, self.arguments, strict=True)
        return [kwargs for each, kwargs in pairs if each == name][-1]


def consume_all(ses: LocalSES) -> Consumed:
    """Take in all that SES has told, from all queues."""
    ses.wait_for_events()
    total = Consumed()
    for queue in queues():
        total.add(consume(queue, for_s=10.0, wait_s=0))
    return total


def told(
    message: Message | None,
    kind: str,
    *,
    attempt: int = 1,
    ses_message_id: str = "SES-1",
    after_s: float = 0.0,
    recipients: tuple[str, ...] = ("ann0@example.org",),
    sent_at: datetime = EVENT_AT,
    **detail: Any,
) -> SESEvent:
    """Return an event about a message of ours, or with None about another's."""
    key = {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}.get(
        kind, kind.lower()
    )
    named = {
        "Bounce": "bouncedRecipients",
        "Complaint": "complainedRecipients",
        "DeliveryDelay": "delayedRecipients",
    }.get(kind)
    about: dict[str, Any] = {
        "timestamp": (sent_at + timedelta(seconds=after_s)).isoformat(),
        **detail,
    }
    if named:
        about.setdefault(named, [{"emailAddress": address} for address in recipients])
    elif kind == "Delivery":
        about["recipients"] = list(recipients)
    if kind == "Bounce":
        about.setdefault("bounceType", "Permanent")
        about.setdefault("bounceSubType", "General")
    if kind in ("Bounce", "Complaint"):
        about.setdefault("feedbackId", f"{kind}-{after_s}")
    tags = {}
    if message is not None:
        tags = {"cucumber_message": [message.uid], "cucumber_attempt": [str(attempt)]}
    mail = {
        "timestamp": sent_at.isoformat(),
        "messageId": ses_message_id,
        "source": "post@example.com",
        "destination": list(recipients),
        "tags": tags,
    }
    event = read_event(json.dumps({"eventType": kind, "mail": mail, key: about}))
    assert event is not None
    return event


def tell(*events: SESEvent) -> IngestResult:
    """Have events come in together."""
    return ingest_events(events, via=EventVia.QUEUE)


def statuses(message: Message) -> dict[str, DeliveryStatus]:
    """Return the delivery status of each recipient of a message."""
    rows = message.recipients.values_list("address", "delivery_status")
    return {address: DeliveryStatus(status) for address, status in rows}


def kinds(message: Message | None) -> list[str]:
    """Return what types of events a message has, in the order they happened."""
    rows = Event.objects.filter(message=message).order_by("at", "type")
    return [str(row.get_type_display()) for row in rows]
