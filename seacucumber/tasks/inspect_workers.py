"""Whether the broker takes tasks, who is there to run them, and what is scheduled."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from celery import Celery, current_app
from celery.app import app_or_default

from seacucumber.tasks.publish import Asker

#: How long workers have to answer each of the two questions.
ANSWER_S = 2.0
#: What both may take, whatever the transport does.
_PATIENCE_S = 3 * ANSWER_S
_WAKE_UP = "seacucumber.tasks.deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker that has answered.

    Args:
        queues: What it listens to.
        knows_us: Whether it has the tasks of this package.
    """

    name: str
    queues: frozenset[str]
    knows_us: bool


@dataclass(slots=True)
class _Answers:
    queues: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Any] = field(default_factory=dict)


def has_application() -> bool:
    """Tell whether this process has an application that knows how to reach workers.

    Where none was made, or none was imported, Celery makes one up that has no settings.
    """
    app: Any = app_or_default()
    if app.main != "default" or app.set_as_current:
        return True
    # It may still be configured, by celeryconfig.py or the environment.
    return bool(app.conf.broker_url or app.conf.task_always_eager)


def is_eager() -> bool:
    """Tell whether tasks run where they are called: no broker, no worker."""
    return bool(current_app.conf.task_always_eager)


def broker_address() -> str:
    """Return where the broker is, without its password."""
    return str(current_app.connection_for_write().as_uri())


def default_queue() -> str:
    """Return the queue of tasks that name none."""
    return str(current_app.conf.task_default_queue)


def try_broker(alias: str, queue: str) -> str:
    """Publish a wake-up for a mailer, which does no harm. Waits two seconds at most.

    Returns:
        Why the broker did not take it; empty if it did.
    """
    options: dict[str, Any] = {"queue": queue} if queue else {}
    app = app_or_default()
    return Asker().attempt(
        lambda: app.send_task(_WAKE_UP, args=(alias,), retry=False, **options)
    )


def find_workers() -> tuple[Worker, ...]:
    """Ask all workers who they are. Takes four seconds, six at most; never raises.

    A worker that is busy in a pool of its own thread, and one behind a transport
    without broadcasts such as SQS, does not answer.
    """
    answers = _Answers()
    thread = threading.Thread(
        target=_ask,
        args=(app_or_default(), answers),
        name="seacucumber-look",
        daemon=True,
    )
    thread.start()
    thread.join(_PATIENCE_S)
    return tuple(
        Worker(
            name=name,
            queues=frozenset(str(queue["name"]) for queue in queues or ()),
            knows_us=_WAKE_UP in (answers.tasks.get(name) or ()),
        )
        for name, queues in sorted(answers.queues.items())
    )


def scheduled_tasks() -> frozenset[str]:
    """Return the names of the tasks in the ``beat_schedule`` of Celery's settings."""
    schedule = current_app.conf.beat_schedule or {}
    return frozenset(str(row.get("task", "")) for row in schedule.values())


def _ask(app: Celery, answers: _Answers) -> None:
    app.set_current()
    inspect = app.control.inspect(timeout=ANSWER_S)
    try:
        found = inspect.active_queues() or {}
        # Nobody there: the second question would be waited for in vain.
        answers.tasks = (inspect.registered() or {}) if found else {}
        answers.queues = found
    except Exception:  # noqa: BLE001
        # Whatever a transport raises: nobody has answered, and that is what is told.
        answers.queues = {}
