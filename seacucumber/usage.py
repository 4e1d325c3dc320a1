"""Reading the account's limits and figures from SES, and keeping them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.db import clock
from seacucumber.db.retry import persist
from seacucumber.delivery import queue_database
from seacucumber.delivery.holds.lifecycle import lift
from seacucumber.delivery.outcomes.notifications import announce
from seacucumber.delivery.outcomes.recorder import BatchResult
from seacucumber.enums import EnforcementStatus, HoldCause, HoldScope, RefreshSubject
from seacucumber.exceptions import AccessDenied, AccountError
from seacucumber.models import Hold, Pace
from seacucumber.models.account.usage import AccountSnapshot, StatisticPoint
from seacucumber.refresh_schedule import Outcome, Skipped, run
from seacucumber.ses.account import quota as account
from seacucumber.text.enforcement import explain

_PATIENCE_S = 5.0
_TWO_WEEKS = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of the account's figures."""

    delivery_attempts: int = 0
    bounces: int = 0
    rejects: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """What `refresh` has read; where SES did not tell, what it said last.

    Args:
        account: Limits and state; None if SES never told.
        day: Today, in the current time zone.
        today: Sums of today.
        past_two_weeks: Sums of the two weeks before, without today.
        errors: Why SES did not tell, by subject.
        skipped: Why SES was not asked, by subject.
    """

    account: account.AccountUsage | None
    day: date
    today: Totals
    past_two_weeks: Totals
    errors: Mapping[RefreshSubject, AccountError] = field(default_factory=dict)
    skipped: Mapping[RefreshSubject, Skipped] = field(default_factory=dict)

    @property
    def missing_permission(self) -> str:
        """The IAM action that these credentials lack first; empty if none."""
        denials = (e for e in self.errors.values() if isinstance(e, AccessDenied))
        return next((error.permission for error in denials), "")


def refresh(
    alias: str = DEFAULT_MAILER, *, unless_younger_s: float = 0.0
) -> UsageReport:
    """Ask SES for limits and figures of a mailer's account, keep and return them.

    The pace of the account learns its limits from this, and mail is held while the
    account is paused. Either question may fail without the other. Never raises
    `AccountError`: it is in the report, and in the refresh's row.

    Args:
        unless_younger_s: Figures of this age are good enough.
    """
    mailer = get_mailer(alias)
    asked_us = clock.read_us(queue_database())
    outcome = run(
        mailer,
        RefreshSubject.ACCOUNT,
        ask=lambda: (account.read_account(mailer), None),
        keep=lambda usage: _keep_account(mailer.pace_key, usage),
        unless_younger_s=unless_younger_s,
    )
    if outcome.value is not None:
        _review_holds(mailer.pace_key, outcome.value, asked_us)
    counted = run(
        mailer,
        RefreshSubject.STATISTICS,
        ask=lambda: (account.read_statistics(mailer), None),
        keep=lambda points: StatisticPoint.objects.record(
            key=mailer.pace_key, points=points
        ),
        unless_younger_s=unless_younger_s,
    )
    return _report(mailer.pace_key, outcome, counted)


def _keep_account(key: str, usage: account.AccountUsage) -> None:
    Pace.objects.learn(
        key=key,
        max_send_rate=usage.max_send_rate,
        max_24h_send=usage.max_24h_send,
        sent_last_24h=usage.sent_last_24h,
    )
    now_us = clock.read_us(queue_database())
    taken_at = datetime.fromtimestamp(now_us / clock.US_PER_S, UTC)
    AccountSnapshot.objects.record(key=key, taken_at=taken_at, usage=usage)


def _review_holds(key: str, usage: account.AccountUsage, asked_us: int) -> None:
    """Hold mail while the account is paused, and no longer."""
    batch = persist(
        queue_database(),
        lambda: _place_or_lift(key, _pause(usage), asked_us),
        for_s=_PATIENCE_S,
    )
    announce(batch)


def _pause(usage: account.AccountUsage) -> str:
    """Return why the account sends nothing; empty if it does."""
    enforcement = explain(usage.enforcement_status)
    if enforcement and enforcement.status is EnforcementStatus.SHUTDOWN:
        return str(enforcement)
    if not usage.sending_enabled:
        return (
            "Sending is switched off for this SES account. Switch it on in the SES"
            " console (Account dashboard), or ask who switched it off."
        )
    return ""


def _place_or_lift(key: str, pause: str, asked_us: int) -> BatchResult:
    batch = BatchResult()
    # As deliverers do, so that nobody parks mail for a hold that is lifted here.
    Pace.objects.lock(key)
    now_us = clock.read_us(queue_database())
    if pause:
        # It is probed: should SES never be asked again, mail is not kept for good.
        hold, placed = Hold.objects.place(
            key,
            scope=HoldScope.ACCOUNT,
            value="",
            cause=HoldCause.ACCOUNT_PAUSED,
            detail=pause,
            now_us=now_us,
        )
        if placed:
            batch.placed.append(hold)
        elif hold.detail != pause[:200]:
            Hold.objects.filter(pk=hold.pk).update(detail=pause[:200])
        return batch
    # One that came after the question knows better than its answer.
    ended = Hold.objects.filter(
        pace_key=key,
        scope=HoldScope.ACCOUNT,
        cause=HoldCause.ACCOUNT_PAUSED,
        placed_at__lt=clock.moment(asked_us),
    )
    for hold in ended:
        lift(hold, now_us)
        batch.lifted.append(hold)
    return batch


def _report(
    key: str,
    outcome: Outcome[account.AccountUsage],
    counted: Outcome[list[account.StatisticPoint]],
) -> UsageReport:
    now = datetime.now(UTC)
    day = timezone.localtime(now).date()
    points = _known_points(key, now) if counted.value is None else counted.value
    outcomes: dict[RefreshSubject, Outcome[Any]] = {
        RefreshSubject.ACCOUNT: outcome,
        RefreshSubject.STATISTICS: counted,
    }
    return UsageReport(
        account=outcome.value or _known_account(key),
        day=day,
        today=_totals([point for point in points if _day(point) == day]),
        past_two_weeks=_totals([point for point in points if _day(point) != day]),
        errors={name: row.error for name, row in outcomes.items() if row.error},
        skipped={name: row.skipped for name, row in outcomes.items() if row.skipped},
    )


def _known_account(key: str) -> account.AccountUsage | None:
    """Return what SES said last."""
    row = AccountSnapshot.objects.latest_of(key)
    if row is None:
        return None
    return account.AccountUsage(
        max_24h_send=row.max_24h_send,
        max_send_rate=row.max_send_rate,
        sent_last_24h=row.sent_last_24h,
        production_access=row.production_access,
        sending_enabled=row.sending_enabled,
        enforcement_status=row.enforcement_status,
    )


def _known_points(key: str, now: datetime) -> list[account.StatisticPoint]:
    """Return the two weeks as SES told them last."""
    return [
        account.StatisticPoint(
            at=clock.aware(row.at),
            delivery_attempts=row.delivery_attempts,
            bounces=row.bounces,
            complaints=row.complaints,
            rejects=row.rejects,
        )
        for row in StatisticPoint.objects.since(key, now - _TWO_WEEKS)
    ]


def _day(point: account.StatisticPoint) -> date:
    return timezone.localtime(point.at).date()


def _totals(points: Sequence[account.StatisticPoint]) -> Totals:
    return Totals(
        delivery_attempts=sum(point.delivery_attempts for point in points),
        bounces=sum(point.bounces for point in points),
        rejects=sum(point.rejects for point in points),
        complaints=sum(point.complaints for point in points),
    )
