from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from seacucumber.db.clock import US_PER_S
from seacucumber.enums import RefreshSubject
from seacucumber.figures.upkeep import Job, read_ages, read_jobs
from seacucumber.models import Pace, Refresh
from seacucumber.periodic import make_periodic_tasks
from seacucumber.schedule import PERIODIC_TASKS
from tests.admin import seed
from tests.queue import now_us

pytestmark = pytest.mark.django_db
REFRESH = "seacucumber.tasks.refresh_usage"
SWEEP = "seacucumber.tasks.sweep"


def _jobs() -> dict[str, Job]:
    return {job.task: job for job in read_jobs(seed.now())}


@pytest.fixture
def beat() -> Any:
    """The rows of django-celery-beat."""
    make_periodic_tasks("default")
    return apps.get_model("django_celery_beat", "PeriodicTask").objects


def test_every_periodic_task_is_listed() -> None:
    assert set(_jobs()) == {row.task for row in PERIODIC_TASKS}


def test_beats_own_schedule_counts(beat: Any) -> None:
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    hourly = interval.objects.create(every=2, period="hours")
    beat.filter(task=REFRESH).update(
        interval=hourly, last_run_at=seed.now() - timedelta(hours=5)
    )

    job = _jobs()[REFRESH]

    assert (job.period_s, job.late) == (7200.0, False)


def test_a_task_that_does_not_run_is_late(beat: Any) -> None:
    beat.filter(task=REFRESH).update(last_run_at=seed.now() - timedelta(hours=1))

    assert _jobs()[REFRESH].late


def test_a_task_that_was_switched_off_is_not_late(beat: Any) -> None:
    beat.update(enabled=False, last_run_at=seed.now() - timedelta(days=1))

    assert not any(job.late or job.enabled for job in _jobs().values())


def test_a_task_by_the_calendar_has_its_calendar_shown(beat: Any) -> None:
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule").objects.create()
    beat.filter(task=REFRESH).update(interval=None, crontab=crontab)

    job = _jobs()[REFRESH]

    assert (job.period_s, job.schedule) == (None, str(crontab))


def test_the_sweep_leaves_a_trace_without_beat() -> None:
    seed.seed_account(days=1)

    swept_at = _jobs()[SWEEP].last_run_at

    assert swept_at is not None
    assert seed.now() - swept_at < timedelta(minutes=1)
    Pace.objects.update(swept_at_us=0)
    assert _jobs()[SWEEP].last_run_at is None


def test_a_sweep_that_beat_asks_for_and_no_worker_runs_is_late(beat: Any) -> None:
    seed.seed_account(days=1)
    Pace.objects.update(swept_at_us=now_us() - 3600 * US_PER_S)
    beat.update(last_run_at=seed.now())

    assert _jobs()[SWEEP].late


def test_figures_are_stale_after_three_periods() -> None:
    for minutes, stale in ((14, False), (16, True)):
        seed.seed_refreshes(age=timedelta(minutes=minutes))
        ages = read_ages(seed.key(), read_jobs(seed.now()), seed.now())

        account = next(age for age in ages if age.subject is RefreshSubject.ACCOUNT)
        assert account.stale is stale


def test_figures_that_were_never_told_are_not_stale() -> None:
    ages = read_ages(seed.key(), (), seed.now())

    assert [(age.succeeded_at, age.stale) for age in ages] == [(None, False)] * 4


def test_why_figures_are_missing_is_kept() -> None:
    Refresh.objects.create(
        pace_key=seed.key(),
        subject=RefreshSubject.STATISTICS,
        error_code="AccessDenied",
        error_detail="No.",
        missing_permission="ses:GetSendStatistics",
    )

    ages = read_ages(seed.key(), (), seed.now())

    denied = next(age for age in ages if age.error)
    assert denied.subject is RefreshSubject.STATISTICS
    assert denied.missing_permission == "ses:GetSendStatistics"
