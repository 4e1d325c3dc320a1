"""Whether the queue moves, the figures are fresh, and senders are verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from seacucumber.enums import Lane, MessageState, RefreshSubject
from seacucumber.figures.findings import Finding, Severity
from seacucumber.figures.overview import Overview
from seacucumber.figures.routine import SWEEP, Age

_SWEPT_WITHIN = timedelta(minutes=2)
#: A lane whose oldest message has been ready for longer does not move as it should.
_OLDEST_S = {Lane.TRANSACTIONAL: 120.0, Lane.BULK: 600.0}


def flow(overview: Overview) -> Iterator[Finding]:
    """Yield what keeps the queue from moving, apart from holds."""
    queue = overview.queue
    sweep = next((job for job in overview.jobs if job.task == SWEEP), None)
    swept_at = sweep.last_run_at if sweep else None
    late = swept_at is None or overview.now - swept_at > _SWEPT_WITHIN
    for lane in Lane:
        oldest_s = queue.backlog.oldest_s.get(lane, 0.0)
        if oldest_s < _OLDEST_S[lane] or (overview.holds and not late):
            continue
        cause = (
            "The periodic sweep does not run: start a Celery worker and beat."
            if late
            else "Deliverers run, but more mail comes in than the rate lets out."
        )
        yield Finding(
            severity=Severity.BAD if late else Severity.WARN,
            headline=f"{lane.label.capitalize()} mail has waited for"
            f" {_minutes(oldest_s)}.",
            text=f"{cause} Nothing is lost meanwhile.",
            about="routine" if late else "messages",
        )
        return
    if late and swept_at is not None:
        yield Finding(
            severity=Severity.WARN,
            headline=f"The queue was last swept {_ago(swept_at, overview.now)}.",
            text="Mail still leaves when it is sent, but retries and what dead workers"
            " held wait for it. Start beat and a worker.",
            about="routine",
        )


def decisions(overview: Overview) -> Iterator[Finding]:
    held = overview.queue.backlog.count(MessageState.HELD)
    if held:
        yield Finding(
            severity=Severity.WARN,
            headline=f"{held:,} {'message waits' if held == 1 else 'messages wait'} for"
            " a decision.",
            text="SES's answer was lost and they may have arrived. Look, then send"
            " them again or cancel them.",
            about="messages",
        )


def identities(overview: Overview) -> Iterator[Finding]:
    for setting, address in overview.standing.unverified_senders:
        yield Finding(
            severity=Severity.BAD,
            headline=f"{address} is not verified in SES.",
            text=f"It is {setting}: mail from it is held. Verify the address or its"
            " domain.",
            about="identities",
        )
    grave = [row for row in overview.standing.troubles if row.severity == "bad"]
    if grave:
        first = grave[0]
        few = len(grave) == 1
        yield Finding(
            severity=Severity.WARN,
            headline=f"{_name(first.name)}: {first.state}."
            if few
            else f"{len(grave)} identities are in trouble.",
            text=first.cure
            if few
            else ", ".join(f"{_name(row.name)}: {row.state}" for row in grave[:3])
            + ".",
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
        since = f"last {_ago(min(told), overview.now)}" if told else "never"
        yield Finding(
            severity=Severity.WARN,
            headline=f"SES does not tell new figures: {labels} ({since}).",
            text=reason,
            about="routine",
        )


def _why_it_ages(age: Age) -> str:
    if age.missing_permission:
        return (
            f"The credentials lack the permission {age.missing_permission}. Allow it in"
            " IAM, then refresh."
        )
    if age.error and (age.stale or age.succeeded_at is None):
        return f"The last try failed: {age.error}"
    return "Nobody has asked since: start beat and a worker." if age.stale else ""


def _name(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:79]}…"


def _ago(at: datetime, now: datetime) -> str:
    return f"{_minutes((now - at).total_seconds())} ago"


def _minutes(seconds: float) -> str:
    for name, length_s in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length_s)
        if count:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"
