"""What a deliverer's turn has come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Report:
    """What a deliverer has done.

    Args:
        again_in_s: When it should be woken up again; None if there is no reason to.
    """

    sent: int = 0
    failed: int = 0
    suppressed: int = 0
    again_in_s: float | None = None
    dismissed: bool = False
    relieved: bool = False
