"""What needs a person, the gravest first: the one line that an operator reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _

from seacucumber.figures.findings import account, clocks, events, upkeep
from seacucumber.figures.findings.base import Finding, Severity
from seacucumber.figures.overview import Overview

_LOOKS: tuple[Callable[[Overview], Iterator[Finding]], ...] = (
    account.account,
    account.holds,
    clocks.clocks,
    upkeep.flow,
    account.rates,
    account.reputation,
    upkeep.identities,
    upkeep.decisions,
    events.events,
    account.quota,
    account.rate,
    upkeep.ages,
)


def find(overview: Overview, also: Iterable[Finding] = ()) -> list[Finding]:
    """Return all findings, the gravest first; never empty.

    Args:
        also: What others have found.
    """
    found = [finding for look in _LOOKS for finding in look(overview)]
    found += also
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
            headline=_("No figures yet."),
            text=_(
                "SES has not been asked about this account. Start beat and a worker,"
                " run manage.py ses_usage, or refresh now."
            ),
        )
    waiting = overview.queue.total
    words = (
        _(
            "%(waiting)s on their way; up to %(rate)s recipients a second may leave."
            " Nothing needs you."
        )
        if waiting
        else _(
            "No mail waits; up to %(rate)s recipients a second may leave. Nothing needs"
            " you."
        )
    )
    return Finding(
        severity=Severity.OK,
        headline=_("All is well."),
        text=words
        % {"waiting": f"{waiting:,}", "rate": f"{overview.rate.allowed_per_s:g}"},
    )
