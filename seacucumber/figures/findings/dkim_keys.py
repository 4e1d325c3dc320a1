"""What of the DKIM keys belongs among the first lines that an operator reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from seacucumber.figures.findings.base import Finding, Severity


class KeyInTrouble(Protocol):
    """What `dkim_keys.troubles` returns."""

    @property
    def what(self) -> str:
        """What is the matter."""

    @property
    def cure(self) -> str:
        """What to do."""

    @property
    def urgent(self) -> bool:
        """Whether mail suffers, or soon will."""


def key_findings(troubles: Sequence[KeyInTrouble]) -> list[Finding]:
    """Return the first trouble, in an operator's words.

    Args:
        troubles: The urgent first.
    """
    if not troubles:
        return []
    first = troubles[0]
    if first.urgent:
        return [
            Finding(
                severity=Severity.BAD,
                headline=_("DKIM: %(what)s") % {"what": first.what},
                text=first.cure,
                about="keys",
            )
        ]
    return [
        Finding(
            severity=Severity.WARN,
            headline=_("A DKIM key waits for you."),
            text=f"{first.what} {first.cure}",
            about="keys",
        )
    ]
