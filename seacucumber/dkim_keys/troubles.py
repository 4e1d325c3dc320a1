"""What of the keys needs somebody."""

from __future__ import annotations

from dataclasses import dataclass

from seacucumber.models import DkimKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTrouble:
    """One thing that somebody has to do.

    Args:
        what: What is the matter, in plain words.
        cure: What to do.
        urgent: Mail suffers, or soon will.
    """

    key: DkimKey
    what: str
    cure: str
    urgent: bool


def troubles() -> tuple[KeyTrouble, ...]:
    """Return what needs somebody, the urgent first. Asks only the database."""
    raise NotImplementedError
