"""What of the DKIM keys belongs among the first lines that an operator reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from seacucumber.figures.findings.base import Finding, Severity


class KeyWithProblem(Protocol):
    """What `dkim_keys.key_problems` returns."""

    @property
    def summary(self) -> str:
        """What is the matter."""

    @property
    def remedy(self) -> str:
        """What to do."""

    @property
    def urgent(self) -> bool:
        """Whether mail suffers, or soon will."""


def key_findings(problems: Sequence[KeyWithProblem]) -> list[Finding]:
    """Return the first problem, in an operator's words.

    Args:
        problems: The urgent first.
    """
    if not problems:
        return []
    first = problems[0]
    if first.urgent:
        return [
            Finding(
                severity=Severity.BAD,
                headline=_("DKIM: %(what)s") % {"what": first.summary},
                text=first.remedy,
                about="keys",
            )
        ]
    return [
        Finding(
            severity=Severity.WARN,
            headline=_("A DKIM key waits for you."),
            text=f"{first.summary} {first.remedy}",
            about="keys",
        )
    ]
