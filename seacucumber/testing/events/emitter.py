"""Tells of events: at their time, to everybody who wants to hear, or as faults say."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seacucumber.testing.events.course import Course
from seacucumber.testing.events.event import Event
from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.faults.active import Faults
from seacucumber.testing.faults.fault import Facts, FaultKind
from seacucumber.testing.inbox import Accepted
from seacucumber.testing.scheduler import Agenda
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.addresses import is_simulator
from seacucumber.testing.ses.arns import arn
from seacucumber.testing.ses.suppression import Reason

#: "Subject" of what a configuration set's destination gets over SNS.
SUBJECT = "Amazon SES Email Event Notification"
SERVICE = "ses.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """One event, and how often it was told.

    Args:
        copies: 0: it was lost.
    """

    kind: EventKind
    ses_message_id: str
    recipients: tuple[str, ...]
    copies: int

    def as_dict(self) -> dict[str, Any]:
        """Return JSON for it."""
        return {
            "kind": self.kind,
            "ses_message_id": self.ses_message_id,
            "recipients": list(self.recipients),
            "copies": self.copies,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Emitted:
        """Read what `as_dict` wrote."""
        return cls(
            kind=EventKind(data["kind"]),
            ses_message_id=data["ses_message_id"],
            recipients=tuple(data["recipients"]),
            copies=data["copies"],
        )


class Emitter:
    """Tells of what becomes of messages.

    Args:
        account: Whose messages they are, and who wants to hear.
        agenda: Does the work, in order.
        faults: What goes wrong.
        seed: Makes delays repeatable.
    """

    def __init__(
        self, account: Account, agenda: Agenda, faults: Faults, seed: int
    ) -> None:
        self._account = account
        self._agenda = agenda
        self._faults = faults
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._lock = threading.Lock()
        self._emitted: list[Emitted] = []

    def take(self, message: Accepted) -> None:
        """Tell in time of what becomes of a message that was accepted just now."""
        for event in self.course(message).events():
            self.tell(event, after_s=self._delay_s())

    def course(self, message: Accepted) -> Course:
        """Return the maker of a message's events."""
        with self._account.lock:
            identity = self._account.identities.allowing(message.sender)
        return Course(
            message=message, region=self._account.settings.region, identity=identity
        )

    def _delay_s(self) -> float:
        low_s, high_s = self._account.settings.event_delay_range_s
        return self._random.uniform(low_s, high_s) if high_s > 0 else 0.0

    def tell(self, event: Event, *, after_s: float = 0.0) -> None:
        """Tell of an event, unless a fault has it otherwise."""
        fault = self._faults.choose(
            Facts(
                operation="",
                event=event.kind,
                recipients=event.recipients,
                tags=event.message.tags,
                subject=event.message.subject,
            )
        )
        copies = 1
        if fault is not None:
            copies = {FaultKind.LOST: 0, FaultKind.TWICE: 2}.get(fault.kind, 1)
            after_s += fault.seconds or 0.0
        self._agenda.add(lambda: self._happen(event, copies), after_s=after_s)

    def _happen(self, event: Event, copies: int) -> None:
        self._suppress(event)
        for _ in range(copies):
            self._publish(event)
            self._notify(event)
        row = Emitted(
            kind=event.kind,
            ses_message_id=event.message.ses_message_id,
            recipients=event.recipients,
            copies=copies,
        )
        with self._lock:
            self._emitted.append(row)

    def emitted(self) -> list[Emitted]:
        """Return all events so far, the lost ones included."""
        with self._lock:
            return list(self._emitted)

    def clear(self) -> None:
        """Forget what was emitted."""
        with self._lock:
            self._emitted.clear()

    def _publish(self, event: Event) -> None:
        """Tell the destinations of the configuration set."""
        name = event.message.configuration_set
        if not name:
            return
        text = ""
        for row in self._account.destinations.of(name):
            if not row.enabled or event.kind not in row.kinds:
                continue
            if row.bus_arn:
                self._account.bus.publish(event)
            if row.topic_arn:
                text = text or json.dumps(event.published())
                source = arn("ses", event.region, f"configuration-set/{name}")
                self._say(row.topic_arn, text, source, SUBJECT)

    def _notify(self, event: Event) -> None:
        """Tell the topics of the identity."""
        row = self._account.notifications.get(event.identity)
        if row is None or event.kind not in row.topics:
            return
        with_headers = event.kind in row.with_headers
        text = json.dumps(event.notified(with_headers=with_headers))
        source = arn("ses", event.region, f"identity/{event.identity}")
        self._say(row.topics[event.kind], text, source)

    def _say(
        self, topic_arn: str, text: str, source: str, subject: str | None = None
    ) -> None:
        if self._account.topics.may_publish(topic_arn, SERVICE, source):
            self._account.topics.publish(topic_arn, text, subject)

    def _suppress(self, event: Event) -> None:
        """Put addresses on the account's list, for the reasons that the account has."""
        reason = _reason(event.kind, event.detail)
        with self._account.lock:
            suppressed = self._account.suppressed
            if reason is None or reason not in suppressed.reasons:
                return
            for address in event.recipients:
                if not is_simulator(address):
                    suppressed.put(
                        address,
                        reason,
                        ses_message_id=event.message.ses_message_id,
                        feedback_id=str(event.detail["feedbackId"]),
                    )


def _reason(kind: EventKind, detail: Mapping[str, Any]) -> Reason | None:
    """Return why an event puts its addresses on the list; None: it does not."""
    if kind is EventKind.BOUNCE:
        hard = (detail["bounceType"], detail["bounceSubType"])
        return Reason.BOUNCE if hard == ("Permanent", "General") else None
    if kind is EventKind.COMPLAINT and detail["complaintSubType"] is None:
        taken_back = detail.get("complaintFeedbackType") == "not-spam"
        return None if taken_back else Reason.COMPLAINT
    return None
