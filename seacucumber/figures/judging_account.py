"""What AWS thinks of the account, what is held, and how near the limits are."""

from __future__ import annotations

from collections.abc import Iterator

from seacucumber.enums import GuardLevel, HoldCause
from seacucumber.figures.findings import Finding, Severity
from seacucumber.figures.hold_words import explain
from seacucumber.figures.overview import Overview
from seacucumber.models import AccountSnapshot

#: AWS puts an account under review at the first, and may pause it at the second.
#: https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
BOUNCE_REVIEW, BOUNCE_PAUSE = 0.05, 0.10
COMPLAINT_REVIEW, COMPLAINT_PAUSE = 0.001, 0.005
#: Close enough to the first that somebody should look.
_BOUNCE_CLOSE, _COMPLAINT_CLOSE = 0.04, 0.0008
#: Words of SES's EnforcementStatus; the list is open.
HEALTHY, PROBATION, SHUTDOWN = "HEALTHY", "PROBATION", "SHUTDOWN"
_QUOTA_CLOSE = 0.9


def _may_send(snapshot: AccountSnapshot) -> bool:
    return snapshot.sending_enabled and snapshot.enforcement_status != SHUTDOWN


def account(overview: Overview) -> Iterator[Finding]:
    snapshot = overview.snapshot
    if snapshot is None:
        return
    status = snapshot.enforcement_status.upper()
    if status == SHUTDOWN:
        yield Finding(
            severity=Severity.BAD,
            headline="AWS has paused sending for this account.",
            text="Mail is kept and nothing is lost. Answer AWS's case in the Support"
            " Center; sending goes on by itself when AWS lifts the pause.",
            about="account",
        )
    elif not snapshot.sending_enabled:
        yield Finding(
            severity=Severity.BAD,
            headline="Sending is switched off for this SES account.",
            text="Mail is kept and nothing is lost. Switch it on in the AWS console:"
            " SES, Account dashboard.",
            about="account",
        )
    elif status == PROBATION:
        yield Finding(
            severity=Severity.BAD,
            headline="AWS reviews this account.",
            text="Mail still leaves. AWS may pause it: find what bounces or is"
            " complained about, and answer the case in the Support Center.",
            about="rates",
        )
    elif status not in ("", HEALTHY):
        yield Finding(
            severity=Severity.WARN,
            headline=f"SES calls the state of this account {status[:32]}.",
            text="This version does not know the word. See the AWS console: SES,"
            " Account dashboard.",
            about="account",
        )
    if not snapshot.production_access:
        yield Finding(
            severity=Severity.INFO,
            headline="The account is in the sandbox.",
            text="Only verified recipients get mail. Ask AWS for production access"
            " before you go live.",
        )


def holds(overview: Overview) -> Iterator[Finding]:
    said = overview.snapshot is not None and not _may_send(overview.snapshot)
    for hold in overview.holds:
        if said and hold.cause in (
            HoldCause.ACCOUNT_PAUSED,
            HoldCause.ACCOUNT_SUSPENDED,
        ):
            continue
        words = explain(hold)
        # The guard's figures say what there is to clean up.
        why = f"{hold.detail} " if hold.cause == HoldCause.REPUTATION else ""
        yield Finding(
            severity=Severity.BAD if words.grave or why else Severity.WARN,
            headline=words.headline,
            text=f"{why}{words.consequence} {words.cure}",
            about="holds",
        )


def reputation(overview: Overview) -> Iterator[Finding]:
    """Say what the guard warns of; what it has stopped is said with the holds."""
    row = overview.reputation
    if row is None or row.level != GuardLevel.WARNED:
        return
    shares = [
        f"{share:.2%} {what}"
        for share, what in (
            (row.bounce_rate, "bounced"),
            (row.complaint_rate, "complained"),
        )
        if share
    ]
    yield Finding(
        severity=Severity.WARN,
        headline="The reputation guard warns: bounces or complaints are many.",
        text=f"Of {row.sent:,} recipients {' and '.join(shares)}. Bulk mail is stopped"
        " before AWS's line is reached; clean its list now.",
        about="rates",
    )


def rates(overview: Overview) -> Iterator[Finding]:
    day = overview.traffic.last_day
    for name, rate, lines in (
        ("bounced", day.bounce_rate, (_BOUNCE_CLOSE, BOUNCE_REVIEW, BOUNCE_PAUSE)),
        (
            "brought a complaint",
            day.complaint_rate,
            (_COMPLAINT_CLOSE, COMPLAINT_REVIEW, COMPLAINT_PAUSE),
        ),
    ):
        close, review, pause = lines
        if rate is None or rate < close:
            continue
        line = (
            f"AWS reviews an account at {review:.1%}, and may pause it at {pause:.1%}"
        )
        yield Finding(
            severity=Severity.BAD if rate >= review else Severity.WARN,
            headline=f"{rate:.2%} of the last 24 hours' mail {name}.",
            text=f"{line}. Stop the mail that does it, and clean its list.",
            about="rates",
        )


def quota(overview: Overview) -> Iterator[Finding]:
    figures = overview.quota
    held = any(hold.cause == HoldCause.QUOTA for hold in overview.holds)
    if figures.limited and figures.share >= _QUOTA_CLOSE and not held:
        yield Finding(
            severity=Severity.WARN,
            headline=f"{figures.share:.0%} of the 24 hour quota is used.",
            text="When only the reserve is left, bulk mail waits and transactional mail"
            " goes on. Ask AWS for a higher quota if this happens often.",
            about="account",
        )
