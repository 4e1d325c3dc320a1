"""The signals of django-ses, under their names and with their arguments.

A project that comes from there changes one import::

    from seacucumber.django_ses_signals import bounce_received

Its receivers get ``mail_obj`` and ``bounce_obj`` (``complaint_obj``, ...), which are
SES's JSON objects, and ``raw_message``, SES's JSON text. They are sent once for each
event, of ours and of others' mail, after it is stored.
"""

from __future__ import annotations

import json
from typing import Any

from django.dispatch import Signal

from seacucumber import signals
from seacucumber.ses.inbound.event import SESEvent

bounce_received = Signal()
complaint_received = Signal()
delivery_received = Signal()
send_received = Signal()
open_received = Signal()
click_received = Signal()

_KINDS: tuple[tuple[Signal, Signal, str], ...] = (
    (signals.bounced, bounce_received, "bounce"),
    (signals.complained, complaint_received, "complaint"),
    (signals.delivered, delivery_received, "delivery"),
    (signals.accepted, send_received, "send"),
    (signals.opened, open_received, "open"),
    (signals.clicked, click_received, "click"),
)


def _pass_on(source: Signal, target: Signal, kind: str) -> None:
    def receive(sender: Any, event: SESEvent, **kwargs: Any) -> None:
        target.send_robust(
            sender=sender,
            mail_obj=event.raw.get("mail", {}),
            raw_message=json.dumps(event.raw),
            **{f"{kind}_obj": event.raw.get(kind, {})},
        )

    source.connect(
        receive, weak=False, dispatch_uid=f"seacucumber.django_ses_signals.{kind}"
    )


for _source, _target, _kind in _KINDS:
    _pass_on(_source, _target, _kind)
