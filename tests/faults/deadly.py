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
    connections, in_flight = (
        import_module(f"seacucumber.delivery.sending.{name}")
        for name in ("connections", "in_flight")
    )
    load, send = in_flight.load, connections.send

    def die_or_load(messages: Any) -> Any:
        found = load(messages)
        _die_of(messages)
        return found

    def die_or_send(outgoing: Any, call: Any) -> Any:
        _die_of([outgoing])
        return send(outgoing, call)

    if where == "claimed":
        vars(in_flight)["load"] = die_or_load
    else:
        vars(connections)["send"] = die_or_send


def _die_of(messages: Any) -> None:
    if any(DEADLY in outgoing.raw for outgoing in messages):
        os.kill(os.getpid(), signal.SIGKILL)
