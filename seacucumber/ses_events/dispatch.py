"""What the host project hears of events, after they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.dispatch import Signal

from seacucumber import signals
from seacucumber.enums import EventType
from seacucumber.models import Message

if TYPE_CHECKING:
    from seacucumber.ses_events.ingest import MatchedEvent

_SIGNALS: Mapping[EventType, Signal] = {
    EventType.SEND: signals.accepted,
    EventType.DELIVERY: signals.delivered,
    EventType.DELAY: signals.delayed,
    EventType.BOUNCE: signals.bounced,
    EventType.COMPLAINT: signals.complained,
    EventType.REJECT: signals.rejected,
    EventType.RENDERING_FAILURE: signals.rejected,
    EventType.OPEN: signals.opened,
    EventType.CLICK: signals.clicked,
    EventType.SUBSCRIPTION: signals.subscription_changed,
}


def announce_events(taken: Iterable[MatchedEvent]) -> None:
    """Send the signals of new events.

    A receiver's error is logged by Django and stops nothing.
    """
    wanted = [each for each in taken if _listeners(each.event.type)]
    pks = {each.mail.pk for each in wanted if each.mail is not None}
    messages = Message.objects.in_bulk(list(pks)) if pks else {}
    for each in wanted:
        message = messages.get(each.mail.pk) if each.mail is not None else None
        for signal in _listeners(each.event.type):
            signal.send_robust(sender=Message, event=each.event, message=message)


def _listeners(kind: EventType) -> list[Signal]:
    named = _SIGNALS.get(kind)
    both = [signals.event_received, *([named] if named else [])]
    return [signal for signal in both if signal.has_listeners(Message)]
