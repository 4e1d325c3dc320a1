"""The periodic tasks: what runs how often, for whichever scheduler is at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicTask:
    """One periodic task.

    Args:
        name: What an operator sees.
        task: The registered name of the Celery task.
        every_s: Seconds between two runs.
    """

    name: str
    task: str
    every_s: int


PERIODIC_TASKS: tuple[PeriodicTask, ...] = (
    PeriodicTask(
        name="Sea Cucumber: sweep the queue",
        task="seacucumber.tasks.sweep",
        every_s=10,
    ),
    PeriodicTask(
        name="Sea Cucumber: refresh the SES account's figures",
        task="seacucumber.tasks.refresh_usage",
        every_s=300,
    ),
    PeriodicTask(
        name="Sea Cucumber: refresh the SES account's identities",
        task="seacucumber.tasks.refresh_identities",
        every_s=900,
    ),
    PeriodicTask(
        name="Sea Cucumber: look for the domains' records in DNS",
        task="seacucumber.tasks.check_dns",
        every_s=1800,
    ),
    PeriodicTask(
        name="Sea Cucumber: look after the DKIM keys",
        task="seacucumber.tasks.check_dkim_keys",
        every_s=600,
    ),
    PeriodicTask(
        name="Sea Cucumber: refresh the copy of SES's suppression list",
        task="seacucumber.tasks.refresh_suppression",
        every_s=300,
    ),
    PeriodicTask(
        name="Sea Cucumber: guard the SES account's reputation",
        task="seacucumber.tasks.guard_reputation",
        every_s=60,
    ),
    PeriodicTask(
        name="Sea Cucumber: take in events from the queues",
        task="seacucumber.tasks.consume_events",
        every_s=20,
    ),
    PeriodicTask(
        name="Sea Cucumber: drop what is old",
        task="seacucumber.tasks.purge_expired",
        every_s=600,
    ),
)


def beat_schedule(*, queue: str = "") -> dict[str, dict[str, Any]]:
    """Return the periodic tasks in the form of Celery's ``beat_schedule``.

    Args:
        queue: The queue to send them to; empty is Celery's default.
    """
    options: dict[str, Any] = {"queue": queue} if queue else {}
    return {
        row.name: {
            "task": row.task,
            "schedule": float(row.every_s),
            # No "expires": Celery compares it with the clock of the worker's host,
            # and one that is ahead would drop every run. Where runs have piled up,
            # the first does the work and the others find it done.
            "options": dict(options),
        }
        for row in PERIODIC_TASKS
    }
