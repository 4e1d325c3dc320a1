"""How many messages one worker process delivers in a second, signed."""

from __future__ import annotations

from benchmarks.letters import SIGNED_DOMAIN
from benchmarks.pace import Delivery, deliver
from benchmarks.rooms import Project, Room

LATENCY_S = 0.05
_COUNT = 4000


def measure() -> Delivery:
    """Deliver with one process as fast as it can; SES takes 50 ms for an answer."""
    with Room(latency_s=LATENCY_S) as room:
        project = Project(name="throughput")
        return deliver(room, project, _COUNT, 1, domain=SIGNED_DOMAIN)
