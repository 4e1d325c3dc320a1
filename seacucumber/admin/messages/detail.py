"""All that is known of one message but its body, gathered for its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seacucumber.admin.common.ui import moment
from seacucumber.admin.messages.delivery_status import delivery_status_of
from seacucumber.admin.messages.display import outcome_pill, state_pill
from seacucumber.admin.messages.event_log import flow_of, has_told_more, told_of
from seacucumber.admin.messages.explain import explain
from seacucumber.admin.preview.body import why_body_is_gone
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import MessageState, RecipientKind
from seacucumber.models import Attempt, BodyChunk, Hold, Message, Recipient
from seacucumber.text.holds import cause_of, subject_of
from seacucumber.text.sanitize import sanitize

#: A message has 50 recipients at most; its mail may have many more parts than that.
SIBLINGS_SHOWN = 20
ATTEMPTS_SHOWN = 100
PAIRS_SHOWN = 50
_KINDS = {int(kind): str(kind.name).capitalize() for kind in RecipientKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt as a row of a table."""

    number: int
    begun_at: datetime
    took_s: float | None
    outcome: SafeString
    http_status: int
    code: str
    detail: str
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One line of the timeline."""

    at: datetime
    what: str


def detail_of(message: Message) -> dict[str, Any]:
    """Return the context of a message's page; a fixed number of queries."""
    attempts = list(
        Attempt.objects.filter(message=message).order_by("-number")[:ATTEMPTS_SHOWN]
    )
    holds = holding_back(message)
    kept = body_is_kept(message)
    recipients = list(Recipient.objects.filter(message=message).order_by("id"))
    return {
        "subject": sanitize(message.subject),
        "mailer": sanitize(message.mailer),
        "pace_key": sanitize(message.pace_key),
        "configuration_set": sanitize(message.configuration_set),
        "ses_message_id": sanitize(message.ses_message_id),
        "sender": sanitize(message.sender),
        "pill": state_pill(message.state),
        "explanation": explain(
            message, holds, [row.delivery_status for row in recipients]
        ),
        "recipients": [_recipient(row) for row in recipients],
        "attempts": [_try(row) for row in reversed(attempts)],
        "timeline": sorted(_events(message, attempts, holds), key=lambda e: e.at),
        "has_more_events": has_told_more(message),
        "holds": holds,
        "tags": _pairs(message.tags),
        "metadata": _pairs(message.metadata),
        "siblings": siblings_of(message),
        "event_flow": flow_of(message),
        "lane": message.get_lane_display(),
        "uncertain": message.get_uncertain_display(),
        "expires_at": _moment_or_none(message.expires_at_us),
        "next_try_at": _next_try_at(message),
        "body_is_kept": kept,
        "why_body_is_gone": "" if kept else why_body_is_gone(message),
    }


def body_is_kept(message: Message) -> bool:
    """Tell whether a message's body is in the database."""
    owner = message.body_of_id or message.pk
    return BodyChunk.objects.filter(message_id=owner).exists()


def holding_back(message: Message) -> list[Hold]:
    """Return the holds that keep a message in the queue."""
    if message.state != MessageState.QUEUED:
        return []
    active = Hold.objects.active(message.pace_key)
    return [hold for hold in active if hold.stops(message)]


def siblings_of(message: Message) -> list[Message]:
    """Return other messages of the same mail: it had more than 50 recipients."""
    if not message.shares_body:
        return []
    owner = message.body_of_id or message.pk
    rows = Message.objects.filter(Q(pk=owner) | Q(body_of=owner)).exclude(pk=message.pk)
    found = list(rows.order_by("id")[:SIBLINGS_SHOWN])
    for row in found:
        row.pill = state_pill(row.state)  # type: ignore[attr-defined]
    return found


def _recipient(row: Recipient) -> tuple[str, str, SafeString]:
    """Return kind, address and delivery status."""
    kind = _KINDS.get(row.kind, str(row.kind))
    return kind, sanitize(row.spelling or row.address), delivery_status_of(row)


def _try(row: Attempt) -> Try:
    ended_us = row.ended_at_us
    took_s = None if ended_us is None else (ended_us - row.begun_at_us) / US_PER_S
    return Try(
        number=row.number,
        begun_at=moment(row.begun_at_us),
        took_s=took_s,
        outcome=outcome_pill(row.outcome),
        http_status=row.http_status,
        code=sanitize(row.code),
        detail=sanitize(row.detail),
        worker=sanitize(row.worker),
    )


def _events(
    message: Message, attempts: list[Attempt], holds: list[Hold]
) -> Iterator[EventRow]:
    # Its clock is the caller's host, all others are the database's.
    begun = [moment(row.begun_at_us) for row in attempts]
    yield EventRow(at=min([message.created_at, *begun]), what=_("It was queued."))
    for row in attempts:
        yield EventRow(
            at=moment(row.begun_at_us),
            what=_("Attempt %(number)d began.") % {"number": row.number},
        )
        if row.ended_at_us is not None:
            yield EventRow(at=moment(row.ended_at_us), what=_ending(row))
    for hold in holds:
        words = _("A hold was placed on %(what)s: %(why)s.") % {
            "what": subject_of(hold),
            "why": cause_of(hold),
        }
        yield EventRow(at=hold.placed_at, what=words)
    for at, what in told_of(message):
        yield EventRow(at=at, what=what)
    if message.state_at_us and message.state != MessageState.QUEUED:
        label = message.get_state_display()
        words = _("Its state became: %(state)s.") % {"state": label}
        yield EventRow(at=moment(message.state_at_us), what=words)


def _ending(row: Attempt) -> str:
    words = _("Attempt %(number)d ended: %(outcome)s.") % {
        "number": row.number,
        "outcome": row.get_outcome_display(),
    }
    return f"{words} {sanitize(row.detail)}".strip()


def _moment_or_none(us: int | None) -> datetime | None:
    return None if us is None else moment(us)


def _next_try_at(message: Message) -> datetime | None:
    waits = message.state == MessageState.QUEUED and not message.held_back
    return moment(message.ready_at_us) if waits and message.attempts else None


def _pairs(values: Any) -> list[tuple[str, str]]:
    """Return names and values of a JSON object, as text that is safe to look at."""
    if not isinstance(values, dict):
        return []
    pairs = list(values.items())[:PAIRS_SHOWN]
    return [(sanitize(str(name)), sanitize(str(value))) for name, value in pairs]
