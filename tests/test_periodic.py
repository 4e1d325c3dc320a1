"""The rows of django-celery-beat that earlier versions made are put right."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps

from seacucumber.periodic import make_periodic_tasks
from seacucumber.schedule import PERIODIC_TASKS

pytestmark = pytest.mark.django_db

SWEEP = "seacucumber.tasks.sweep"


@pytest.fixture
def rows() -> Any:
    make_periodic_tasks("default")
    return apps.get_model("django_celery_beat", "PeriodicTask").objects


def test_no_run_expires_by_the_clock_of_a_workers_host(rows: Any) -> None:
    mine = rows.filter(task__startswith="seacucumber.")

    assert mine.count() == len(PERIODIC_TASKS)
    assert set(mine.values_list("expire_seconds", flat=True)) == {None}


def test_what_an_earlier_version_let_expire_does_no_longer(rows: Any) -> None:
    """And beat hears of it, whatever else has been edited."""
    changes = apps.get_model("django_celery_beat", "PeriodicTasks")
    rows.filter(task=SWEEP).update(expire_seconds=10, enabled=False, name="my sweep")
    before = changes.last_change()

    assert make_periodic_tasks("default") == ["my sweep"]

    sweep = rows.get(task=SWEEP)
    assert (sweep.expire_seconds, sweep.enabled) == (None, False)
    assert changes.last_change() > before
    assert make_periodic_tasks("default") == []


def test_what_an_operator_lets_expire_is_left_alone(rows: Any) -> None:
    rows.filter(task=SWEEP).update(expire_seconds=120)

    assert make_periodic_tasks("default") == []
    assert rows.get(task=SWEEP).expire_seconds == 120
