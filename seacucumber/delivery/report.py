"""What a deliverer's turn has come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Report:
    """What a deliverer has done.

    Args:
        again_in_s: When it should be woken up again; None if there is no reason to.
        stepped_down: SES refuses what this host signs, for its clock. Others may go on.
    """

    sent: int = 0
    failed: int = 0
    suppressed: int = 0
    again_in_s: float | None = None
    dismissed: bool = False
    relieved: bool = False
    stepped_down: bool = False
