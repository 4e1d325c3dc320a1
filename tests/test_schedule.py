"""The periodic tasks, for Celery's own beat and for django-celery-beat."""

from __future__ import annotations

import pytest

from seacucumber.schedule import PERIODIC_TASKS, beat_schedule
from tests.celery import app


@pytest.mark.django_db
def test_every_periodic_task_is_one_that_workers_know() -> None:
    app.loader.import_default_modules()

    assert {row.task for row in PERIODIC_TASKS} <= set(app.tasks)


def test_the_sweep_runs_more_often_than_a_lease_ends() -> None:
    [sweep] = [row for row in PERIODIC_TASKS if row.task.endswith(".sweep")]

    assert sweep.every_s <= 10


def test_celerys_beat_takes_the_schedule() -> None:
    schedule = beat_schedule()

    assert len(schedule) == len(PERIODIC_TASKS)
    for row in PERIODIC_TASKS:
        entry = schedule[row.name]
        assert entry["task"] == row.task
        assert entry["schedule"] == row.every_s
        # A worker whose clock is ahead would drop all that expires.
        assert entry["options"] == {}


def test_the_periodic_tasks_can_have_a_queue_of_their_own() -> None:
    for entry in beat_schedule(queue="mail").values():
        assert entry["options"]["queue"] == "mail"
