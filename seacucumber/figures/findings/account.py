"""What AWS thinks of the account, what is held, and how near the limits are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.enums import EnforcementStatus, GuardLevel, HoldCause
from seacucumber.figures.findings.base import Finding, Severity
from seacucumber.figures.overview import Overview
from seacucumber.models import AccountSnapshot
from seacucumber.text.enforcement import explain
from seacucumber.text.holds import (
    consequence_of,
    headline_of,
    is_grave,
    remedy_of,
    widest_first,
)

#: AWS puts an account under review at the first, and may pause it at the second.
#: https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
BOUNCE_REVIEW, BOUNCE_PAUSE = 0.05, 0.10
COMPLAINT_REVIEW, COMPLAINT_PAUSE = 0.001, 0.005
#: Close enough to the first that somebody should look.
_BOUNCE_CLOSE, _COMPLAINT_CLOSE = 0.04, 0.0008
_QUOTA_CLOSE = 0.9


def _may_send(snapshot: AccountSnapshot) -> bool:
    return (
        snapshot.sending_enabled
        and snapshot.enforcement_status != EnforcementStatus.SHUTDOWN
    )


def account(overview: Overview) -> Iterator[Finding]:
    snapshot = overview.snapshot
    if snapshot is None:
        return
    if finding := _standing(snapshot):
        yield finding
    if not snapshot.production_access:
        yield Finding(
            severity=Severity.INFO,
            headline=_("The account is in the sandbox."),
            text=_(
                "Only verified recipients get mail. Ask AWS for production access"
                " before you go live."
            ),
        )


def _standing(snapshot: AccountSnapshot) -> Finding | None:
    """Return what AWS objects to, or who has switched sending off."""
    enforcement = explain(snapshot.enforcement_status)
    paused = enforcement and enforcement.status is EnforcementStatus.SHUTDOWN
    if not (snapshot.sending_enabled or paused):
        return Finding(
            severity=Severity.BAD,
            headline=_("Sending is switched off for this SES account."),
            text=_(
                "Mail is kept and nothing is lost. Switch it on in the AWS console:"
                " SES, Account dashboard."
            ),
            about="account",
        )
    if enforcement is None:
        return None
    reviewed = enforcement.status is EnforcementStatus.PROBATION
    return Finding(
        severity=Severity.BAD if enforcement.status else Severity.WARN,
        headline=enforcement.headline,
        text=enforcement.advice,
        about="rates" if reviewed else "account",
    )


def holds(overview: Overview) -> Iterator[Finding]:
    said = overview.snapshot is not None and not _may_send(overview.snapshot)
    for hold in widest_first(overview.holds):
        if said and hold.cause in (
            HoldCause.ACCOUNT_PAUSED,
            HoldCause.ACCOUNT_SUSPENDED,
        ):
            continue
        # The guard's figures say what there is to clean up, and how SES is silent may
        # tell whose fault it is.
        telling = hold.cause in (HoldCause.REPUTATION, HoldCause.SES_SILENT)
        why = f"{hold.detail} " if telling else ""
        yield Finding(
            severity=Severity.BAD if is_grave(hold) or why else Severity.WARN,
            headline=headline_of(hold),
            text=f"{why}{consequence_of(hold, overview.holds)} {remedy_of(hold)}",
            about="holds",
        )


def reputation(overview: Overview) -> Iterator[Finding]:
    """Say what the guard warns of; what it has stopped is said with the holds."""
    row = overview.reputation
    if row is None or row.level != GuardLevel.WARNED:
        return
    shares = [
        words % {"share": f"{share:.2%}"}
        for share, words in (
            (row.bounce_rate, _("%(share)s bounced")),
            (row.complaint_rate, _("%(share)s complained")),
        )
        if share
    ]
    yield Finding(
        severity=Severity.WARN,
        headline=_("The reputation guard warns: bounces or complaints are many."),
        text=_(
            "Of %(sent)s recipients %(shares)s. Bulk mail is stopped before AWS's line"
            " is reached; clean its list now."
        )
        % {"sent": f"{row.sent:,}", "shares": _(" and ").join(shares)},
        about="rates",
    )


_RATE_HEADLINES: Mapping[str, str | Promise] = {
    "bounces": gettext_lazy(
        "%(count)s of %(attempts)s recipients of the last 24 hours bounced (%(rate)s)."
    ),
    "complaints": gettext_lazy(
        "%(count)s of %(attempts)s recipients of the last 24 hours complained"
        " (%(rate)s)."
    ),
}


def rates(overview: Overview) -> Iterator[Finding]:
    day = overview.traffic.last_day
    for name, count, rate, lines in (
        (
            "bounces",
            day.bounces,
            day.bounce_rate,
            (_BOUNCE_CLOSE, BOUNCE_REVIEW, BOUNCE_PAUSE),
        ),
        (
            "complaints",
            day.complaints,
            day.alarming_complaints,
            (_COMPLAINT_CLOSE, COMPLAINT_REVIEW, COMPLAINT_PAUSE),
        ),
    ):
        close, review, pause = lines
        if rate is None or rate < close:
            continue
        yield Finding(
            severity=Severity.BAD if rate >= review else Severity.WARN,
            headline=str(_RATE_HEADLINES[name])
            % {
                "rate": f"{rate:.2%}",
                "count": f"{count:,}",
                "attempts": f"{day.attempts:,}",
            },
            text=_(
                "AWS reviews an account at %(review)s, and may pause it at %(pause)s."
                " Stop the mail that does it, and clean its list."
            )
            % {"review": f"{review:.1%}", "pause": f"{pause:.1%}"},
            about=name,
        )


def rate(overview: Overview) -> Iterator[Finding]:
    if overview.rate.makes_no_sense and not overview.rate.setting:
        yield Finding(
            severity=Severity.BAD,
            headline=_("The account's sending rate on record makes no sense."),
            text=_(
                "Mail leaves at %(rate)s recipients a second until it is known. Refresh"
                " the account's figures, or set CUCUMBER_RATE_LIMIT."
            )
            % {"rate": f"{overview.rate.allowed_per_s:g}"},
            about="account",
        )


def quota(overview: Overview) -> Iterator[Finding]:
    figures = overview.quota
    held = any(hold.cause == HoldCause.QUOTA for hold in overview.holds)
    if figures.limited and figures.share >= _QUOTA_CLOSE and not held:
        yield Finding(
            severity=Severity.WARN,
            headline=_("%(share)s of the 24 hour quota is used.")
            % {"share": f"{figures.share:.0%}"},
            text=_(
                "When only the reserve is left, bulk mail waits and transactional mail"
                " goes on. Ask AWS for a higher quota if this happens often."
            ),
            about="account",
        )
