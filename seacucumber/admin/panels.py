"""The parts of the dashboard beside its charts, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from seacucumber import figures
from seacucumber.admin.dkim_panel import key_findings, shown_troubles
from seacucumber.admin.identity_display import shown
from seacucumber.admin.wording import ago, count, duration
from seacucumber.enums import HoldCause, HoldScope, Lane, MessageState, RefreshSubject
from seacucumber.figures import Age, Finding, Job, Overview, Queue, Quota
from seacucumber.figures.moments import aware, of_us
from seacucumber.models import DkimKey, Hold, Identity, Message

_SHOWN_IDENTITIES = 8
_ANCHORS = {
    "holds": ("#holds", "See the holds"),
    "rates": ("#trend", "See the trend"),
    "routine": ("#routine", "See the schedule"),
}
_PAGES: dict[str, tuple[type[Model], str]] = {
    "identities": (Identity, "See the identities"),
    "keys": (DkimKey, "See the keys"),
    "messages": (Message, "See the messages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table: a name, what is to be said of it, and its state."""

    name: str
    text: str
    pill: str
    css: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A finding as it is shown, with the place that has more."""

    css: str
    headline: str
    text: str
    url: str
    label: str


def context(
    overview: Overview, *, request: HttpRequest, model_admin: ModelAdmin[Any]
) -> dict[str, Any]:
    """Return what the dashboard's template shows beside the charts."""
    pages = _Pages(request, model_admin)
    keys = shown_troubles()
    findings = figures.find(overview, also=key_findings(keys))
    verdict, *more = (pages.linked(finding) for finding in findings)
    troubles = overview.standing.troubles
    return {
        "overview": overview,
        "verdict": verdict,
        "more": more,
        "quota": _quota(overview.quota),
        "rate": _rate(overview),
        "lanes": [_lane(overview.queue, lane) for lane in Lane],
        "waiting": count(overview.queue.total),
        "ended": _ended(overview.queue),
        "messages_url": pages.url(Message),
        "state": _state(overview),
        "holds": [_hold(hold, overview) for hold in overview.holds],
        "holds_url": pages.url(Hold),
        "identities": [
            Row(
                name=shown(row.name),
                text=shown(row.cure),
                pill=row.state,
                css=f"cu-{row.severity}",
                url=pages.url(Identity, row.pk),
            )
            for row in troubles[:_SHOWN_IDENTITIES]
        ],
        "more_identities": max(0, len(troubles) - _SHOWN_IDENTITIES),
        "identities_url": pages.url(Identity),
        "keys": keys,
        "keys_url": pages.url(DkimKey),
        "ages": [_age(age, overview.now) for age in overview.ages],
        "jobs": [_job(job, overview.now) for job in overview.jobs],
        "figures_age": _figures_age(overview),
        "figures_stale": any(age.stale for age in overview.ages),
    }


class _Pages:
    """Addresses of other pages, for those who may see them."""

    def __init__(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> None:
        self._request = request
        self._site = model_admin.admin_site

    def url(self, model: type[Model], pk: int | None = None) -> str:
        """Return the address of a list, or of one row; "" if there is none for me."""
        if not self._site.is_registered(model):
            return ""
        if not self._site.get_model_admin(model).has_view_permission(self._request):
            return ""
        name = model._meta.model_name
        if pk is None:
            return reverse(f"admin:seacucumber_{name}_changelist")
        return reverse(f"admin:seacucumber_{name}_change", args=(pk,))

    def linked(self, finding: Finding) -> Linked:
        """Return a finding with the place that has more."""
        if finding.about in _PAGES:
            model, label = _PAGES[finding.about]
            url = self.url(model)
        else:
            url, label = _ANCHORS.get(finding.about, ("", ""))
        return Linked(
            css=finding.severity.css,
            headline=shown(finding.headline),
            text=shown(finding.text),
            url=url,
            label=label,
        )


def _clock(at: datetime) -> str:
    return date_format(timezone.localtime(at), "H:i")


def _quota(quota: Quota) -> dict[str, Any]:
    lines = []
    if quota.limit is None:
        lines.append("limit not known yet")
    elif quota.limited:
        lines.append(f"of {count(quota.limit)} recipients")
    else:
        lines.append("recipients; no limit")
    if quota.frees:
        lines.append(f"frees {count(quota.frees)} within the hour")
    elif quota.frees_from:
        lines.append(f"frees up from {_clock(quota.frees_from)}")
    return {
        "used": count(quota.used),
        "share": quota.share * 100 if quota.limited else None,
        "lines": lines,
        "left": count(quota.left) if quota.limited else "",
        "css": "cu-bad" if quota.share > 0.99 else "cu-warn" * (quota.share >= 0.9),
    }


def _rate(overview: Overview) -> dict[str, Any]:
    rate = overview.rate
    lines = [f"{rate.allowed_per_s:g} /s allowed"]
    if rate.setting:
        lines[0] += f" by {rate.setting}"
        if rate.account_per_s:
            lines.append(f"SES allows {rate.account_per_s:g} /s")
    elif rate.account_per_s is None:
        lines.append("until SES tells its limit")
    throttled = rate.factor < 0.995
    if throttled:
        lines.append(f"throttled: at {rate.factor:.0%}, climbing")
    recent = overview.speed.recent_per_s
    return {
        "achieved": f"{recent:.1f}",
        "share": min(100.0, 100 * recent / rate.allowed_per_s),
        "lines": lines,
        "css": "cu-warn" if throttled else "",
    }


def _lane(queue: Queue, lane: Lane) -> dict[str, Any]:
    oldest_s = queue.backlog.oldest_s.get(lane)
    return {
        "label": lane.label,
        "waiting": count(queue.waiting(lane)),
        "oldest": duration(oldest_s) if oldest_s is not None else "",
        "parked": count(queue.parked.get(lane, 0)) if queue.parked.get(lane) else "",
    }


def _ended(queue: Queue) -> list[tuple[str, str]]:
    """Return the numbers of messages that somebody may want to look at."""
    states = (MessageState.UNCERTAIN, MessageState.HELD, MessageState.FAILED)
    counted = ((state, queue.backlog.count(state)) for state in states)
    return [(str(state.label), count(number)) for state, number in counted if number]


def _state(overview: Overview) -> list[tuple[str, str]]:
    """Return the pills of the account."""
    snapshot = overview.snapshot
    if snapshot is None:
        return []
    status = snapshot.enforcement_status.upper()
    known = {
        "HEALTHY": ("healthy", "cu-ok"),
        "PROBATION": ("under review", "cu-bad"),
        "SHUTDOWN": ("paused by AWS", "cu-bad"),
    }
    return [
        ("production", "cu-ok")
        if snapshot.production_access
        else ("sandbox", "cu-warn"),
        ("sending enabled", "cu-ok")
        if snapshot.sending_enabled
        else ("sending disabled", "cu-bad"),
        known.get(status, (status[:32].lower(), "cu-warn")),
    ]


def _hold(hold: Hold, overview: Overview) -> dict[str, Any]:
    words = figures.explain(hold)
    probe = ""
    if hold.probe_at_us is not None:
        wait_s = (of_us(hold.probe_at_us) - overview.now).total_seconds()
        probe = f"in {duration(wait_s)}" if wait_s > 0 else "with the next message"
    return {
        "headline": shown(words.headline),
        "detail": shown(hold.detail),
        "cure": words.cure,
        "since": ago(aware(hold.placed_at), overview.now),
        "probe": probe,
        "quota": hold.cause == HoldCause.QUOTA,
        "kept": _kept(hold, overview.queue),
        "css": "cu-bad" if words.grave else "cu-warn",
    }


def _kept(hold: Hold, queue: Queue) -> str:
    """Return how many messages a hold keeps, where that is cheap to know."""
    if hold.scope == HoldScope.LANE and hold.value.upper() in Lane.__members__:
        number = queue.parked.get(Lane[hold.value.upper()], 0)
    elif hold.scope == HoldScope.ACCOUNT:
        number = sum(queue.parked.values())
    else:
        return ""
    return count(number) if number else ""


def _age(age: Age, now: datetime) -> Row:
    pill, css = "fresh", "cu-ok"
    if age.missing_permission:
        pill, css = "denied", "cu-bad"
    elif age.error:
        pill, css = "failed", "cu-bad"
    elif age.succeeded_at is None:
        pill, css = "no data yet", ""
    elif age.stale:
        pill, css = "stale", "cu-warn"
    detail = shown(age.error)
    if age.missing_permission:
        detail = f"Allow {age.missing_permission} in IAM."
    return Row(
        name=str(RefreshSubject(age.subject).label).capitalize(),
        text=ago(age.succeeded_at, now),
        pill=pill,
        css=css,
        detail=detail,
    )


def _job(job: Job, now: datetime) -> Row:
    every = f"every {duration(job.period_s)}" if job.period_s else job.schedule
    pill, css = "on time", "cu-ok"
    if not job.enabled:
        pill, css = "switched off", "cu-warn"
    elif job.late:
        pill, css = "late", "cu-bad"
    elif job.last_run_at is None:
        pill, css = "not seen yet", ""
    name = job.name.removeprefix("Sea Cucumber: ")
    return Row(
        name=name[:1].upper() + name[1:],
        text=ago(job.last_run_at, now) if job.last_run_at else "",
        pill=pill,
        css=css,
        detail=every,
    )


def _figures_age(overview: Overview) -> str:
    moments = [age.succeeded_at for age in overview.ages if age.succeeded_at]
    return duration((overview.now - min(moments)).total_seconds()) if moments else ""
