"""Rows as a busy project has them: 90 days of figures, a queue, holds, identities."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.apps import apps

from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import (
    HoldCause,
    HoldScope,
    IdentityKind,
    IdentityStatus,
    Lane,
    RefreshSubject,
)
from seacucumber.models import (
    AccountSnapshot,
    Hold,
    Identity,
    Message,
    Pace,
    QuotaSlice,
    Refresh,
    StatisticPoint,
)
from seacucumber.models.queue.quota import SLICE_US
from tests.queue import now_us, put_many

MAX_RATE = 14.0
QUOTA = 50_000.0
DAYS = 90
_QUARTER = timedelta(minutes=15)


def key() -> str:
    """Return the account of the default mailer."""
    return get_mailer().pace_key


def now() -> datetime:
    """Return the database's time."""
    return datetime.fromtimestamp(now_us() / US_PER_S, UTC)


def seed_statistics(days: int = DAYS, *, bounce_share: float = 0.012) -> None:
    """Store what SES would have counted: quiet nights, quiet weekends."""
    StatisticPoint.objects.bulk_create(_points(days, bounce_share), batch_size=500)


def _points(days: int, bounce_share: float) -> Iterator[StatisticPoint]:
    begins = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=days)
    for number in range(days * 96 + 4):
        at = begins + number * _QUARTER
        attempts = _attempts(at, number)
        if attempts and at < now() - _QUARTER:
            wave = 1 + 0.6 * math.sin(number / 130)
            yield StatisticPoint(
                key=key(),
                at=at,
                delivery_attempts=attempts,
                bounces=round(attempts * bounce_share * wave),
                complaints=int(number % 41 == 0 and attempts > 40),
                rejects=int(number % 331 == 0),
            )


def _attempts(at: datetime, number: int) -> int:
    hour = at.hour + at.minute / 60
    day = max(0.0, math.sin((hour - 5) / 18 * math.pi)) if hour > 5 else 0.0
    weekday = 0.35 if at.weekday() >= 5 else 1.0
    ripple = 1 + 0.25 * math.sin(number * 1.7) + 0.15 * math.sin(number / 11)
    # Two newsletters a month.
    newsletter = 1500 if at.day in (2, 16) and 9 <= hour < 12 else 0
    return int(320 * day * weekday * ripple + newsletter * ripple)


def seed_account(
    days: int = DAYS,
    *,
    sent_last_24h: float = 31_204.0,
    production_access: bool = True,
    enforcement_status: str = "HEALTHY",
    sending_enabled: bool = True,
) -> None:
    """Store the account's limits over time: AWS raised the rate a month ago."""
    moment = now()
    AccountSnapshot.objects.filter(key=key()).delete()
    AccountSnapshot.objects.bulk_create(
        [
            AccountSnapshot(
                key=key(),
                taken_at=moment - timedelta(hours=hours),
                max_24h_send=QUOTA,
                max_send_rate=MAX_RATE if hours < 30 * 24 else 10.0,
                sent_last_24h=sent_last_24h,
                production_access=production_access,
                sending_enabled=sending_enabled,
                enforcement_status=enforcement_status,
            )
            for hours in range(days * 24, -1, -1)
        ],
        batch_size=500,
    )
    Pace.objects.learn(
        key=key(),
        max_send_rate=MAX_RATE,
        max_24h_send=QUOTA,
        sent_last_24h=sent_last_24h,
    )
    Pace.objects.filter(key=key()).update(swept_at_us=now_us() - 4 * US_PER_S)


def seed_slices(days: int = DAYS) -> None:
    """Store what this project counted as sent, ten minutes each."""
    last_us = now_us() - now_us() % SLICE_US
    rows = []
    for number in range(days * 144):
        start_us = last_us - number * SLICE_US
        at = datetime.fromtimestamp(start_us / US_PER_S, UTC)
        recipients = int(min(_attempts(at, number), 300) / 1.5)
        allowed = MAX_RATE if number < 30 * 144 else 10.0
        if recipients:
            # A report to all customers leaves as fast as it may, every morning.
            if at.hour == 9 and at.minute < 10:
                recipients = int(allowed * (0.3 + at.day % 7 / 10) * 600)
            recipients = min(recipients, int(allowed * 0.995 * 600))
            rows.append(
                QuotaSlice(pace_key=key(), start_us=start_us, recipients=recipients)
            )
    QuotaSlice.objects.bulk_create(rows, batch_size=500)


def seed_queue(transactional: int = 3, bulk: int = 40) -> None:
    """Put mail into both lanes: bulk mail has waited for 41 minutes."""
    put_many(transactional, lane=Lane.TRANSACTIONAL)
    put_many(bulk, lane=Lane.BULK, subject="Our news in November")
    Message.objects.filter(lane=Lane.BULK).update(
        ready_at_us=now_us() - 41 * 60 * US_PER_S
    )


def seed_holds() -> None:
    """Place one hold that SES caused, and one that somebody wanted."""
    moment_us = now_us()
    Hold.objects.place(
        key(),
        scope=HoldScope.SENDER,
        value="news@shop.example",
        cause=HoldCause.SENDER_UNVERIFIED,
        detail="Email address is not verified in region EU-WEST-1.",
        now_us=moment_us,
    )
    Hold.objects.place(
        key(),
        scope=HoldScope.LANE,
        value="bulk",
        cause=HoldCause.OPERATOR,
        detail="Wrong price in the newsletter.",
        now_us=moment_us,
        probed=False,
    )
    Hold.objects.filter(cause=HoldCause.OPERATOR).update(
        placed_by="ann", placed_at=now() - timedelta(minutes=41)
    )


def seed_identities() -> None:
    """Store identities in every state; example.com, the default sender's, is fine."""
    _identity("example.com", IdentityStatus.VERIFIED, dkim_status="success")
    _identity("shop.example", IdentityStatus.VERIFIED, dkim_status="success")
    _identity(
        "old.example",
        IdentityStatus.VERIFIED,
        dkim_status="success",
        records=[_record("dkim", "missing"), _record("dmarc", "missing")],
        records_checked_at=now() - timedelta(hours=3),
    )
    _identity("batman@gotham.example", IdentityStatus.PENDING)
    _identity("gotham.example", IdentityStatus.FAILED, error_type="HOST_NOT_FOUND")
    _identity("news@shop.example", IdentityStatus.PENDING)


def _record(purpose: str, result: str) -> dict[str, object]:
    return {
        "purpose": purpose,
        "name": "x._domainkey.old.example",
        "type": "CNAME",
        "value": "x.dkim.amazonses.com",
        "result": result,
        "found": [],
        "note": "",
        "checked_at": "",
    }


def _identity(name: str, status: IdentityStatus, **values: object) -> None:
    verified = status == IdentityStatus.VERIFIED
    Identity.objects.create(
        **{
            "pace_key": key(),
            "mailer": "default",
            "name": name,
            "kind": IdentityKind.ADDRESS if "@" in name else IdentityKind.DOMAIN,
            "status": status,
            "sending_enabled": verified,
            "refreshed_at": now() - timedelta(minutes=2),
            **values,
        }
    )


def seed_refreshes(age: timedelta = timedelta(minutes=2)) -> None:
    """Let all figures be that old, and the periodic tasks have run."""
    at = now() - age
    for subject in RefreshSubject:
        Refresh.objects.update_or_create(
            pace_key=key(),
            subject=subject,
            defaults={"asked_at": at, "succeeded_at": at},
        )
    if apps.is_installed("django_celery_beat"):
        tasks = apps.get_model("django_celery_beat", "PeriodicTask")
        tasks.objects.filter(task__startswith="seacucumber").update(last_run_at=at)


def seed_healthy(days: int = DAYS) -> None:
    """Let all be well."""
    seed_statistics(days)
    seed_account(days)
    seed_slices(days)
    seed_refreshes()
    _identity("example.com", IdentityStatus.VERIFIED, dkim_status="success")


def seed_everything() -> None:
    """Fill all that the dashboard shows, with some trouble."""
    seed_statistics()
    seed_account()
    seed_slices()
    seed_queue()
    seed_holds()
    seed_identities()
    seed_refreshes()


def seed_paused() -> None:
    """Let AWS have paused the account, and mail wait for that."""
    seed_healthy()
    seed_account(days=1, enforcement_status="SHUTDOWN", sending_enabled=False)
    seed_queue()
    Hold.objects.place(
        key(),
        scope=HoldScope.ACCOUNT,
        value="",
        cause=HoldCause.ACCOUNT_PAUSED,
        detail="Sending paused for this account.",
        now_us=now_us(),
    )


def seed_denied() -> None:
    """Let the figures be old, because a permission is gone."""
    seed_healthy()
    seed_refreshes(timedelta(hours=5))
    Refresh.objects.update(
        asked_at=now() - timedelta(minutes=1),
        error_code="AccessDenied",
        error_detail="The credentials may not call GetAccount.",
        missing_permission="ses:GetAccount",
    )
    StatisticPoint.objects.filter(at__gt=now() - timedelta(hours=5)).delete()
    StatisticPoint.objects.filter(at__lt=now() - timedelta(days=40)).delete()
    AccountSnapshot.objects.filter(taken_at__gt=now() - timedelta(hours=5)).delete()


def seed_identities_without_default_sender() -> None:
    """Let the account have a domain, but not that of the settings."""
    Identity.objects.all().delete()
    _identity("shop.example", IdentityStatus.VERIFIED)
