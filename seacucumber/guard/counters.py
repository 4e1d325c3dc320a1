"""Counting what our own mail has brought: hard bounces and complaints.

Each counts into the minute in which its mail was sent, so that a rate compares mail
with what became of the same mail, however late that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from seacucumber.conf import get_mailer_or_default
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import DeliveryStatus, Harm
from seacucumber.models import MailMinute
from seacucumber.models.account.reputation import Harmed
from seacucumber.ses.inbound.details import EventRecipient
from seacucumber.ses.inbound.event import SESEvent
from seacucumber.ses.inbound.simulator import is_simulated

#: SES's own list of all its customers: unlike the account's, it counts as a bounce.
_ON_GLOBAL_LIST = "Suppressed"


class Mail(Protocol):
    """What has to be known of the message that an event is about."""

    @property
    def mailer(self) -> str: ...
    @property
    def pace_key(self) -> str: ...
    @property
    def lane(self) -> int: ...


def count_harm(events: Iterable[tuple[SESEvent, Mail]]) -> set[str]:
    """Count bounces and complaints as AWS does; call in their transaction.

    Soft bounces, addresses on the account's suppression list and the mailbox simulator
    do not count ("Sender reputation dashboard messages" of the SES developer guide),
    the latter unless ``CUCUMBER_GUARD_SIMULATOR`` is set.

    Args:
        events: Events that were not known before, with their messages.

    Returns:
        The mailers that the harmful mail was sent with; see `review_after_harm`.
    """
    harmed: list[Harmed] = []
    mailers: set[str] = set()
    for event, mail in events:
        if harms := list(_harmed(event, mail)):
            harmed += harms
            mailers.add(get_mailer_or_default(mail.mailer).alias)
    if harmed:
        MailMinute.objects.count_harm(harmed)
    return mailers


def _harmed(event: SESEvent, mail: Mail) -> Iterator[Harmed]:
    simulated = get_mailer_or_default(mail.mailer).guard_simulator
    harms = [
        harm
        for each in event.recipients or _unnamed(event)
        if (harm := _harm(event, each))
        and (simulated or not is_simulated(each.address))
    ]
    if event.complaint:
        # One reader has complained: all those who may have done so are named, which is
        # everybody at that domain who got the mail.
        harms = harms[:1]
    for harm in harms:
        yield Harmed(
            pace_key=mail.pace_key,
            lane=mail.lane,
            at_us=int(event.sent_at.timestamp() * US_PER_S),
            harm=harm,
        )


def _unnamed(event: SESEvent) -> tuple[EventRecipient, ...]:
    """Return somebody for an event that names nobody: whoever it was, it was one.

    Of the simulator only where all recipients are.
    """
    named = [each for each in event.destination if not is_simulated(each)]
    somebody = (named or list(event.destination) or [""])[0]
    return (EventRecipient(address=somebody),)


def _harm(event: SESEvent, recipient: EventRecipient) -> Harm | None:
    status = event.delivery_status_of(recipient)
    if status is DeliveryStatus.COMPLAINED:
        return Harm.COMPLAINT
    on_global = event.bounce is not None and event.bounce.subtype == _ON_GLOBAL_LIST
    return Harm.BOUNCE if status is DeliveryStatus.BOUNCED or on_global else None
