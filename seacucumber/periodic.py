"""The rows of django-celery-beat: made where they are missing.

What an operator has edited stays. Only the seconds to expiry that earlier versions set
are taken out: a worker whose clock is ahead drops every run that carries them.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections

from seacucumber.conf import InvalidSetting, get_mailer
from seacucumber.schedule import PERIODIC_TASKS, PeriodicTask


def make_periodic_tasks(using: str) -> list[str]:
    """Create the periodic tasks that django-celery-beat does not have yet.

    A row that an operator has edited, or disabled, stays as it is. Does nothing where
    django-celery-beat is not installed, or not migrated yet.

    Returns:
        The names of the rows that were created, or corrected.
    """
    if not apps.is_installed("django_celery_beat"):
        return []
    tasks = apps.get_model("django_celery_beat", "PeriodicTask")
    intervals = apps.get_model("django_celery_beat", "IntervalSchedule")
    tables = connections[using].introspection.table_names()
    if not {tasks._meta.db_table, intervals._meta.db_table} <= set(tables):
        return []
    made = []
    for row in PERIODIC_TASKS:
        known = list(tasks.objects.using(using).filter(task=row.task))
        if known:
            made += _drop_our_expiry(known, row)
            continue
        interval = _interval(intervals, using, row.every_s)
        tasks.objects.using(using).create(
            name=row.name,
            task=row.task,
            interval=interval,
            queue=_queue() or None,
        )
        made.append(row.name)
    return made


def _drop_our_expiry(known: list[Any], row: PeriodicTask) -> list[str]:
    """Take out what this function has once set, and nobody has edited since."""
    ours = [each for each in known if each.expire_seconds == row.every_s]
    for each in ours:
        each.expire_seconds = None
        # By itself: so beat hears of it, and no other column is written.
        each.save(update_fields=["expire_seconds"])
    return [each.name for each in ours]


def _interval(intervals: type, using: str, every_s: int) -> object:
    # Not get_or_create(): beat's table may hold the same interval several times.
    rows = intervals.objects.using(using)  # type: ignore[attr-defined]
    found = rows.filter(every=every_s, period="seconds").first()
    return found or rows.create(every=every_s, period="seconds")


def _queue() -> str:
    try:
        return get_mailer().route_queue
    except InvalidSetting:
        # migrate is not the place to complain about it; the system check does.
        return ""
