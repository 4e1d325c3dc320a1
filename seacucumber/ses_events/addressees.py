"""Whom an event means, where its own word for them leaves a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seacucumber.db.bulk_select import select
from seacucumber.enums import EventType
from seacucumber.models import Recipient
from seacucumber.ses.inbound.details import EventRecipient
from seacucumber.ses.inbound.event import SESEvent
from seacucumber.ses.inbound.simulator import is_simulated
from seacucumber.ses_events.match import MatchedMessage

_HARM = frozenset({EventType.BOUNCE, EventType.COMPLAINT})
_COLUMNS = ("message_id", "address")
Tie = tuple[SESEvent, MatchedMessage | None]


def name_recipients(matched: Sequence[Tie], using: str) -> list[Tie]:
    """Return the same events, with the recipient's own address where our tag and the
    only recipient say who it is, whatever string SES gives. Where it gives none, the
    only recipient is enough.

    Of bounces and complaints only: they alone stop mail.
    """
    pks = {mail.pk for event, mail in matched if mail and _is_doubtful(event, mail)}
    if not pks:
        return list(matched)
    addresses: dict[int, list[str]] = {}
    for pk, address in select(Recipient, _COLUMNS, using, by="message_id", values=pks):
        addresses.setdefault(pk, []).append(address)
    return [
        (_named(event, addresses.get(mail.pk, [])), mail)
        if mail and _is_doubtful(event, mail)
        else (event, mail)
        for event, mail in matched
    ]


def _is_doubtful(event: SESEvent, mail: MatchedMessage) -> bool:
    is_tagged = event.message_uid == mail.uid
    return event.type in _HARM and (is_tagged or not event.recipients)


def _named(event: SESEvent, addresses: Sequence[str]) -> SESEvent:
    if len(addresses) != 1 or len(event.recipients) > 1:
        return event
    document = next(iter(event.recipients), EventRecipient(address=""))
    if is_simulated(document.address):
        return event
    return replace(event, recipients=(replace(document, address=addresses[0]),))
