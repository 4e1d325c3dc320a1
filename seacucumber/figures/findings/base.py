"""What a person should know, and how grave it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How grave it is. The names are the words that pages are styled by."""

    BAD = 0
    WARN = 1
    INFO = 2
    OK = 3

    @property
    def css(self) -> str:
        """The class of our pages."""
        return f"cu-{self.name.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a person should know.

    Args:
        headline: What it is.
        text: What follows from it, and what to do.
        about: The part of the page, or the page, that has more: ``holds``,
            ``identities``, ``messages``, ``bounces``, ``complaints``, ``rates``,
            ``routine``, ``account``, or "".
    """

    severity: Severity
    headline: str
    text: str
    about: str = ""
