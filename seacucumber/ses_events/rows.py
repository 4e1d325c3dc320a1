"""From events to rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from seacucumber.db import clock
from seacucumber.enums import DeliveryStatus, EventType, EventVia
from seacucumber.models import Event
from seacucumber.ses.inbound.details import EventRecipient
from seacucumber.ses.inbound.event import SESEvent
from seacucumber.ses_events.match import MatchedMessage

_WHOLE_MAIL = EventRecipient(address="")


def records(
    event: SESEvent,
    mail: MatchedMessage | None,
    *,
    via: EventVia,
    received_at: datetime,
) -> Iterator[Event]:
    """Yield a row for each recipient that an event names, or one for the whole mail."""
    for recipient in _recipients(event):
        yield Event(
            fingerprint=event.fingerprint(recipient.address),
            message_id=None if mail is None else mail.pk,
            recipient=recipient.address,
            type=event.type,
            delivery_status=event.delivery_status_of(recipient),
            at=clock.stored(event.at),
            received_at=received_at,
            ses_message_id=event.ses_message_id,
            attempt=event.attempt,
            via=via,
            detail=_detail(event, recipient),
        )


def reason_of(record: Event) -> str:
    """Return why a recipient met its status, in the words of whoever refused it."""
    if record.delivery_status == DeliveryStatus.DELIVERED:
        return ""
    said = record.detail
    words = (
        said.get("diagnostic"),
        said.get("reason"),
        said.get("error"),
        said.get("feedback_type"),
        said.get("subtype"),
        said.get("type"),
    )
    return next((str(word) for word in words if word), "")


def _recipients(event: SESEvent) -> list[EventRecipient]:
    if event.names_recipients:
        return list(event.recipients) or [_WHOLE_MAIL]
    only_one = len(event.recipients) == 1
    return list(event.recipients) if only_one else [_WHOLE_MAIL]


def _detail(event: SESEvent, recipient: EventRecipient) -> dict[str, Any]:
    """Return what is not empty of an event's detail, as JSON takes it."""
    said: dict[str, Any] = {
        "status": recipient.status,
        "action": recipient.action,
        "diagnostic": recipient.diagnostic,
        "feedback_id": event.feedback_id,
    }
    if event.type is EventType.OTHER:
        said["type_name"] = event.type_name
    if event.detail is not None:
        for each in fields(event.detail):
            said[each.name] = getattr(event.detail, each.name)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in said.items()
        if value
    }
