"""What SES's events teach about addresses.

A hard bounce and a complaint put an address onto our list for good, as SES does with
its own. Soft bounces do so for some days, once there are several of them.
"Using the Amazon SES account-level suppression list", "Amazon SNS notification contents
for Amazon SES" of the SES developer guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from seacucumber.addresses import read_address
from seacucumber.conf import Mailer, get_mailer_or_default
from seacucumber.db import clock
from seacucumber.enums import DeliveryStatus, SuppressionReason, SuppressionSource
from seacucumber.models import Suppressed
from seacucumber.models.account.suppression import domain_of
from seacucumber.ses.inbound.details import EventRecipient
from seacucumber.ses.inbound.event import SESEvent
from seacucumber.ses.inbound.simulator import is_simulated

#: Subtypes of transient bounces that tell of the mail and not of the mailbox.
_OF_THE_MAIL = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})
_ON_ACCOUNT_LIST = "OnAccountSuppressionList"
_WORST = SuppressionReason.COMPLAINT
_SOFT = SuppressionReason.SOFT_BOUNCES
_CHANGED = (
    "reason",
    "source",
    "since",
    "expires_at",
    "note",
    "strikes",
    "ses_known",
    "ses_seen_at",
)


class BouncedMessage(Protocol):
    """What has to be known of the message that an event is about."""

    @property
    def mailer(self) -> str: ...
    @property
    def pace_key(self) -> str: ...
    @property
    def sender(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lesson:
    """What one event says of one address."""

    address: str
    scope: str
    at: datetime
    note: str
    mailer: Mailer
    reason: SuppressionReason
    #: SES says that the address is on its list.
    at_ses: bool = False


def apply_events(events: Iterable[tuple[SESEvent, BouncedMessage]]) -> int:
    """Put onto the list whom events of our own mail name; call in their transaction.

    Addresses of the mailbox simulator never come onto it. An entry that somebody has
    made by hand stays as it is, unless it was to end.

    Args:
        events: Events that were not known before, with their messages.

    Returns:
        How many addresses the list has learned something about.

    Raises:
        IntegrityError: if another batch has put one of them onto the list just now, and
            what it says must not be passed over: to be done again.
    """
    lessons = [lesson for event, mail in events for lesson in _lessons(event, mail)]
    if not lessons:
        return 0
    keys = {(lesson.address, lesson.scope) for lesson in lessons}
    found = Suppressed.objects.filter(address__in={address for address, _ in keys})
    # Locked, or of two strikes at the same moment one would be lost.
    found = found.order_by("pk").select_for_update()
    rows = {(row.address, row.scope): row for row in found}
    changed: dict[tuple[str, str], Suppressed] = {}
    for lesson in sorted(lessons, key=lambda lesson: lesson.at):
        key = lesson.address, lesson.scope
        row = changed.get(key) or rows.get(key)
        first = row is None
        row = row or _new(lesson)
        if _apply(row, lesson, first=first):
            changed[key] = row
    _save(list(changed.values()))
    return len(changed)


def _lessons(event: SESEvent, mail: BouncedMessage) -> Iterable[_Lesson]:
    mailer = get_mailer_or_default(mail.mailer)
    scope = mail.pace_key
    if (
        event.delivery_status is DeliveryStatus.COMPLAINED
        and mailer.suppression_scope == "domain"
    ):
        scope = domain_of(mail.sender)
    for recipient in event.recipients:
        address = read_address(recipient.address)
        reason = _reason(event, recipient)
        if reason is None or not address or is_simulated(address):
            continue
        if reason is _SOFT and not _counts(event, recipient):
            continue
        yield _Lesson(
            address=address,
            scope=scope,
            at=clock.stored(event.at),
            note=_note(event, recipient),
            mailer=mailer,
            reason=reason,
            at_ses=_is_at_ses(event),
        )


def _reason(event: SESEvent, recipient: EventRecipient) -> SuppressionReason | None:
    if _is_at_ses(event):
        bounced = event.bounce is not None
        return SuppressionReason.BOUNCE if bounced else SuppressionReason.COMPLAINT
    return {
        DeliveryStatus.BOUNCED: SuppressionReason.BOUNCE,
        DeliveryStatus.COMPLAINED: SuppressionReason.COMPLAINT,
        DeliveryStatus.SOFT_BOUNCED: _SOFT,
    }.get(event.delivery_status_of(recipient))


def _is_at_ses(event: SESEvent) -> bool:
    """Tell whether SES has not even tried, for its list of this account."""
    detail = event.bounce or event.complaint
    return detail is not None and detail.subtype == _ON_ACCOUNT_LIST


def _counts(event: SESEvent, recipient: EventRecipient) -> bool:
    """Tell whether a soft bounce speaks of the mailbox.

    An absence note may come as a transient bounce too; a mail server's refusal has a
    status or its own words.
    """
    bounce = event.bounce
    if bounce is None or bounce.subtype in _OF_THE_MAIL:
        return False
    return bool(recipient.status or recipient.diagnostic)


def _note(event: SESEvent, recipient: EventRecipient) -> str:
    if event.complaint is not None:
        kind = event.complaint.feedback_type or event.complaint.subtype
        several = len(event.recipients) > 1
        return f"{kind} (one of {len(event.recipients)})" if several else kind
    return (recipient.diagnostic or recipient.status)[:200]


def _new(lesson: _Lesson) -> Suppressed:
    return Suppressed(
        address=lesson.address,
        scope=lesson.scope,
        reason=lesson.reason,
        source=SuppressionSource.OURS,
        since=lesson.at,
        # Nothing yet: what comes next gives it force.
        expires_at=lesson.at,
    )


def _apply(row: Suppressed, lesson: _Lesson, *, first: bool) -> bool:
    """Let an entry follow a lesson; return whether it changed.

    Args:
        first: Nothing is known of the address but this lesson. An entry that is not
            saved yet may have learned from the same batch.
    """
    if lesson.at_ses:
        return _apply_ses(row, lesson, first=first)
    lasting = row.is_ours and row.expires_at is None
    if lesson.reason is SuppressionReason.SOFT_BOUNCES:
        return False if lasting or row.ses_known else _apply_strike(row, lesson)
    by_hand = row.source == SuppressionSource.MANUAL
    if lasting and (by_hand or row.reason in (lesson.reason, _WORST)):
        return False
    row.reason, row.source = lesson.reason, SuppressionSource.OURS
    row.since, row.note = lesson.at, lesson.note[:200]
    row.expires_at, row.strikes = None, 0
    return True


def _apply_ses(row: Suppressed, lesson: _Lesson, *, first: bool) -> bool:
    if row.ses_known:
        return False
    if first:
        row.source, row.expires_at = SuppressionSource.SES, None
        row.note = lesson.note[:200]
    row.ses_known, row.ses_seen_at = True, lesson.at
    return True


def _apply_strike(row: Suppressed, lesson: _Lesson) -> bool:
    mailer = lesson.mailer
    if not mailer.soft_bounce_limit:
        return False
    window = timedelta(seconds=mailer.soft_bounce_window_s)
    # Mail under way bounces in a pause, too, and must not end it. An event may come
    # late: what counts is whether the entry has ended by now.
    if row.stops(max(lesson.at, row.since)):
        return False
    soft = row.reason == SuppressionReason.SOFT_BOUNCES
    recent = soft and lesson.at - row.since <= window
    row.strikes = row.strikes + 1 if recent else 1
    row.reason, row.source = lesson.reason, SuppressionSource.OURS
    row.since, row.note = lesson.at, lesson.note[:200]
    row.expires_at = lesson.at
    if row.strikes >= mailer.soft_bounce_limit:
        row.strikes = 0
        row.expires_at = lesson.at + timedelta(seconds=mailer.soft_bounce_pause_s)
    return True


def _save(rows: Sequence[Suppressed]) -> None:
    old = [row for row in rows if not row._state.adding]
    # In one order everywhere, so that two batches do not lock each other out.
    old.sort(key=lambda row: row.pk)
    if old:
        Suppressed.objects.bulk_update(old, _CHANGED, batch_size=100)
    new = [row for row in rows if row._state.adding]
    new.sort(key=lambda row: (row.address, row.scope))
    if new:
        Suppressed.objects.bulk_create(new, batch_size=100)
