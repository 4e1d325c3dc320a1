"""How an event of SES reads: what it is, whom it concerns, why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from seacucumber.admin.common.ui import pill
from seacucumber.enums import DeliveryStatus, EventType
from seacucumber.models import Event
from seacucumber.text.sanitize import sanitize

#: What one line quotes of a mail server's words.
_QUOTED = 300
#: What a page shows of one detail: more than is ever stored.
_DETAIL_MAX = 4000

#: How grave each delivery status is, in the words that pages are styled by.
STATUS_SEVERITIES: Mapping[int, str] = {
    DeliveryStatus.UNKNOWN: "none",
    DeliveryStatus.DELAYED: "warn",
    DeliveryStatus.SOFT_BOUNCED: "warn",
    DeliveryStatus.DELIVERED: "ok",
    DeliveryStatus.SUPPRESSED: "none",
    DeliveryStatus.REJECTED: "bad",
    DeliveryStatus.BOUNCED: "bad",
    DeliveryStatus.COMPLAINED: "bad",
}
_REASONS = (
    *("type", "subtype", "feedback_type", "reason", "error", "status"),
    *("diagnostic", "smtp_response", "link", "contact_list"),
)
#: Names in `Event.detail`, in the order in which they are read.
_LABELS: Mapping[str, str | Promise] = {
    "type_name": _("Type, in the word of SES"),
    "type": _("Kind"),
    "subtype": _("More exactly"),
    "reason": _("Reason"),
    "error": _("Error"),
    "template": _("Template"),
    "status": _("Status code"),
    "action": _("What the mail server did"),
    "diagnostic": _("What the mail server said"),
    "smtp_response": _("What the mail server said"),
    "reporting_mta": _("Who reports it"),
    "processing_ms": _("Time from SES to the mail server, in ms"),
    "expires_at": _("SES tries until"),
    "feedback_type": _("Type of the complaint"),
    "arrived_at": _("The mail had arrived"),
    "link": _("Link"),
    "ip_address": _("IP address"),
    "user_agent": _("Program"),
    "contact_list": _("Contact list"),
    "source": _("Changed by"),
    "feedback_id": _("SES's feedback id"),
}


def kind_of(row: Event) -> str:
    """Return the type of an event; SES's own word for one that is not known here."""
    named = row.type in EventType.values and row.type != EventType.OTHER
    word = EventType(row.type).label if named else _said(row).get("type_name", "")
    return sanitize(str(word)) or str(EventType.OTHER.label)


def kind_pill(row: Event) -> SafeString:
    """Return the type as a pill, coloured by what it means for the recipient."""
    return pill(STATUS_SEVERITIES.get(row.delivery_status, "none"), kind_of(row))


def status_pill(status: int) -> SafeString:
    """Return what became of a recipient's mail as a pill; nothing if it is unknown."""
    if not status:
        return SafeString("")
    label = DeliveryStatus(status).label if status in DeliveryStatus.values else status
    return pill(STATUS_SEVERITIES.get(status, "none"), label)


def why_of(row: Event) -> str:
    """Return the reasons of an event on one line; empty if it needs none."""
    said = _said(row)
    parts = (said.get(name) for name in _REASONS)
    return ", ".join(sanitize(str(part)) for part in parts if part)[:_QUOTED]


def details_of(row: Event) -> list[tuple[str | Promise, str]]:
    """Return (label, value) of each thing that is kept of an event's detail."""
    said = _said(row)
    known = [name for name in _LABELS if name in said]
    return [
        (_LABELS.get(name) or sanitize(name), _written(said[name]))
        for name in [*known, *sorted(said.keys() - _LABELS.keys())]
    ]


def _said(row: Event) -> dict[str, Any]:
    return row.detail if isinstance(row.detail, dict) else {}


def _written(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return sanitize(text, _DETAIL_MAX)
