"""What needs a person, the gravest first: the one line that an operator reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seacucumber.figures import judging_account, judging_routine
from seacucumber.figures.findings import Finding, Severity
from seacucumber.figures.overview import Overview

_LOOKS: tuple[Callable[[Overview], Iterator[Finding]], ...] = (
    judging_account.account,
    judging_account.holds,
    judging_routine.flow,
    judging_account.rates,
    judging_account.reputation,
    judging_routine.identities,
    judging_routine.decisions,
    judging_account.quota,
    judging_routine.ages,
)


def find(overview: Overview) -> list[Finding]:
    """Return all findings, the gravest first; never empty."""
    found = [finding for look in _LOOKS for finding in look(overview)]
    if not found or min(finding.severity for finding in found) > Severity.WARN:
        found.append(_all_is_well(overview))
    # What is well comes before what is only good to know.
    return sorted(found, key=_rank)


def _rank(finding: Finding) -> float:
    well = finding.severity is Severity.OK
    return Severity.INFO - 0.5 if well else float(finding.severity)


def _all_is_well(overview: Overview) -> Finding:
    if not overview.asked:
        return Finding(
            severity=Severity.INFO,
            headline="No figures yet.",
            text="SES has not been asked about this account. Start beat and a worker,"
            " run manage.py ses_usage, or refresh now.",
        )
    waiting = overview.queue.total
    mail = "No mail waits" if not waiting else f"{waiting:,} on their way"
    return Finding(
        severity=Severity.OK,
        headline="All is well.",
        text=f"{mail}; up to {overview.rate.allowed_per_s:g} recipients a second may"
        " leave. Nothing needs you.",
    )
