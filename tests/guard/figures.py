"""Mail that was sent, and what came of it, without sending it."""

from __future__ import annotations

from datetime import timedelta

from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.enums import Lane
from seacucumber.models import AccountSnapshot, MailMinute, StatisticPoint
from seacucumber.models.account.reputation import MINUTE_US
from tests.queue import now_us


def mail(
    sent: int,
    *,
    bounced: int = 0,
    complained: int = 0,
    lane: Lane = Lane.BULK,
    age_s: float = 120.0,
) -> None:
    """Count mail of a lane that was sent so long ago."""
    at_us = clock.after_us(now_us(), -age_s)
    row, _ = MailMinute.objects.get_or_create(
        pace_key=get_mailer().pace_key, lane=lane, start_us=at_us - at_us % MINUTE_US
    )
    row.sent += sent
    row.bounced += bounced
    row.complained += complained
    row.save()


def told(
    attempts: int, *, bounces: int = 0, complaints: int = 0, age_s: float = 3600.0
) -> None:
    """Count what SES's statistics tell of a quarter of an hour."""
    StatisticPoint.objects.create(
        key=get_mailer().pace_key,
        at=clock.moment(now_us()) - timedelta(seconds=age_s),
        delivery_attempts=attempts,
        bounces=bounces,
        complaints=complaints,
        rejects=0,
    )


def aws_says(status: str) -> None:
    """Let SES have told how it judges the account."""
    AccountSnapshot.objects.create(
        key=get_mailer().pace_key,
        taken_at=clock.moment(now_us()),
        max_24h_send=50_000,
        max_send_rate=14,
        sent_last_24h=0,
        production_access=True,
        sending_enabled=True,
        enforcement_status=status,
    )
