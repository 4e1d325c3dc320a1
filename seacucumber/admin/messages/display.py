"""How rows of the queue read on a page: states and outcomes as pills."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.safestring import SafeString

from seacucumber.admin.common.ui import pill
from seacucumber.enums import AttemptOutcome, MessageState

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
