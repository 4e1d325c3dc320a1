"""Events come in: stored once, tied to their messages, and acted on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.db import IntegrityError

from seacucumber import guard, suppression
from seacucumber.conf import get_retention
from seacucumber.db import clock
from seacucumber.db.bulk_select import select
from seacucumber.db.locks import begin_with_a_write
from seacucumber.db.retry import persist
from seacucumber.delivery import queue_database
from seacucumber.delivery.outcomes.lost_answers import (
    announce_proven,
    resolve_from_events,
)
from seacucumber.enums import DeliveryStatus, EventType, EventVia, MessageState
from seacucumber.models import Attempt, Event, EventRoute, Message, Recipient
from seacucumber.models.events.route import route_name
from seacucumber.models.queue.recipient_queryset import StatusUpdate
from seacucumber.ses.inbound.event import NAMING_TYPES, SESEvent
from seacucumber.ses_events.addressees import name_recipients
from seacucumber.ses_events.dispatch import announce_events
from seacucumber.ses_events.match import MatchedMessage, match_messages
from seacucumber.ses_events.rows import reason_of, records

logger = logging.getLogger("seacucumber")

#: What is given to the database at a time.
_PATIENCE_S = 10.0
#: Two consumers may store the same event at the same moment; one of them looks again.
_TRIES = 5
_STATUSES = ("id", "message_id", "address", "delivery_status")
#: Of a recipient: its id, its address, and the delivery status that is known.
_Known = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class MatchedEvent:
    """An event that was not known before, and its message.

    Args:
        mail: None if the mail is not from this queue: others use the account, too.
    """

    event: SESEvent
    mail: MatchedMessage | None


@dataclass(slots=True, kw_only=True)
class IngestResult:
    """What became of some events.

    Args:
        new: Those that were not known before.
        known: How many were.
        proven: SES's id by message id, of messages that are now known to be sent.
        moved: How many recipients' delivery statuses moved.
        harmful_mailers: Those whose mail bounced for good, or was complained about.
    """

    new: list[MatchedEvent] = field(default_factory=list)
    known: int = 0
    proven: dict[int, str] = field(default_factory=dict)
    moved: int = 0
    harmful_mailers: set[str] = field(default_factory=set)


def ingest_events(
    events: Sequence[SESEvent], *, via: EventVia, for_s: float = _PATIENCE_S
) -> IngestResult:
    """Store events, and act on those that are new. Safe to do again.

    When it returns, all is committed. Delivery statuses move, lost answers are
    resolved, and addresses are suppressed with the events, or not at all; signals are
    sent, and the guard looks, afterwards.

    Args:
        for_s: How long to go on while the database is in trouble.

    Raises:
        DatabaseError: if it is in trouble for longer; nothing is stored then.
    """
    if not events:
        return IngestResult()
    using = queue_database()
    for tries_left in reversed(range(_TRIES)):
        try:
            result = persist(using, lambda: _store(events, via, using), for_s=for_s)
            break
        except IntegrityError:
            # Somebody else has stored one of them, or purged its message, just now.
            if not tries_left:
                raise
    announce_proven(result.proven)
    announce_events(result.new)
    guard.review_after_harm(result.harmful_mailers)
    return result


def _store(events: Sequence[SESEvent], via: EventVia, using: str) -> IngestResult:
    begin_with_a_write(Event, using)
    now_us = clock.now_us(using)
    matched = name_recipients(
        list(zip(events, match_messages(events, using), strict=True)), using
    )
    ours = [(event, mail) for event, mail in matched if mail is not None]
    unsent = [mail.pk for _, mail in ours if mail.state != MessageState.SENT]
    if unsent:
        Message.objects.lock_unsent(unsent)
    result, new = _keep(matched, via, using, now_us)
    result.moved = _move_statuses(new, using)
    if unsent:
        _bear_witness(matched)
        result.proven = resolve_from_events(unsent, now_us)
    _hear(result.new, now_us)
    new_events = [(each.event, each.mail) for each in result.new if each.mail]
    suppression.apply_events(new_events)
    result.harmful_mailers = guard.count_harm(new_events)
    return result


def _keep(
    matched: Sequence[tuple[SESEvent, MatchedMessage | None]],
    via: EventVia,
    using: str,
    now_us: int,
) -> tuple[IngestResult, list[Event]]:
    """Insert what is new; return it, also what the settings do not keep."""
    received_at = clock.moment(now_us)
    rows = [
        list(records(event, mail, via=via, received_at=received_at))
        for event, mail in matched
    ]
    once: dict[str, Event] = {}
    for row in chain(*rows):
        once.setdefault(row.fingerprint, row)
    kept = get_retention().event_types
    keeping = {key: row for key, row in once.items() if EventType(row.type) in kept}
    # Of what is not kept nobody knows whether it was there before.
    fresh = once.keys() - keeping.keys()
    fresh |= Event.objects.keep(list(keeping.values()), using)
    result = IngestResult()
    new: list[Event] = []
    for (event, mail), each in zip(matched, rows, strict=True):
        firsts = [row for row in each if row.fingerprint in fresh]
        fresh.difference_update(row.fingerprint for row in firsts)
        if firsts:
            result.new.append(MatchedEvent(event, mail))
            new += firsts
        else:
            result.known += 1
    return result, new


def _move_statuses(new: Sequence[Event], using: str) -> int:
    bearing = [row for row in new if row.delivery_status and row.message_id is not None]
    if not bearing:
        return 0
    pks = {row.message_id for row in bearing if row.message_id is not None}
    rows = select(Recipient, _STATUSES, using, by="message_id", values=pks)
    by_message: dict[int | None, list[_Known]] = {}
    for pk, message, address, status in rows:
        by_message.setdefault(message, []).append((pk, address, status))
    updates = [
        StatusUpdate(
            pk=pk,
            status=DeliveryStatus(row.delivery_status),
            at=row.at,
            detail=reason_of(row),
        )
        for row in bearing
        for pk, address, status in _meant(row, by_message.get(row.message_id, []))
        if status < row.delivery_status
    ]
    return Recipient.objects.apply_status(updates)


def _meant(row: Event, recipients: list[_Known]) -> list[_Known]:
    """Return the recipients that a row is about.

    A bounce that names nobody may be any one of several: it says nothing of them.
    """
    if row.recipient:
        return [each for each in recipients if each[1] == row.recipient]
    is_clear = row.type not in NAMING_TYPES or len(recipients) == 1
    return recipients if is_clear else []


def _bear_witness(matched: Sequence[tuple[SESEvent, MatchedMessage | None]]) -> None:
    """Keep what proves that SES has accepted an attempt."""
    accepted = {
        (mail.pk, event.attempt): event.ses_message_id
        for event, mail in matched
        if mail and mail.state != MessageState.SENT and event.message_uid == mail.uid
    }
    for (pk, attempt), ses_message_id in sorted(accepted.items()):
        if attempt:
            Attempt.objects.witness(pk, attempt, ses_message_id)


def _hear(new: Sequence[MatchedEvent], now_us: int) -> None:
    """Write down that SES's word of what it accepts arrives."""
    accepted_us: dict[tuple[str, str], int] = {}
    for taken in new:
        event, mail = taken.event, taken.mail
        if mail is None or event.type is not EventType.SEND:
            continue
        if event.message_uid == mail.uid:
            key = mail.pace_key, route_name(mail.configuration_set, mail.sender)
            at_us = int(event.sent_at.timestamp() * clock.US_PER_S)
            accepted_us[key] = max(at_us, accepted_us.get(key, 0))
    if accepted_us:
        EventRoute.objects.hear(accepted_us, now_us=now_us)
