"""The Celery tasks: doors with one call behind each. Arguments are short and JSON."""

from __future__ import annotations

from typing import Any

from celery import Task, current_app, shared_task

from seacucumber import delivery
from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.delivery.termination import heed_termination
from seacucumber.tasks import legacy
from seacucumber.tasks.base import SteadyTask
from seacucumber.tasks.consuming import consume_events
from seacucumber.tasks.keys import ask_for_key_check, check_dkim_keys
from seacucumber.tasks.refreshing import (
    ask_for_dns_check,
    ask_for_refresh,
    check_dns,
    guard_reputation,
    refresh_identities,
    refresh_suppression,
    refresh_usage,
)
from seacucumber.tasks.wakeup import Waker

__all__ = [
    "ask_for_dns_check",
    "ask_for_key_check",
    "ask_for_refresh",
    "check_dkim_keys",
    "check_dns",
    "consume_events",
    "deliver",
    "guard_reputation",
    "keep_house",
    "refresh_identities",
    "refresh_suppression",
    "refresh_usage",
    "send_email",
    "sweep",
    "wake",
]


@shared_task(base=SteadyTask, name="seacucumber.tasks.deliver", ignore_result=True)
def deliver(alias: str = DEFAULT_MAILER) -> int:
    """Deliver a mailer's mail for a few seconds. Return how many messages were sent."""
    with heed_termination(pass_on_after_s=0.0) as stop:
        report = delivery.deliver(
            alias, on_behind=lambda: _waker.wake(alias, countdown_s=0.0), stop=stop
        )
    if report.again_in_s is not None:
        _waker.wake(alias, countdown_s=report.again_in_s)
    return report.sent


@shared_task(base=SteadyTask, name="seacucumber.tasks.sweep", ignore_result=True)
def sweep() -> int:
    """Bring back what dead workers held, and wake up deliverers where mail waits.

    Returns how many deliverers were woken up.
    """
    waiting = delivery.sweep(delivery.queue_database())
    for alias in waiting:
        _waker.wake(alias)
    return len(waiting)


@shared_task(base=SteadyTask, name="seacucumber.tasks.keep_house")
def keep_house() -> dict[str, int]:
    """Drop bodies, messages and counters whose time is over."""
    return delivery.keep_house(delivery.queue_database())


@shared_task(base=SteadyTask, name="seacucumber.tasks.SendEmailTask", bind=True)
def send_email(
    self: Task[Any, Any], from_email: str, recipients: list[str], message: str
) -> bool:
    """Take over a message that a producer of Sea Cucumber 1.5 has queued.

    Returns True when it is in the queue, False when it can never be sent.
    """
    queued = legacy.take_over(str(self.request.id), from_email, recipients, message)
    if queued:
        wake(DEFAULT_MAILER)
    return queued


def wake(alias: str) -> None:
    """Wake up a deliverer for a mailer. Never raises, waits 0.5 seconds at most.

    With Celery's ``task_always_eager`` there is no worker: mail is delivered here.
    """
    if current_app.conf.task_always_eager:
        delivery.drain(alias)
    else:
        _waker.wake(alias)


def _publish(alias: str, countdown_s: float) -> None:
    route = get_mailer(alias).route_queue
    options: dict[str, Any] = {"queue": route} if route else {}
    deliver.apply_async(
        args=(alias,),
        countdown=countdown_s,
        # One that waited longer than that has been overtaken by the sweep's.
        expires=countdown_s + 300.0,
        retry=False,
        **options,
    )


_waker = Waker(_publish)
