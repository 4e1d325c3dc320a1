"""What goes by itself, as time passes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """How many keys have gone on.

    Args:
        prepared: Successors that were made because their rotation is due.
        switched: Successors that sign from now on.
        revoking: Keys whose retirement is over; their private key is destroyed.
        archived: Keys that nobody has to look at any more.
    """

    prepared: int = 0
    switched: int = 0
    revoking: int = 0
    archived: int = 0


def advance() -> Advanced:
    """Do what is due for every key. Safe to run twice, and by several at once."""
    raise NotImplementedError
