"""A project's process that sends, as it is told: ``python -m benchmarks.sender``.

One order a line on standard input, one answer a line on standard output, both JSON.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.core import mail

logger = logging.getLogger("benchmarks")

Answer = dict[str, float]


def migrate() -> Answer:
    """Make the tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return {}


def send(*, how: str, count: int, domain: str) -> Answer:
    """Send mail, ``single`` or ``bulk``; return the CPU and the time that it took."""
    from benchmarks import letters

    messages = list(letters.compose(count, domain)) if how == "bulk" else []
    connection = mail.get_connection()
    if messages:
        # A client of boto3 takes 50 ms; those who keep it do not pay for each message.
        connection.open()
    gc.collect()
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    if messages:
        connection.send_messages(messages)
    else:
        letters.send_singly(count, domain)
    return {
        "cpu_s": time.process_time() - cpu_s,
        "wall_s": time.perf_counter() - wall_s,
    }


def rest(*, within_s: float) -> Answer:
    """Wait until all of Sea Cucumber's mail was sent and its deliverers went home.

    Returns the seconds until the last message was recorded.
    """
    from seacucumber.db import clock
    from seacucumber.enums import MessageState
    from seacucumber.models import Message, Pace

    begin_s = time.perf_counter()
    while Message.objects.exclude(state=MessageState.SENT).exists():
        if time.perf_counter() - begin_s > within_s:
            raise TimeoutError(f"Mail is not delivered after {within_s:.0f} s.")
        time.sleep(0.1)
    recorded_s = time.perf_counter() - begin_s
    while any(p.attendants(clock.read_us("default")) for p in Pace.objects.all()):
        time.sleep(0.1)
    return {"recorded_s": recorded_s}


def waiting() -> Answer:
    """Count Sea Cucumber's messages that were not sent."""
    from seacucumber.enums import MessageState
    from seacucumber.models import Message

    return {"count": Message.objects.exclude(state=MessageState.SENT).count()}


def suppress(*, count: int) -> Answer:
    """Put so many addresses onto an empty suppression list."""
    from seacucumber.conf import get_mailer
    from seacucumber.db import clock
    from seacucumber.models import Suppressed

    scope, since = get_mailer().pace_key, clock.moment(clock.read_us("default"))
    Suppressed.objects.bulk_create(
        [
            Suppressed(
                address=f"gone{number}@example.net",
                scope=scope,
                reason="bounce",
                source="ses",
                since=since,
                ses_known=True,
                ses_seen_at=since,
            )
            for number in range(count)
        ],
        batch_size=5000,
    )
    return {}


def deliver(*, count: int, singly: bool, lists: bool) -> Answer:
    """Deliver so many messages in this process; return what that took."""
    from django.conf import settings

    from benchmarks import letters
    from seacucumber import conf, delivery

    settings.CUCUMBER_SUPPRESSION = lists
    conf.get_mailer.cache_clear()
    messages = list(letters.compose(count))
    cpu_s = wall_s = 0.0
    for group in [[each] for each in messages] if singly else [messages]:
        mail.get_connection().send_messages(group)
        gc.collect()
        begin_cpu_s, begin_s = time.process_time(), time.perf_counter()
        delivery.drain("default")
        cpu_s += time.process_time() - begin_cpu_s
        wall_s += time.perf_counter() - begin_s
    return {"cpu_s": cpu_s, "wall_s": wall_s}


def drain(*, rate_per_s: float, for_s: float) -> Answer:
    """Deliver in this process for so long, at a pace of that many a second."""
    from django.conf import settings

    from seacucumber import conf, delivery

    settings.CUCUMBER_RATE_LIMIT = rate_per_s
    conf.get_mailer.cache_clear()
    return {"sent": delivery.drain("default", for_s=for_s).sent}


def tally() -> Answer:
    """Count what the deliverers have written down."""
    from seacucumber.enums import AttemptOutcome, MessageState
    from seacucumber.models import Attempt, Message

    return {
        "sent": Message.objects.filter(state=MessageState.SENT).count(),
        "attempts": Attempt.objects.count(),
        "late": Attempt.objects.filter(outcome=AttemptOutcome.LATE).count(),
    }


def ingest_events(*, count: int, size: int) -> Answer:
    """Take in so many events of mail that was sent, some at a time, as JSON."""
    from benchmarks import told
    from seacucumber import ses_events
    from seacucumber.enums import EventVia
    from seacucumber.ses.inbound.event import read_event

    bodies = told.write(count)
    gc.collect()
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for start in range(0, count, size):
        events = [read_event(body) for body in bodies[start : start + size]]
        ses_events.ingest_events(
            [event for event in events if event], via=EventVia.QUEUE
        )
    return {
        "cpu_s": time.process_time() - cpu_s,
        "wall_s": time.perf_counter() - wall_s,
    }


def post(*, count: int, threads: int) -> Answer:
    """Post so many events to the webhook, from so many threads, as SNS signs them.

    All that Django does with a request is in it but to read it from a socket.
    Connections to the database stay open, as with CONN_MAX_AGE.
    """
    from django.core.handlers.base import BaseHandler
    from django.core.handlers.wsgi import WSGIRequest
    from django.db import connections

    handler = BaseHandler()
    handler.load_middleware()
    posts = _posts(count)

    def work(mine: list[dict[str, Any]]) -> None:
        for environ in mine:
            status = handler.get_response(WSGIRequest(environ)).status_code
            if status != 200:
                raise RuntimeError(f"The webhook has answered {status}.")
        if threads > 1:
            connections.close_all()

    gc.collect()
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    if threads == 1:
        work(posts)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, (posts[number::threads] for number in range(threads))))
    return {
        "cpu_s": time.process_time() - cpu_s,
        "wall_s": time.perf_counter() - wall_s,
    }


def _posts(count: int) -> list[dict[str, Any]]:
    """Return what a WSGI server hands over of so many posts."""
    from django.test import RequestFactory

    from benchmarks import told

    factory = RequestFactory(headers={"x-amz-sns-message-type": "Notification"})
    return [
        factory.post("/sns/", body, content_type="text/plain; charset=UTF-8").environ
        for body in told.write_posts(count)
    ]


def clear() -> Answer:
    """Empty the tables of those who queue in the database, and the broker."""
    from django.db import connection

    from benchmarks.celery import app
    from seacucumber import models

    for model in (
        *(models.Event, models.BodyChunk, models.Recipient, models.Attempt),
        models.Message,
    ):
        # Not delete(): it reads all rows first.
        model._default_manager.all()._raw_delete("default")
    if "post_office_email" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM post_office_email")
    app.control.purge()
    return {}


ORDERS: dict[str, Callable[..., Answer]] = {
    "migrate": migrate,
    "send": send,
    "rest": rest,
    "waiting": waiting,
    "suppress": suppress,
    "deliver": deliver,
    "drain": drain,
    "tally": tally,
    "ingest_events": ingest_events,
    "post": post,
    "clear": clear,
}


def main() -> None:
    """Carry out orders until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr
    django.setup()
    if not hasattr(mail.EmailMessage, "mixed_subtype"):
        # Gone with Django 6.0; django-celery-email 3.0 asks every message for it.
        mail.EmailMessage.mixed_subtype = "mixed"  # type: ignore[attr-defined]
    import benchmarks.celery  # noqa: F401 - makes it the current application

    for line in sys.stdin:
        order = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = ORDERS[order.pop("do")](**order)
        except Exception as error:
            logger.exception("An order failed.")
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
