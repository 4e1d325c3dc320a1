"""Events as SES publishes them, about mail that is in the queue's tables.

The shapes are those of "Examples of event data that Amazon SES publishes to Amazon
SNS" in the SES developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from seacucumber.db import clock
from seacucumber.enums import EventVia
from seacucumber.models import Message
from seacucumber.ses.inbound.event import SESEvent, read_event
from seacucumber.ses_events import IngestResult, ingest_events
from tests.queue import now_us

_BOUNCED = {
    "status": "5.1.1",
    "action": "failed",
    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
}


def event(kind: str, about: dict[str, Any], message: Message, age_s: float) -> SESEvent:
    """Return an event about one of our messages, as old as that."""
    at = datetime.fromtimestamp(now_us() / clock.US_PER_S, UTC) - timedelta(
        seconds=age_s
    )
    key = kind[0].lower() + kind[1:]
    said = {
        "eventType": kind,
        "mail": {
            "timestamp": at.isoformat(),
            "messageId": message.ses_message_id or "EXAMPLE7c191be45",
            "source": message.sender,
            "destination": [row.address for row in message.recipients.all()],
            "tags": {"cucumber_message": [message.uid], "cucumber_attempt": ["1"]},
        },
        key: {"timestamp": at.isoformat(), **about},
    }
    found = read_event(json.dumps(said))
    assert found is not None
    return found


def bounce(
    message: Message,
    *addresses: str,
    type_: str = "Permanent",
    subtype: str = "General",
    age_s: float = 0.0,
    plain: bool = False,
    feedback_id: str = "",
    statuses: Mapping[str, str] | None = None,
) -> SESEvent:
    """Return a bounce of a message's recipients, or of these.

    Args:
        statuses: Codes of RFC 3463 by address, where not all are ``5.1.1``.
    """
    names = addresses or [row.address for row in message.recipients.all()]
    detail = {} if plain else _BOUNCED
    rows = [{"emailAddress": name, **detail} for name in names]
    for row in rows:
        if status := (statuses or {}).get(row["emailAddress"]):
            row["status"] = status
    about = {
        "bounceType": type_,
        "bounceSubType": subtype,
        "bouncedRecipients": rows,
        "feedbackId": feedback_id or f"f-{message.uid}-{age_s}",
    }
    return event("Bounce", about, message, age_s)


def complaint(message: Message, *, age_s: float = 0.0, **about: Any) -> SESEvent:
    """Return a complaint of a message's recipients."""
    rows = [{"emailAddress": row.address} for row in message.recipients.all()]
    fields = {"complainedRecipients": rows, "feedbackId": f"c-{message.uid}", **about}
    return event("Complaint", fields, message, age_s)


def tell(*events: SESEvent) -> IngestResult:
    """Take events in, as the webhook does."""
    return ingest_events(events, via=EventVia.WEBHOOK)
