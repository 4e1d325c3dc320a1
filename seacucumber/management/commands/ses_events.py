"""``manage.py ses_events``: take in what SES tells, from SQS queues, until stopped."""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connections

from seacucumber import ses_events
from seacucumber.db.clock import moment
from seacucumber.delivery.termination import heed_termination
from seacucumber.enums import EventFlow
from seacucumber.exceptions import AccountError
from seacucumber.management.options import add_json
from seacucumber.ses_events import Consumed, Consumer, EventQueue
from seacucumber.ses_events.sqs_consumer import LOOK_S

logger = logging.getLogger("seacucumber")

_REPORT_EVERY_S = 60.0
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0


class Command(BaseCommand):
    """Runs one thread for each queue until it is stopped."""

    help = (
        "Takes in SES's events from the queues in CUCUMBER_EVENT_QUEUES until it is"
        " stopped by SIGTERM or SIGINT. A message leaves its queue after it is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare options."""
        parser.add_argument(
            "--once", action="store_true", help="stop when the queues are empty"
        )
        parser.add_argument(
            "--status", action="store_true", help="tell whether events arrive, and stop"
        )
        add_json(parser)
        parser.add_argument(
            "--wait",
            type=int,
            default=20,
            metavar="SECONDS",
            help="how long SQS keeps a question open (default and maximum: 20)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped."""
        if options["status"]:
            self._tell_status(as_json=options["json"])
            return
        queues = ses_events.queues()
        if not queues:
            raise CommandError(
                "CUCUMBER_EVENT_QUEUES names no queue. Run ses_setup to make one."
            )
        wait_s = LOOK_S if options["once"] else max(0, min(options["wait"], 20))
        runs = [_Run(queue, wait_s=wait_s, once=options["once"]) for queue in queues]
        with heed_termination() as stop:
            if options["once"]:
                for run in runs:
                    run.empty(stop)
            else:
                for run in runs:
                    run.start(stop)
                self._watch(runs, stop)
        self._report(runs, as_json=options["json"])
        failed = [run for run in runs if run.error]
        if failed:
            raise CommandError("; ".join(run.error for run in failed))

    def _tell_status(self, *, as_json: bool) -> None:
        found = ses_events.known_routes()
        if as_json:
            rows = {name: asdict(route) for name, route in found.items()}
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for name, route in found.items():
            since = moment(route.since_us)
            heard = moment(route.heard_at_us)
            self.stdout.write(
                f"{name}: {route.flow.label} since {since:%Y-%m-%d %H:%M}, heard of"
                f" last {heard:%Y-%m-%d %H:%M}"
                if route.flow != EventFlow.NEVER
                else f"{name}: not connected any more"
            )
        if not found:
            self.stdout.write("No event of our own mail has ever come in.")

    def _watch(self, runs: list[_Run], stop: threading.Event) -> None:
        report_s = time.monotonic() + _REPORT_EVERY_S
        while any(run.is_alive for run in runs):
            # Short waits: a signal is heard between two of them.
            for run in runs:
                run.join(0.2)
            if stop.is_set() and not any(run.is_storing for run in runs):
                # What is being waited for has not been received, or comes again.
                break
            if time.monotonic() > report_s:
                report_s += _REPORT_EVERY_S
                for run in runs:
                    self.stderr.write(run.words())

    def _report(self, runs: list[_Run], *, as_json: bool) -> None:
        if as_json:
            found = {run.queue.url: asdict(run.total) for run in runs}
            self.stdout.write(json.dumps(found, indent=2))
            return
        for run in runs:
            self.stdout.write(run.words())


class _Run:
    """One queue's thread."""

    def __init__(self, queue: EventQueue, *, wait_s: int, once: bool) -> None:
        self.queue = queue
        self.total = Consumed()
        self.error = ""
        self.is_storing = False
        self._wait_s = wait_s
        self._once = once
        self._pause_s = _FIRST_WAIT_S

    def start(self, stop: threading.Event) -> None:
        # A daemon: a question that SQS keeps open must not keep the process.
        self._thread = threading.Thread(target=self._run, args=(stop,), daemon=True)
        self._thread.start()

    def empty(self, stop: threading.Event) -> None:
        """Take what is there, in this thread."""
        with Consumer(self.queue) as consumer:
            while not stop.is_set() and self._step(consumer, stop):
                pass

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, for_s: float) -> None:
        self._thread.join(for_s)

    def words(self) -> str:
        total = self.total
        return (
            f"{self.queue.name}: {total.received} received, {total.new} new"
            f" ({total.foreign} of others' mail), {total.known} known,"
            f" {total.unreadable} left as unreadable."
        )

    def _run(self, stop: threading.Event) -> None:
        try:
            self.empty(stop)
        except Exception as error:
            # Nothing that is known to pass. All end, and whoever supervises the process
            # sees its status; one queue must not stand still unseen.
            logger.exception("Events are taken from %s no more.", self.queue.name)
            self.error = f"{self.queue.name}: {error}"
            stop.set()
        finally:
            connections.close_all()

    def _step(self, consumer: Consumer, stop: threading.Event) -> bool:
        """Take one batch; return False when there is nothing left to do."""
        if not self._once:
            close_old_connections()
        try:
            step = consumer.step(wait_s=self._wait_s, on_received=self._store)
        except (AccountError, DatabaseTrouble) as error:
            return self._is_tried_again(error, stop)
        finally:
            self.is_storing = False
        self.total.add(step)
        self._pause_s = _FIRST_WAIT_S
        return bool(step.received) or not self._once

    def _store(self) -> None:
        self.is_storing = True

    def _is_tried_again(self, error: Exception, stop: threading.Event) -> bool:
        logger.error("Events are not taken from %s: %s", self.queue.name, error)
        if self._once:
            self.error = f"{self.queue.name}: {error}"
            return False
        stop.wait(self._pause_s)
        self._pause_s = min(self._pause_s * 2, _LONGEST_WAIT_S)
        return True
