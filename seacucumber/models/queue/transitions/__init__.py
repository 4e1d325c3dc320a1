"""How a message's state moves: compare, set, and check the row count.

Each method is one arrow of the state machine. It changes only rows that are still
in the state it leads from, and tells how many, or which, it changed. Nothing else
assigns a state.
"""

from __future__ import annotations

from seacucumber.models.queue.transitions.by_deliverer import MovesByDeliverer
from seacucumber.models.queue.transitions.by_event import MovesByEvent
from seacucumber.models.queue.transitions.by_operator import MovesByOperator
from seacucumber.models.queue.transitions.by_sweep import POISON_DETAIL, MovesBySweep
from seacucumber.models.queue.transitions.rows import (
    FINAL,
    MAX_CLAIMS,
    NOT_HELD_BACK,
    NOT_SENT,
    SUSPECT_CLAIMS,
    UNANSWERED,
)

__all__ = [
    "FINAL",
    "MAX_CLAIMS",
    "NOT_HELD_BACK",
    "NOT_SENT",
    "POISON_DETAIL",
    "SUSPECT_CLAIMS",
    "UNANSWERED",
    "MessageQuerySet",
]


class MessageQuerySet(  # type: ignore[override]  # the plugin types as_manager() anew
    MovesByDeliverer, MovesBySweep, MovesByOperator, MovesByEvent
):
    """Messages, and every legal move of their state."""
