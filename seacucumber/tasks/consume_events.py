"""The task that empties the event queues, for those who run no process for it."""

from __future__ import annotations

import logging
import time

from celery import shared_task

from seacucumber import ses_events
from seacucumber.db import clock
from seacucumber.delivery import queue_database
from seacucumber.enums import RefreshSubject
from seacucumber.exceptions import AccountError
from seacucumber.models import Refresh
from seacucumber.tasks.base import SteadyTask

logger = logging.getLogger("seacucumber")

#: Short, so that a worker shuts down soon when asked to.
TURN_S = 15.0
#: After a turn there is none for a moment, so that runs that have piled up while no
#: worker was there find nothing to do, one after the other.
_PAUSE_S = 2.0
#: After that another takes over from one that has died.
_LONGEST_TURN_S = 60.0
#: `Refresh.pace_key` of what no account has for itself.
_EVERY_ACCOUNT = "*"


@shared_task(base=SteadyTask, name="seacucumber.tasks.consume_events")
def consume_events() -> dict[str, str]:
    """Take in what waits in ``CUCUMBER_EVENT_QUEUES``, for 15 seconds at most.

    One at a time; beside ``ses_events`` it does no harm.

    Returns:
        What became of each queue, by name; nothing where somebody else is at it.
    """
    using = queue_database()
    lease = Refresh.objects.lease(
        _EVERY_ACCOUNT,
        RefreshSubject.EVENTS,
        now_us=clock.read_us(using),
        for_s=_LONGEST_TURN_S,
    )
    if lease is None:
        return {}
    try:
        return _ingest()
    finally:
        held = Refresh.objects.held(_EVERY_ACCOUNT, RefreshSubject.EVENTS, lease)
        held.extend(until_us=clock.after_us(clock.read_us(using), _PAUSE_S))


def _ingest() -> dict[str, str]:
    end_s = time.monotonic() + TURN_S
    found = {}
    for queue in ses_events.queues():
        try:
            # Each gets a look, however full the one before it was.
            left_s = max(1.0, end_s - time.monotonic())
            consumed = ses_events.consume(queue, for_s=left_s)
            found[queue.name] = f"{consumed.new} new, {consumed.known} known"
        except AccountError as error:
            logger.error("Events are not taken from %s: %s", queue.name, error)
            found[queue.name] = str(error)
    return found
