"""How rows of the queue read on a page: times, ages, states as pills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from seacucumber.admin.identities.display import pill
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.text.sanitize import shown

__all__ = [
    "ago",
    "brief",
    "moment",
    "outcome_pill",
    "pill",
    "severity_of",
    "state_pill",
]

_SUBJECT_SHOWN = 80

_SEVERITIES: Mapping[int, str] = {
    MessageState.QUEUED: "info",
    MessageState.CLAIMED: "info",
    MessageState.SENDING: "info",
    MessageState.SENT: "ok",
    MessageState.UNCERTAIN: "warn",
    MessageState.FAILED: "bad",
    MessageState.CANCELLED: "none",
    MessageState.HELD: "warn",
    MessageState.SUPPRESSED: "none",
}
_OUTCOMES: Mapping[int, str] = {
    AttemptOutcome.OPEN: "info",
    AttemptOutcome.ACCEPTED: "ok",
    AttemptOutcome.THROTTLED: "none",
    AttemptOutcome.DEFERRED: "warn",
    AttemptOutcome.HELD: "warn",
    AttemptOutcome.REFUSED: "bad",
    AttemptOutcome.UNKNOWN: "warn",
    AttemptOutcome.ABANDONED: "warn",
    AttemptOutcome.LATE: "none",
}


def severity_of(state: int) -> str:
    """Return ``ok``, ``warn``, ``bad``, ``info`` or ``none`` for a state."""
    return _SEVERITIES.get(state, "none")


def state_pill(state: int) -> SafeString:
    """Return a message's state as a pill."""
    label = MessageState(state).label if state in MessageState.values else state
    return pill(severity_of(state), label)


def outcome_pill(outcome: int) -> SafeString:
    """Return an attempt's outcome as a pill."""
    known = outcome in AttemptOutcome.values
    label = AttemptOutcome(outcome).label if known else outcome
    return pill(_OUTCOMES.get(outcome, "none"), label)


def moment(us: int) -> datetime:
    """Return a moment of the database's clock, as templates take it."""
    at = datetime.fromtimestamp(us // US_PER_S, UTC)
    return at if settings.USE_TZ else timezone.make_naive(at)


def ago(at: datetime) -> SafeString:
    """Return how long ago a moment was, with the moment itself in its title."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S %Z}".strip(),
        timesince(at, depth=1),
    )


def brief(subject: str) -> str:
    """Return a subject for a list; an empty one gets words to click on."""
    return Truncator(shown(subject)).chars(_SUBJECT_SHOWN) or _("(no subject)")
