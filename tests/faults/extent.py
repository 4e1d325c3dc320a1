"""How much of a scenario a run has: ``make faults-quick`` is part of every landing."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

#: ``home``: each scenario once; ``everywhere``: with every broker and pool;
#: ``alone``: all of it without a service.
EXTENT = os.environ.get("SEACUCUMBER_FAULTS_EXTENT", "home")
FULL = EXTENT == "everywhere"


def only_in_full(*values: T) -> tuple[T, ...]:
    """Return what a quick run leaves out: another way to the same end."""
    return values if FULL else ()


def at_length(quick: T, full: T) -> T:
    """Return how long, or how much: a quick run shows the same in less."""
    return full if FULL else quick
