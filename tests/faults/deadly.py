"""A trap for workers: they die of a message, at a line of one's choice.

Only the suite's own workers have it (`tests.celery`), if the environment says so.
"""

from __future__ import annotations

import os
import signal
from importlib import import_module
from typing import Any

#: Names the line: ``claimed``, where a message is read, or ``sending``.
DIES_IN = "SEACUCUMBER_TEST_DIES_IN"
#: What stands in the body of a message that workers die of.
DEADLY = b"This is deadly."


def set_trap(**kwargs: object) -> None:
    """Have this process die of a deadly message, if that is wanted."""
    where = os.environ.get(DIES_IN)
    if not where:
        return
    # Late: a worker has its applications by now.
    connections, hands = (
        import_module(f"seacucumber.delivery.{name}")
        for name in ("connections", "hands")
    )
    load, send = hands.load, connections.send

    def die_or_load(parcels: Any) -> Any:
        found = load(parcels)
        _die_of(parcels)
        return found

    def die_or_send(parcel: Any, call: Any) -> Any:
        _die_of([parcel])
        return send(parcel, call)

    if where == "claimed":
        vars(hands)["load"] = die_or_load
    else:
        vars(connections)["send"] = die_or_send


def _die_of(parcels: Any) -> None:
    if any(DEADLY in parcel.raw for parcel in parcels):
        os.kill(os.getpid(), signal.SIGKILL)
