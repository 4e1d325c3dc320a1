"""What all tasks of this package have in common."""

from __future__ import annotations

import logging
from typing import Any

from billiard import current_process
from celery import Task
from django.db import Error

from seacucumber.db.errors import may_pass
from seacucumber.delivery.termination import heed_termination

logger = logging.getLogger("seacucumber")

#: None of our tasks is cut off by a limit that a host project has for its own
#: (``task_time_limit``): it would cut calls to SES, of which nobody knows then whether
#: they were accepted. Those that may take long have limits of their own.
TIME_LIMIT_S = 86_400
#: When a pool process is asked to stop, its result has to be out first.
_RESULT_S = 1.0


class SteadyTask(Task):  # type: ignore[type-arg]  # not generic when it runs
    """A task that is finished before its process ends, whatever limits others have.

    SIGTERM to a whole process group, as systemd and containers send it, would otherwise
    end the processes of the pool in the middle of a task, and their worker would call
    it lost.
    """

    abstract = True
    #: Whether it comes again by itself soon: it fails quietly while the database is
    #: away, which would fill the log with tracebacks.
    comes_again = False
    time_limit = TIME_LIMIT_S
    soft_time_limit = TIME_LIMIT_S

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, and stop afterwards if asked to."""
        # The worker's own process, of a pool without processes, reports by itself.
        in_pool = current_process().daemon
        with heed_termination(pass_on_after_s=_RESULT_S if in_pool else 0.0):
            try:
                return super().__call__(*args, **kwargs)
            except Error as error:
                if not (self.comes_again and may_pass(error)):
                    raise
                logger.warning("%s gives up for now: %s", self.name, error)
                return 0
