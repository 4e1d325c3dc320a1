"""The rows of the dashboard's tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from seacucumber.admin.common.numbers import ago, duration
from seacucumber.enums import RefreshSubject
from seacucumber.figures import Age, Job
from seacucumber.text.sanitize import sanitize


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table: a name, what is to be said of it, and its state."""

    name: str
    text: str
    pill: str
    css: str
    detail: str = ""
    url: str = ""


def age_row(age: Age, now: datetime) -> Row:
    """Return how old one kind of figures is."""
    pill, css = _("fresh"), "cu-ok"
    if age.missing_permission:
        pill, css = _("denied"), "cu-bad"
    elif age.error:
        pill, css = _("failed"), "cu-bad"
    elif age.succeeded_at is None:
        pill, css = _("no data yet"), ""
    elif age.stale:
        pill, css = _("stale"), "cu-warn"
    detail = sanitize(age.error)
    if age.missing_permission:
        words = _("Allow %(permission)s in IAM.")
        detail = words % {"permission": age.missing_permission}
    return Row(
        name=str(RefreshSubject(age.subject).label).capitalize(),
        text=ago(age.succeeded_at, now),
        pill=pill,
        css=css,
        detail=detail,
    )


def job_row(job: Job, now: datetime) -> Row:
    """Return when a periodic task ran, and whether that is in time."""
    every = job.schedule
    if job.period_s:
        every = _("every %(time)s") % {"time": duration(job.period_s)}
    pill, css = _("on time"), "cu-ok"
    if not job.enabled:
        pill, css = _("switched off"), "cu-warn"
    elif job.late:
        pill, css = _("late"), "cu-bad"
    elif job.last_run_at is None:
        pill, css = _("not seen yet"), ""
    name = job.name.removeprefix("Sea Cucumber: ")
    return Row(
        name=name[:1].upper() + name[1:],
        text=ago(job.last_run_at, now) if job.last_run_at else "",
        pill=pill,
        css=css,
        detail=every,
    )
