"""The parts of the dashboard beside its charts, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import dkim_keys, figures
from seacucumber.admin.common.numbers import ago, count, duration
from seacucumber.admin.dashboard.panel_rows import Row, age_row, job_row
from seacucumber.admin.dkim.panel import problem_rows
from seacucumber.enums import (
    EnforcementStatus,
    HoldCause,
    HoldScope,
    Lane,
    MessageState,
)
from seacucumber.figures import Finding, Overview, Queue, Quota
from seacucumber.models import DkimKey, Event, Hold, Identity, Message
from seacucumber.text.holds import headline_of, is_grave, remedy_of, widest_first
from seacucumber.text.sanitize import sanitize
from seacucumber.text.times import aware, of_us

_SHOWN_IDENTITIES = 8
_ANCHORS: Mapping[str, tuple[str, str | Promise]] = {
    "holds": ("#holds", gettext_lazy("See the holds")),
    "rates": ("#trend", gettext_lazy("See the trend")),
    "routine": ("#routine", gettext_lazy("See the schedule")),
}
_PAGES: Mapping[str, tuple[type[Model], str | Promise]] = {
    "identities": (Identity, gettext_lazy("See the identities")),
    "keys": (DkimKey, gettext_lazy("See the keys")),
    "messages": (Message, gettext_lazy("See the messages")),
}
#: The value of the list's filter by type.
_EVENTS: Mapping[str, tuple[str, str | Promise]] = {
    "bounces": ("bounce", gettext_lazy("See the bounces")),
    "complaints": ("complaint", gettext_lazy("See the complaints")),
}


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
    keys = dkim_keys.key_problems()
    findings = figures.find(overview, also=figures.key_findings(keys))
    verdict, *more = (pages.linked(finding) for finding in findings)
    problems = overview.standing.problems
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
        "holds": [_hold(hold, overview) for hold in widest_first(overview.holds)],
        "holds_url": pages.url(Hold),
        "identities": [
            Row(
                name=sanitize(row.name),
                text=sanitize(row.remedy),
                pill=row.state,
                css=f"cu-{row.severity}",
                url=pages.url(Identity, row.pk),
            )
            for row in problems[:_SHOWN_IDENTITIES]
        ],
        "more_identities": max(0, len(problems) - _SHOWN_IDENTITIES),
        "identities_url": pages.url(Identity),
        "keys": problem_rows(keys),
        "keys_url": pages.url(DkimKey),
        "ages": [age_row(age, overview.now) for age in overview.ages],
        "jobs": [job_row(job, overview.now) for job in overview.jobs],
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
        if finding.about in _EVENTS:
            kind, label = _EVENTS[finding.about]
            list_url = self.url(Event)
            url = f"{list_url}?type={kind}" if list_url else ""
        elif finding.about in _PAGES:
            model, label = _PAGES[finding.about]
            url = self.url(model)
        else:
            url, label = _ANCHORS.get(finding.about, ("", ""))
        return Linked(
            css=finding.severity.css,
            headline=sanitize(finding.headline),
            text=sanitize(finding.text),
            url=url,
            label=str(label),
        )


def _clock(at: datetime) -> str:
    return date_format(timezone.localtime(at), "H:i")


def _quota(quota: Quota) -> dict[str, Any]:
    lines = []
    if quota.limit is None:
        lines.append(_("limit not known yet"))
    elif quota.limited:
        lines.append(_("of %(limit)s recipients") % {"limit": count(quota.limit)})
    else:
        lines.append(_("recipients; no limit"))
    if quota.frees:
        words = _("frees %(number)s within the hour")
        lines.append(words % {"number": count(quota.frees)})
    elif quota.frees_from:
        words = _("frees up from %(time)s")
        lines.append(words % {"time": _clock(quota.frees_from)})
    return {
        "used": count(quota.used),
        "share": quota.share * 100 if quota.limited else None,
        "lines": lines,
        "left": count(quota.left) if quota.limited else "",
        "css": "cu-bad" if quota.share > 0.99 else "cu-warn" * (quota.share >= 0.9),
    }


def _rate(overview: Overview) -> dict[str, Any]:
    rate = overview.rate
    words = {"rate": f"{rate.allowed_per_s:g}", "setting": rate.setting}
    if rate.setting:
        lines = [_("%(rate)s /s allowed by %(setting)s") % words]
        if rate.account_per_s:
            allowed = _("SES allows %(rate)s /s")
            lines.append(allowed % {"rate": f"{rate.account_per_s:g}"})
    else:
        lines = [_("%(rate)s /s allowed") % words]
        if rate.account_per_s is None:
            lines.append(_("until SES tells its limit"))
    throttled = rate.factor < 0.995
    if throttled:
        climbing = _("throttled: at %(share)s, climbing")
        lines.append(climbing % {"share": f"{rate.factor:.0%}"})
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


def _enforcement(status: str) -> tuple[str, str]:
    if status not in EnforcementStatus.values:
        return status[:32].lower(), "cu-warn"
    healthy = status == EnforcementStatus.HEALTHY
    return str(EnforcementStatus(status).label), "cu-ok" if healthy else "cu-bad"


def _state(overview: Overview) -> list[tuple[str, str]]:
    """Return the pills of the account."""
    snapshot = overview.snapshot
    if snapshot is None:
        return []
    status = snapshot.enforcement_status.upper()
    return [
        (_("production"), "cu-ok")
        if snapshot.production_access
        else (_("sandbox"), "cu-warn"),
        (_("sending enabled"), "cu-ok")
        if snapshot.sending_enabled
        else (_("sending disabled"), "cu-bad"),
        _enforcement(status),
    ]


def _hold(hold: Hold, overview: Overview) -> dict[str, Any]:
    return {
        "headline": headline_of(hold),
        "detail": sanitize(hold.detail),
        "remedy": remedy_of(hold),
        "since": ago(aware(hold.placed_at), overview.now),
        "end": _end(hold, overview.now),
        "kept": _kept(hold, overview.queue),
        "css": "cu-bad" if is_grave(hold) else "cu-warn",
    }


def _end(hold: Hold, now: datetime) -> str:
    if hold.ends_at_us is not None:
        return _("Lifted by itself")
    if hold.probe_at_us is None:
        by_itself = hold.cause == HoldCause.QUOTA
        return _("Lifted by itself") if by_itself else _("Lifted by hand")
    wait_s = (of_us(hold.probe_at_us) - now).total_seconds()
    if wait_s <= 0:
        return _("Next try with the next message")
    if hold.cause == HoldCause.SES_SILENT:
        return _("SES is asked again in %(time)s") % {"time": duration(wait_s)}
    return _("Next try in %(time)s") % {"time": duration(wait_s)}


def _kept(hold: Hold, queue: Queue) -> str:
    """Return how many messages a hold keeps, where that is cheap to know."""
    if hold.scope == HoldScope.LANE and hold.value.upper() in Lane.__members__:
        number = queue.parked.get(Lane[hold.value.upper()], 0)
    elif hold.scope == HoldScope.ACCOUNT:
        number = sum(queue.parked.values())
    else:
        return ""
    return count(number) if number else ""


def _figures_age(overview: Overview) -> str:
    moments = [age.succeeded_at for age in overview.ages if age.succeeded_at]
    return duration((overview.now - min(moments)).total_seconds()) if moments else ""
