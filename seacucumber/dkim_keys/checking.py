"""Whether a key's record is published, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from seacucumber.dns import KeyFinding, Resolver
from seacucumber.models import DkimKey
from seacucumber.signing.records import KeyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A look at a key's record.

    Args:
        key: As it is after the look.
    """

    finding: KeyFinding
    key: DkimKey


def record_of(key: DkimKey) -> KeyRecord:
    """Return the record to publish; that of a destroyed key says that it is revoked."""
    raise NotImplementedError


def check(key: DkimKey, *, resolver: Resolver | None = None, who: str = "") -> Checked:
    """Look for a key's record in DNS now, and move its state if that follows.

    Takes some seconds where name servers do not answer; never raises for what they
    do or say. A look that fails for now never changes a state.

    Args:
        resolver: Asks other name servers than ``CUCUMBER_DNS_SERVERS``, or those of
            this machine.
        who: The name of the user, empty if it goes by itself.
    """
    raise NotImplementedError


def check_due(*, for_s: float = 20.0) -> int:
    """Look for the records whose time has come, the longest waiting first.

    Args:
        for_s: No further key is begun after so many seconds.

    Returns:
        How many keys were looked at.
    """
    raise NotImplementedError
