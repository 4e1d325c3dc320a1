"""Whether the queue moves, the figures are fresh, and senders are verified."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seacucumber.enums import Lane, MessageState, RefreshSubject
from seacucumber.figures.findings.base import Finding, Severity
from seacucumber.figures.identities import IdentityProblem
from seacucumber.figures.overview import Overview
from seacucumber.figures.upkeep import SWEEP, Age, is_recent
from seacucumber.text.times import length, since

#: A lane whose oldest message has been ready for longer does not move as it should.
_OLDEST_S = {Lane.TRANSACTIONAL: 120.0, Lane.BULK: 600.0}


def flow(overview: Overview) -> Iterator[Finding]:
    """Yield what keeps the queue from moving, apart from holds."""
    sweep = next((job for job in overview.jobs if job.task == SWEEP), None)
    swept_at = sweep.last_run_at if sweep else None
    late = sweep is None or swept_at is None or not is_recent(swept_at, overview.now)
    for lane in Lane:
        oldest_s = overview.queue.backlog.oldest_s.get(lane, 0.0)
        if oldest_s < _OLDEST_S[lane] or (overview.holds and not late):
            continue
        yield _stuck(lane, oldest_s, late=late)
        return
    if late and swept_at is not None:
        yield Finding(
            severity=Severity.WARN,
            headline=_("The queue was last swept %(time)s ago.")
            % {"time": since(swept_at, overview.now)},
            text=_(
                "Retries, and what dead workers had in hand, wait for it. Start beat"
                " and a worker."
            ),
            about="routine",
        )


def _stuck(lane: Lane, oldest_s: float, *, late: bool) -> Finding:
    text = (
        _(
            "The periodic sweep does not run: start a Celery worker and beat. Nothing"
            " is lost meanwhile."
        )
        if late
        else _(
            "Deliverers run, but more mail comes in than the rate lets out. Nothing is"
            " lost meanwhile."
        )
    )
    return Finding(
        severity=Severity.BAD if late else Severity.WARN,
        headline=_("%(lane)s mail has waited for %(time)s.")
        % {"lane": capfirst(str(lane.label)), "time": length(oldest_s)},
        text=text,
        about="routine" if late else "messages",
    )


def decisions(overview: Overview) -> Iterator[Finding]:
    held = overview.queue.backlog.count(MessageState.HELD)
    if held:
        yield Finding(
            severity=Severity.WARN,
            headline=ngettext(
                "%(number)s message waits for a decision.",
                "%(number)s messages wait for a decision.",
                held,
            )
            % {"number": f"{held:,}"},
            text=_(
                "SES's answer was lost and they may have arrived. Look, then send them"
                " again or cancel them."
            ),
            about="messages",
        )


def identities(overview: Overview) -> Iterator[Finding]:
    for setting, address in overview.standing.unverified_senders:
        yield Finding(
            severity=Severity.BAD,
            headline=_("%(address)s is not verified in SES.") % {"address": address},
            text=_(
                "It is %(setting)s: mail from it is held. Verify the address or its"
                " domain."
            )
            % {"setting": setting},
            about="identities",
        )
    grave = [row for row in overview.standing.problems if row.severity == "bad"]
    if len(grave) == 1:
        yield Finding(
            severity=Severity.WARN,
            headline=f"{_state(grave[0])}.",
            text=grave[0].remedy,
            about="identities",
        )
    elif grave:
        yield Finding(
            severity=Severity.WARN,
            headline=_("%(number)d identities are in trouble.")
            % {"number": len(grave)},
            text=", ".join(map(_state, grave[:3])) + ".",
            about="identities",
        )


def ages(overview: Overview) -> Iterator[Finding]:
    """Yield why figures are old or missing: each reason once."""
    by_reason: dict[str, list[Age]] = {}
    for age in overview.ages:
        if reason := _why_it_ages(age):
            by_reason.setdefault(reason, []).append(age)
    for reason, alike in by_reason.items():
        labels = ", ".join(str(RefreshSubject(age.subject).label) for age in alike)
        told = [age.succeeded_at for age in alike if age.succeeded_at]
        headline = (
            _("SES does not tell new figures: %(figures)s (last %(time)s ago).")
            % {"figures": labels, "time": since(min(told), overview.now)}
            if told
            else _("SES does not tell new figures: %(figures)s (never).")
            % {"figures": labels}
        )
        yield Finding(
            severity=Severity.WARN, headline=headline, text=reason, about="routine"
        )


def _why_it_ages(age: Age) -> str:
    if age.missing_permission:
        return _(
            "The credentials lack the permission %(permission)s. Allow it in IAM, then"
            " refresh."
        ) % {"permission": age.missing_permission}
    if age.error and (age.stale or age.succeeded_at is None):
        return _("The last try failed: %(error)s") % {"error": age.error}
    return _("Nobody has asked since: start beat and a worker.") if age.stale else ""


def _state(row: IdentityProblem) -> str:
    name = row.name if len(row.name) <= 80 else f"{row.name[:79]}…"
    return f"{name}: {row.state}"
