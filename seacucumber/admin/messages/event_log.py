"""What SES told of one message, and of whether it tells anything, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from seacucumber.admin.common.event_display import kind_of, why_of
from seacucumber.admin.common.ui import moment
from seacucumber.db import clock
from seacucumber.enums import EventFlow
from seacucumber.models import Event, Message
from seacucumber.models.events.route import Connection
from seacucumber.ses_events import events_connected
from seacucumber.text.sanitize import sanitize

EVENTS_SHOWN = 200


def told_of(message: Message) -> list[tuple[datetime, str]]:
    """Return (when, what) of each event, the newest if there are very many."""
    rows = Event.objects.filter(message=message).order_by("-pk")[:EVENTS_SHOWN]
    return [(clock.aware(row.at), _words(row)) for row in rows]


def has_told_more(message: Message) -> bool:
    """Tell whether there are more events than `told_of` returns."""
    rows = Event.objects.filter(message=message)
    return rows.order_by("-pk")[EVENTS_SHOWN : EVENTS_SHOWN + 1].exists()


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
    kind = kind_of(row)
    what = _("SES told: %(kind)s") % {"kind": kind}
    if row.recipient:
        what = _("SES told of %(address)s: %(kind)s") % {
            "address": sanitize(row.recipient),
            "kind": kind,
        }
    why = why_of(row)
    return f"{what} ({why})." if why else f"{what}."
