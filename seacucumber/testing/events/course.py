"""What becomes of a message: the events of its recipients, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seacucumber.testing.events import details
from seacucumber.testing.events.event import Event
from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.inbox import Accepted
from seacucumber.testing.ses.addresses import Outcome

#: How long the way to the receiving server takes, and back: next to nothing, since an
#: event is told at once and must not come from the future.
DELIVERED_AFTER_S = 0.001
ANSWERED_AFTER_S = 0.002
DELIVERED_LATE_AFTER_S = 0.003

Detail = Mapping[str, Any]
#: Gets the recipients and the moment.
Maker = Callable[[tuple[str, ...], float], Detail]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Makes the events of one message.

    Args:
        region: Where the account is.
        identity: The address or domain that allowed the message.
    """

    message: Accepted
    region: str
    identity: str

    def event(
        self,
        kind: EventKind,
        detail: Detail,
        *,
        recipients: tuple[str, ...] = (),
        at_epoch_s: float,
    ) -> Event:
        """Return one event; without recipients it concerns all."""
        return Event(
            kind=kind,
            message=self.message,
            recipients=recipients or self.message.recipients,
            detail=detail,
            at_epoch_s=at_epoch_s,
            region=self.region,
            identity=self.identity,
        )

    def events(self) -> Iterator[Event]:
        """Yield what happens by itself, the first first."""
        sent_epoch_s = self.message.epoch_s
        yield self.event(EventKind.SEND, details.send(), at_epoch_s=sent_epoch_s)
        if Outcome.REJECT in self.message.outcomes.values():
            yield self.event(
                EventKind.REJECT, details.reject(), at_epoch_s=sent_epoch_s
            )
            return
        for outcome in Outcome:
            recipients = tuple(
                address
                for address, found in self.message.outcomes.items()
                if found is outcome
            )
            if recipients:
                yield from self._of(outcome, recipients)

    def _of(self, outcome: Outcome, recipients: tuple[str, ...]) -> Iterator[Event]:
        """Yield the events of the recipients that share an outcome."""
        if outcome in _DELIVERED:
            yield from self._deliveries(recipients)
        if outcome in _ANSWERED:
            kind, make = _ANSWERED[outcome]
            at_epoch_s = self.message.epoch_s + ANSWERED_AFTER_S
            detail = make(recipients, at_epoch_s)
            yield self.event(kind, detail, recipients=recipients, at_epoch_s=at_epoch_s)
        if outcome is Outcome.DELAY:
            yield from self._deliveries(recipients, after_s=DELIVERED_LATE_AFTER_S)

    def _deliveries(
        self, recipients: tuple[str, ...], after_s: float = DELIVERED_AFTER_S
    ) -> Iterator[Event]:
        at_epoch_s = self.message.epoch_s + after_s
        for address in recipients:
            yield self.event(
                EventKind.DELIVERY,
                details.delivery([address], at_epoch_s, took_s=after_s),
                recipients=(address,),
                at_epoch_s=at_epoch_s,
            )


def _bounce(kind: details.BounceKind) -> Maker:
    return lambda recipients, at_s: details.bounce(recipients, at_s, kind)


#: Outcomes that begin with a delivery.
_DELIVERED = frozenset({Outcome.DELIVERY, Outcome.OUT_OF_OFFICE, Outcome.COMPLAINT})
#: What is heard of the others, or afterwards. Bounces of one message that have the
#: same outcome come together, as those of the mailbox simulator do.
_ANSWERED: Mapping[Outcome, tuple[EventKind, Maker]] = {
    Outcome.OUT_OF_OFFICE: (EventKind.BOUNCE, details.out_of_office),
    Outcome.DELAY: (EventKind.DELIVERY_DELAY, details.delivery_delay),
    Outcome.SOFT_BOUNCE: (EventKind.BOUNCE, _bounce(details.MAILBOX_FULL)),
    Outcome.COMPLAINT: (EventKind.COMPLAINT, details.complaint),
    Outcome.BOUNCE: (EventKind.BOUNCE, _bounce(details.GENERAL)),
    Outcome.SUPPRESSED: (EventKind.BOUNCE, _bounce(details.SUPPRESSED)),
    Outcome.BOUNCED_BEFORE: (EventKind.BOUNCE, _bounce(details.ON_ACCOUNT_LIST)),
    Outcome.COMPLAINED_BEFORE: (EventKind.COMPLAINT, details.on_account_list),
}
