"""What SES told of one message, and of whether it tells anything, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from seacucumber.admin.message_display import moment
from seacucumber.enums import EventFlow, EventType
from seacucumber.feedback import events_connected
from seacucumber.figures.showing import shown
from seacucumber.models import Event, Message, clock
from seacucumber.models.event_route import Connection

EVENTS_SHOWN = 200
#: What one line of the timeline quotes of a mail server's words.
_QUOTED = 300


def told_of(message: Message) -> list[tuple[datetime, str]]:
    """Return (when, what) of each event, the newest if there are very many."""
    rows = Event.objects.filter(message=message).order_by("-pk")[:EVENTS_SHOWN]
    return [(clock.aware(row.at), _words(row)) for row in rows]


def connection_of(message: Message) -> Connection:
    """Return whether SES's events of such messages arrive."""
    return events_connected(
        message.pace_key, message.configuration_set, sender=message.sender
    )


def flow_of(message: Message) -> str:
    """Return the same in words."""
    found = connection_of(message)
    if found.flow == EventFlow.NEVER:
        return _("never seen")
    since = f"{moment(found.since_us):%Y-%m-%d %H:%M}"
    if found.flow == EventFlow.SILENT:
        return _("silent since %(since)s, though mail was accepted") % {"since": since}
    return _("working since %(since)s") % {"since": since}


def _words(row: Event) -> str:
    named = row.type in EventType.values and row.type != EventType.OTHER
    kind = EventType(row.type).label if named else row.detail.get("type_name", "")
    what = _("SES told: %(kind)s") % {"kind": shown(str(kind))}
    if row.recipient:
        what = _("SES told of %(address)s: %(kind)s") % {
            "address": shown(row.recipient),
            "kind": shown(str(kind)),
        }
    why = ", ".join(shown(str(part)) for part in _reasons(row) if part)
    return f"{what} ({why[:_QUOTED]})." if why else f"{what}."


def _reasons(row: Event) -> list[object]:
    said = row.detail if isinstance(row.detail, dict) else {}
    return [
        said.get(name)
        for name in (
            *("type", "subtype", "feedback_type", "reason", "error", "status"),
            *("diagnostic", "smtp_response", "link", "contact_list"),
        )
    ]
