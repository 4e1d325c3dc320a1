"""How much of the account's rate is used, and how often SES refuses for the rate."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.letters import DOMAIN
from benchmarks.rooms import Project, Room

RATES_PER_S = (14, 50, 100, 500)
PROCESSES = (1, 4, 16)
_FOR_S = 10
_LATENCY_S = 0.05
#: The first second does not count: SES lets a short burst pass, which we take.
_SKIP_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What SES has seen of one delivery.

    Args:
        count: Messages that were sent, of one recipient each.
        accepted: How many SES has accepted.
        copies: How many of these it had before.
        per_s: Accepted per second, without the first second.
        worker_cpu_ms: CPU of one message in worker and pool.
    """

    count: int
    accepted: int
    copies: int
    rejections: int
    per_s: float
    worker_cpu_ms: float


def measure(rate_per_s: float, processes: int) -> Delivery:
    """Deliver for ten seconds, strictly at the rate, with so many worker processes."""
    project = Project(name="pace", settings={"CUCUMBER_RATE_LIMIT": rate_per_s})
    with Room(rate=rate_per_s, latency_s=_LATENCY_S) as room:
        return deliver(room, project, int(rate_per_s * _FOR_S), processes)


def deliver(
    room: Room, project: Project, count: int, processes: int, *, domain: str = DOMAIN
) -> Delivery:
    """Fill the queue, then start a worker, and watch SES until all has arrived."""
    sender = room.open(project)
    sender.order("send", how="bulk", count=count, domain=domain)
    worker = room.start_worker(sender, processes)
    before_s = worker.cpu_s()
    sender.order("rest", within_s=120.0)
    cpu_s = worker.cpu_s() - before_s
    inbox = room.ses.inbox
    begin_s = inbox[0].at_s + _SKIP_S
    later = [entry.at_s for entry in inbox if entry.at_s > begin_s]
    return Delivery(
        count=count,
        accepted=len(inbox),
        copies=len(inbox) - len({entry.recipients for entry in inbox}),
        rejections=room.ses.counters.rate_rejections,
        per_s=(len(later) - 1) / (later[-1] - later[0]),
        worker_cpu_ms=1e3 * cpu_s / count,
    )
