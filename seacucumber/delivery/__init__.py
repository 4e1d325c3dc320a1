"""From the queue to SES, at the account's pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import router
from django.db.models import Min

from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.delivery.clock_question import may_deliver
from seacucumber.delivery.deliverer import Deliverer
from seacucumber.delivery.holds import host_clock
from seacucumber.delivery.holds.lifecycle import lift
from seacucumber.delivery.outcomes.recorder import BatchResult
from seacucumber.delivery.report import Report
from seacucumber.delivery.upkeep.recovery import needs_a_deliverer, sweep
from seacucumber.delivery.upkeep.retention import purge_expired
from seacucumber.enums import MessageState
from seacucumber.models import Message, Pace
from seacucumber.models.queue.transitions import NOT_HELD_BACK

__all__ = [
    "LONGEST_COUNTDOWN_S",
    "BatchResult",
    "Report",
    "deliver",
    "drain",
    "lift",
    "others_may_deliver",
    "purge_expired",
    "queue_database",
    "sweep",
]

#: One task's turn. Short, so that a worker shuts down soon when asked to.
TURN_S = 5.0
#: Wake-ups further ahead are the sweep's business.
LONGEST_COUNTDOWN_S = 60.0


def queue_database() -> str:
    """Return the alias of the database that holds the queue."""
    return router.db_for_write(Message)


def deliver(
    alias: str,
    *,
    for_s: float = TURN_S,
    on_behind: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
) -> Report:
    """Deliver a mailer's mail for a few seconds, if nobody else does already.

    Args:
        on_behind: Called when more deliverers are needed to keep the pace.
        stop: Ends the turn early.

    Returns:
        What was done, and when to come again.
    """
    mailer, using = get_mailer(alias), queue_database()
    host_clock.note(using, mailer.pace_key)
    if not may_deliver(mailer, using):
        return Report(stepped_down=True)
    # Made ready before a slot is taken, lest it be too late for it.
    deliverer = Deliverer(mailer, using, on_behind=on_behind, stop=stop)
    deliverer.prepare()
    if not deliverer.claimer.join():
        return Report(dismissed=True)
    report = deliverer.run(until_s=time.monotonic() + for_s)
    if report.again_in_s is None and not (report.relieved or report.stepped_down):
        report.again_in_s = _next_ready_s(mailer.pace_key, using)
    return report


def drain(
    alias: str,
    *,
    on_settled: Callable[[BatchResult], None] | None = None,
    for_s: float = float("inf"),
    stop: threading.Event | None = None,
) -> Report:
    """Deliver in this process until nothing is ready, beside whoever else delivers."""
    mailer, using = get_mailer(alias), queue_database()
    host_clock.note(using, mailer.pace_key)
    if not may_deliver(mailer, using):
        return Report(stepped_down=True)
    deliverer = Deliverer(mailer, using, on_settled=on_settled, stop=stop)
    deliverer.prepare()
    deliverer.claimer.join()
    return deliverer.run(until_s=time.monotonic() + for_s, linger=False)


def others_may_deliver(alias: str) -> bool:
    """Tell whether mail waits that this host may not deliver, and another may."""
    using, key = queue_database(), get_mailer(alias).pace_key
    pace = Pace.objects.filter(key=key).first()
    return (
        pace is not None
        and needs_a_deliverer(pace, clock.read_us(using))
        and host_clock.others_are_there(using)
    )


def _next_ready_s(pace_key: str, using: str) -> float | None:
    """Return how many seconds from now mail is ready, if that is soon."""
    first_us = Message.objects.filter(
        NOT_HELD_BACK, state=MessageState.QUEUED, pace_key=pace_key
    ).aggregate(first_us=Min("ready_at_us"))["first_us"]
    if first_us is None:
        return None
    wait_s = max(0.0, (first_us - clock.now_us(using)) / clock.US_PER_S)
    return wait_s if wait_s <= LONGEST_COUNTDOWN_S else None
