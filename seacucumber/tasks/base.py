"""What all tasks of this package have in common."""

from __future__ import annotations

from typing import Any

from billiard import current_process
from celery import Task

from seacucumber.delivery.termination import heed_termination

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
    time_limit = TIME_LIMIT_S
    soft_time_limit = TIME_LIMIT_S

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, and stop afterwards if asked to."""
        # The worker's own process, of a pool without processes, reports by itself.
        in_pool = current_process().daemon
        with heed_termination(pass_on_after_s=_RESULT_S if in_pool else 0.0):
            return super().__call__(*args, **kwargs)
