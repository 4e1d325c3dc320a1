"""Reading the account's limits and figures from SES, and keeping them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils import timezone

from seacucumber.conf import DEFAULT_MAILER, Mailer, get_mailer
from seacucumber.exceptions import AccessDenied
from seacucumber.models import Pace
from seacucumber.models.usage import AccountSnapshot, StatisticPoint
from seacucumber.ses import account


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of the account's figures."""

    delivery_attempts: int = 0
    bounces: int = 0
    rejects: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """What `refresh` has read.

    Args:
        account: Limits and state.
        day: Today, in the current time zone.
        today: Sums of today.
        past_two_weeks: Sums of the two weeks before, without today.
        missing_permission: The IAM action that the statistics need and these
            credentials lack; empty if all is well.
    """

    account: account.AccountUsage
    day: date
    today: Totals
    past_two_weeks: Totals
    missing_permission: str = ""


def refresh(alias: str = DEFAULT_MAILER) -> UsageReport:
    """Ask SES for limits and figures of a mailer's account, keep and return them.

    The pace of the account learns its limits from this. If only the statistics are
    denied, the rest is kept, and the report names the missing permission.

    Raises:
        AccountError: if SES does not tell.
    """
    mailer = get_mailer(alias)
    now = datetime.now(UTC)
    usage = account.read_account(mailer)
    points, missing_permission = _statistics(mailer)
    _keep(mailer.pace_key, now, usage, points)
    day = timezone.localtime(now).date()
    return UsageReport(
        account=usage,
        day=day,
        today=_totals([point for point in points if _day(point) == day]),
        past_two_weeks=_totals([point for point in points if _day(point) != day]),
        missing_permission=missing_permission,
    )


def _statistics(mailer: Mailer) -> tuple[list[account.StatisticPoint], str]:
    try:
        return account.read_statistics(mailer), ""
    except AccessDenied as error:
        return [], error.permission


def _keep(
    key: str,
    taken_at: datetime,
    usage: account.AccountUsage,
    points: Sequence[account.StatisticPoint],
) -> None:
    Pace.objects.learn(
        key=key,
        max_send_rate=usage.max_send_rate,
        max_24h_send=usage.max_24h_send,
        sent_last_24h=usage.sent_last_24h,
    )
    AccountSnapshot.objects.record(key=key, taken_at=taken_at, usage=usage)
    StatisticPoint.objects.record(key=key, points=points)


def _day(point: account.StatisticPoint) -> date:
    return timezone.localtime(point.at).date()


def _totals(points: Sequence[account.StatisticPoint]) -> Totals:
    return Totals(
        delivery_attempts=sum(point.delivery_attempts for point in points),
        bounces=sum(point.bounces for point in points),
        rejects=sum(point.rejects for point in points),
        complaints=sum(point.complaints for point in points),
    )
