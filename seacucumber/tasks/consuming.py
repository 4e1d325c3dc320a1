"""The task that empties the event queues, for those who run no process for it."""

from __future__ import annotations

import logging
import time

from celery import shared_task

from seacucumber import feedback
from seacucumber.exceptions import AccountError
from seacucumber.tasks.base import SteadyTask

logger = logging.getLogger("seacucumber")

#: Short, so that a worker shuts down soon when asked to.
TURN_S = 20.0


@shared_task(base=SteadyTask, name="seacucumber.tasks.consume_events")
def consume_events() -> dict[str, str]:
    """Take in what waits in ``CUCUMBER_EVENT_QUEUES``, for 20 seconds at most.

    Several at once, and beside ``ses_events``, do no harm.

    Returns:
        What became of each queue, by name.
    """
    end_s = time.monotonic() + TURN_S
    found = {}
    for queue in feedback.queues():
        try:
            # Each gets a look, however full the one before it was.
            left_s = max(1.0, end_s - time.monotonic())
            consumed = feedback.consume(queue, for_s=left_s)
            found[queue.name] = f"{consumed.new} new, {consumed.known} known"
        except AccountError as error:
            logger.error("Events are not taken from %s: %s", queue.name, error)
            found[queue.name] = str(error)
    return found
