"""The Celery tasks: doors with one call behind each. Arguments are short and JSON."""

from __future__ import annotations

import threading
from typing import Any

from celery import Task, current_app, shared_task
from celery.app.task import Context

from seacucumber import delivery
from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.db import clock
from seacucumber.delivery import LONGEST_COUNTDOWN_S
from seacucumber.delivery.termination import heed_termination
from seacucumber.tasks import v1_5
from seacucumber.tasks.base import SteadyTask
from seacucumber.tasks.consume_events import consume_events
from seacucumber.tasks.dkim_keys import ask_for_key_check, check_dkim_keys
from seacucumber.tasks.refresh import (
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
    "purge_expired",
    "refresh_identities",
    "refresh_suppression",
    "refresh_usage",
    "send_email",
    "sweep",
    "wake",
]


#: Header of a wake-up: the database's time at which there is something to do.
_DUE_US = "seacucumber_due_us"
#: So much earlier may one run: it stays for a moment anyway.
_EARLY_US = clock.US_PER_S
#: Longer than a waker keeps still after a wake-up (tasks.wakeup).
PASS_ON_AFTER_S = 1.0


@shared_task(
    base=SteadyTask,
    name="seacucumber.tasks.deliver",
    bind=True,
    ignore_result=True,
    comes_again=True,
)
def deliver(self: Task[Any, Any], alias: str = DEFAULT_MAILER) -> int:
    """Deliver a mailer's mail for a few seconds. Return how many messages were sent."""
    if _is_early(self.request):
        return 0
    with heed_termination(pass_on_after_s=0.0) as stop:
        report = delivery.deliver(
            alias, on_behind=lambda: _waker.wake(alias, countdown_s=0.0), stop=stop
        )
        if report.stepped_down:
            _pass_on(alias, stop)
    if report.again_in_s is not None:
        _waker.wake(alias, countdown_s=report.again_in_s)
    return report.sent


@shared_task(
    base=SteadyTask,
    name="seacucumber.tasks.sweep",
    ignore_result=True,
    comes_again=True,
)
def sweep() -> int:
    """Bring back what dead workers held, and wake up deliverers where mail waits.

    Returns how many deliverers were woken up.
    """
    waiting = delivery.sweep(delivery.queue_database())
    for alias in waiting:
        _waker.wake(alias)
    return len(waiting)


@shared_task(base=SteadyTask, name="seacucumber.tasks.purge_expired")
def purge_expired() -> dict[str, int]:
    """Drop bodies, messages and counters whose time is over."""
    return delivery.purge_expired(delivery.queue_database())


@shared_task(base=SteadyTask, name="seacucumber.tasks.SendEmailTask", bind=True)
def send_email(
    self: Task[Any, Any], from_email: str, recipients: list[str], message: str
) -> bool:
    """Take over a message that a producer of Sea Cucumber 1.5 has queued.

    Returns True when it is in the queue, False when it can never be sent.
    """
    queued = v1_5.take_over(str(self.request.id), from_email, recipients, message)
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


def _pass_on(alias: str, stop: threading.Event) -> None:
    """Wake up a deliverer of another host, where this one may not deliver.

    It may come back here; so not too often.
    """
    if delivery.others_may_deliver(alias) and not stop.wait(PASS_ON_AFTER_S):
        _waker.wake(alias)


def _publish(alias: str, countdown_s: float) -> None:
    route = get_mailer(alias).route_queue
    options: dict[str, Any] = {"queue": route} if route else {}
    if countdown_s > 0:
        # A hint: Celery counts it by the clock of the worker's host. One that is
        # behind sits on it, and the sweep wakes up another; one that is ahead runs it
        # early, and finds by the database's clock that it is (`_is_early`).
        now_us = clock.reckon_us(delivery.queue_database())
        options["headers"] = {_DUE_US: clock.after_us(now_us, countdown_s)}
        options["countdown"] = countdown_s
    deliver.apply_async(args=(alias,), retry=False, **options)


def _is_early(request: Context) -> bool:
    """Whether a wake-up runs well before its time: this host's clock is ahead.

    It is let go: to publish it anew would bring it back at once, again and again.
    """
    due_us = request.get(_DUE_US) or (request.headers or {}).get(_DUE_US)
    if due_us is None:
        return False
    now_us = clock.read_us(delivery.queue_database())
    return not clock.is_due(
        int(due_us) - _EARLY_US, now_us, longest_s=LONGEST_COUNTDOWN_S
    )


_waker = Waker(_publish)
