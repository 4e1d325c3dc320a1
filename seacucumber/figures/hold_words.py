"""Holds in an operator's words: what is stopped, what follows, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.models import Hold

_CURES: Mapping[str, str] = {
    HoldCause.OPERATOR: "Resume it when you are ready.",
    HoldCause.QUOTA: "It goes on by itself as the last 24 hours move on.",
    HoldCause.ACCOUNT_PAUSED: "If AWS has paused it, answer the case in the Support"
    " Center; else switch sending on in the AWS console: SES, Account dashboard.",
    HoldCause.ACCOUNT_SUSPENDED: "Answer AWS's case in the Support Center.",
    HoldCause.CREDENTIALS: "Give this project working AWS credentials.",
    HoldCause.PERMISSION: "Allow the permission in IAM.",
    HoldCause.CLOCK_SKEW: "Set the clock of the worker's host (NTP).",
    HoldCause.SENDER_UNVERIFIED: "Verify the address or its domain.",
    HoldCause.MAIL_FROM: "Publish the MX record of the MAIL FROM domain.",
    HoldCause.CONFIGURATION_SET_MISSING: "Create the set in SES, or change the"
    " setting that names it.",
    HoldCause.CONFIGURATION_SET_PAUSED: "Switch the set's sending on in SES.",
    HoldCause.SIGNING: "Correct the DKIM settings.",
    HoldCause.REPUTATION: "Find out which list brings the bounces or complaints, clean"
    " it, then resume it under Holds.",
}
_GRAVE_SCOPES = (HoldScope.ACCOUNT, HoldScope.MAILER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A hold, explained.

    Args:
        what: What is stopped.
        headline: The same with the reason.
        consequence: What follows for the mail.
        cure: What to do.
        grave: Whether it stops everything, and nobody wanted that.
    """

    what: str
    headline: str
    consequence: str
    cure: str
    grave: bool


def explain(hold: Hold) -> Explanation:
    """Return what a hold means."""
    what = _what(hold)
    known = hold.cause in HoldCause.values
    why = str(HoldCause(hold.cause).label) if known else hold.cause
    by_operator = hold.cause == HoldCause.OPERATOR
    if by_operator:
        by = f" by {hold.placed_by}" if hold.placed_by else " by an operator"
        headline = f"{what} is stopped{by}."
    else:
        headline = f"{what} waits: {why}."
    return Explanation(
        what=what,
        headline=headline,
        consequence="It is kept and nothing is lost; all other mail still leaves."
        if hold.scope not in _GRAVE_SCOPES
        else "It is kept and nothing is lost.",
        cure=_CURES.get(hold.cause, ""),
        grave=not by_operator and hold.scope in _GRAVE_SCOPES,
    )


def _what(hold: Hold) -> str:
    value = hold.value[:80]
    match hold.scope:
        case HoldScope.ACCOUNT:
            return "All mail of this account"
        case HoldScope.MAILER:
            return f"Mail of the mailer {value}"
        case HoldScope.LANE:
            return f"{value.capitalize()} mail"
        case HoldScope.SENDER:
            return f"Mail from {value}"
        case _:
            return f"Mail with the configuration set {value}"
