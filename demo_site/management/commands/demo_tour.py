"""Send the demo's mail through the site, and tell what became of it."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from demo_site import tour
from seacucumber.enums import MessageState
from seacucumber.models import Message

POLL_S = 0.5


class Command(BaseCommand):
    """``manage.py demo_tour``, which `demo_site.demo` runs."""

    help = "Sends the demo's mail through the site, and tells what became of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--site", required=True, help="address of the web server")
        parser.add_argument("--timeout", type=float, default=120.0)
        parser.add_argument("--exit", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, wait, print the table; without ``--exit`` go on showing the queue."""
        self._shown = ""
        self.stdout.write("Sending:")
        stops = tour.stops()
        for stop in stops:
            stop.send(options["site"])
            self.stdout.write(f"  {stop.what:<16} to {stop.whom}")
        self.stdout.write("")

        reports = self._wait(stops, timeout_s=options["timeout"])
        self.stdout.write("\n".join(tour.table(reports)))
        self.stdout.write("")
        missing = sum(not report.is_complete for report in reports)
        if missing:
            self.stdout.write(
                self.style.ERROR(
                    f"{missing} of {len(reports)} did not arrive exactly once within"
                    f" {options['timeout']:.0f} s."
                )
            )
        else:
            self.stdout.write(
                self.style.SUCCESS("All of it arrived, each exactly once.")
            )
        if options["exit"]:
            sys.exit(1 if missing else 0)
        self._watch()

    def _wait(self, stops: list[tour.Stop], *, timeout_s: float) -> list[tour.Report]:
        started = time.monotonic()
        inbox = tour.Inbox()
        while True:
            inbox.refresh()
            reports = tour.reports(stops, inbox.accepted)
            elapsed_s = time.monotonic() - started
            self._show(f"{elapsed_s:5.1f} s  {_queue()}")
            if all(report.is_complete for report in reports) or elapsed_s > timeout_s:
                self._end_of_line()
                return reports
            time.sleep(POLL_S)

    def _watch(self) -> None:
        self.stdout.write("The demo goes on: send more from the site. Ctrl-C ends it.")
        while True:
            self._show(_queue())
            time.sleep(2 * POLL_S)

    def _show(self, line: str) -> None:
        """Renew the status line; where there is no terminal, print what is new."""
        if self.stdout.isatty():
            self.stdout.write(f"\r\x1b[K  {line}", ending="")
        elif line != self._shown:
            self.stdout.write(f"  {line}")
        self.stdout.flush()
        self._shown = line

    def _end_of_line(self) -> None:
        if self.stdout.isatty():
            self.stdout.write("\n")


def _queue() -> str:
    """Return how many messages are in each state."""
    counts = Message.objects.values_list("state").annotate(count=Count("pk"))
    return ", ".join(
        f"{count} {MessageState(state).label}" for state, count in sorted(counts)
    )
