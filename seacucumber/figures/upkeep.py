"""What runs by itself: how old the figures are, and whether the periodic tasks run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Max

from seacucumber.enums import RefreshSubject
from seacucumber.models import Pace, Refresh
from seacucumber.schedule import PERIODIC_TASKS
from seacucumber.text.times import aware, of_us

SWEEP = "seacucumber.tasks.sweep"
#: The sweep runs twice a minute and leaves a trace of its own. After so long without
#: one it does not run: on every page, and for the doctor.
SWEPT_WITHIN = timedelta(minutes=2)
_TASKS: Mapping[RefreshSubject, str] = {
    RefreshSubject.ACCOUNT: "seacucumber.tasks.refresh_usage",
    RefreshSubject.STATISTICS: "seacucumber.tasks.refresh_usage",
    RefreshSubject.IDENTITIES: "seacucumber.tasks.refresh_identities",
    RefreshSubject.SUPPRESSION: "seacucumber.tasks.refresh_suppression",
}
_UNKNOWN_PERIOD_S = 3600.0
#: So many periods without a success, and somebody should look.
_PATIENCE_PERIODS = 3
#: django-celery-beat writes down every three minutes when its tasks ran.
_BEAT_WRITES_S = 200.0
_UNITS_S: Mapping[str, float] = {
    "days": 86_400.0,
    "hours": 3600.0,
    "minutes": 60.0,
    "seconds": 1.0,
    "microseconds": 1e-6,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One periodic task.

    Args:
        period_s: Seconds from run to run; None if it follows a calendar.
        last_run_at: None if it is not known.
        late: Whether it should have run, and did not.
    """

    name: str
    task: str
    enabled: bool
    period_s: float | None
    schedule: str
    last_run_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How old one kind of figures is.

    Args:
        succeeded_at: When SES last told; None if it never did.
        error: What became of the last try; empty if it went well.
        missing_permission: The IAM action to allow, if that is the reason.
        stale: Whether more than three periods have passed.
    """

    subject: RefreshSubject
    asked_at: datetime | None
    succeeded_at: datetime | None
    error: str
    missing_permission: str
    period_s: float
    stale: bool


def read_jobs(now: datetime) -> tuple[Job, ...]:
    """Return the periodic tasks: beat's rows, or what is meant to run without them."""
    swept_us = Pace.objects.aggregate(at=Max("swept_at_us"))["at"]
    swept_at = of_us(swept_us) if swept_us else None
    rows = list(_beat_rows())
    if not rows:
        return tuple(
            _job(
                row.name,
                row.task,
                now=now,
                period_s=float(row.every_s),
                swept_at=swept_at,
            )
            for row in PERIODIC_TASKS
        )
    return tuple(
        _job(
            row.name,
            row.task,
            now=now,
            period_s=_period_s(row),
            schedule=str(row.crontab or ""),
            enabled=row.enabled,
            last_run_at=aware(row.last_run_at) if row.last_run_at else None,
            swept_at=swept_at,
        )
        for row in rows
    )


def tasks_in_beat() -> frozenset[str] | None:
    """Return the tasks that django-celery-beat has rows of; None where it is not."""
    if not apps.is_installed("django_celery_beat"):
        return None
    return frozenset(row.task for row in _beat_rows())


def read_ages(key: str, jobs: tuple[Job, ...], now: datetime) -> tuple[Age, ...]:
    """Return how old an account's figures are."""
    rows = {row.subject: row for row in Refresh.objects.filter(pace_key=key)}
    # To read all of the list is to read what is new as well.
    both = (RefreshSubject.SUPPRESSION, RefreshSubject.ALL_SUPPRESSION)
    asked = [rows[subject] for subject in both if rows.get(subject)]
    asked.sort(key=lambda row: aware(row.asked_at) if row.asked_at else now)
    rows[RefreshSubject.SUPPRESSION] = asked[-1] if asked else Refresh()
    return tuple(
        _age(subject, rows.get(subject), _period_of(subject, jobs), now)
        for subject in _TASKS
    )


def is_recent(swept_at: datetime, now: datetime) -> bool:
    """Tell whether a sweep is recent enough for the sweep to run."""
    return now - swept_at <= SWEPT_WITHIN


def _age(
    subject: RefreshSubject, row: Refresh | None, period_s: float, now: datetime
) -> Age:
    row = row or Refresh()
    succeeded_at = aware(row.succeeded_at) if row.succeeded_at else None
    patience = timedelta(seconds=_PATIENCE_PERIODS * period_s)
    return Age(
        subject=subject,
        asked_at=aware(row.asked_at) if row.asked_at else None,
        succeeded_at=succeeded_at,
        error=row.error_detail or row.error_code,
        missing_permission=row.missing_permission,
        period_s=period_s,
        stale=succeeded_at is not None and now - succeeded_at > patience,
    )


def _period_of(subject: RefreshSubject, jobs: tuple[Job, ...]) -> float:
    periods = [job.period_s for job in jobs if job.task == _TASKS[subject]]
    return next((period for period in periods if period), _UNKNOWN_PERIOD_S)


def _beat_rows() -> Iterator[Any]:
    if apps.is_installed("django_celery_beat"):
        tasks = apps.get_model("django_celery_beat", "PeriodicTask")
        yield from (
            tasks.objects.filter(task__startswith="seacucumber.tasks.")
            .select_related("interval", "crontab")
            .order_by("name")
        )


def _period_s(row: Any) -> float | None:
    if row.interval is None:
        return None
    return float(row.interval.every * _UNITS_S.get(row.interval.period, 1.0))


def _job(
    name: str,
    task: str,
    *,
    now: datetime,
    period_s: float | None,
    swept_at: datetime | None,
    schedule: str = "",
    enabled: bool = True,
    last_run_at: datetime | None = None,
) -> Job:
    # The sweep leaves a trace of its own. Beat only knows that it has asked for a run,
    # not whether a worker was there.
    last = swept_at if task == SWEEP else last_run_at
    late = False
    if enabled and task == SWEEP and swept_at is not None:
        late = not is_recent(swept_at, now)
    elif enabled and period_s and last is not None:
        patience_s = _PATIENCE_PERIODS * period_s + _BEAT_WRITES_S
        late = (now - last).total_seconds() > patience_s
    return Job(
        name=name,
        task=task,
        enabled=enabled,
        period_s=period_s,
        schedule=schedule,
        last_run_at=last,
        late=late,
    )
