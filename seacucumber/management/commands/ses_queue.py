"""``manage.py ses_queue``: look at the queue, and run it by hand."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from seacucumber import backlog, delivery, outbox
from seacucumber.conf import InvalidSetting, get_mailer, get_retention, mailer_aliases
from seacucumber.delivery.outcomes.unsettled import settle_logged
from seacucumber.delivery.termination import heed_termination
from seacucumber.delivery.upkeep.retention import purge
from seacucumber.enums import Lane, MessageState
from seacucumber.management.options import CommandWithExamples, add_json, add_mailer
from seacucumber.management.progress import Progress
from seacucumber.models import Hold, Message
from seacucumber.models.queue.transitions import MessageQuerySet

HELP = """Looks at the queue and runs it by hand. <action> may be one of the following:
  show              Counts by state and lane, the oldest, what is held and why.
  drain             Delivers in this process until nothing is ready.
  requeue <id> ...  Sends failed, held, cancelled or suppressed messages again.
  cancel <id> ...   Takes back messages that have not left yet.
  purge             Deletes messages that ended long ago.
  settle            Reads a worker's log from standard input, and settles as sent what
                    SES had accepted and the database had not taken yet.

Examples:
  ./manage.py ses_queue show --json
  ./manage.py ses_queue requeue --failed
  ./manage.py ses_queue cancel --lane bulk
  ./manage.py ses_queue purge --days 30
  ./manage.py ses_queue settle < worker.log"""


class Command(CommandWithExamples):
    """Counts, drains, requeues, cancels and purges."""

    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare actions and options."""
        actions = ("show", "drain", "requeue", "cancel", "purge", "settle")
        parser.add_argument("action", nargs="?", default="show", choices=actions)
        parser.add_argument("ids", nargs="*", metavar="id", help="message ids")
        add_json(parser)
        add_mailer(parser, default=None)
        parser.add_argument("--failed", action="store_true", help="all failed ones")
        parser.add_argument("--held", action="store_true", help="all held ones")
        parser.add_argument("--lane", choices=[lane.name.lower() for lane in Lane])
        parser.add_argument("--days", type=float, help="purge what is older than this")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one action."""
        alias = options["mailer"]
        if alias is not None:
            try:
                get_mailer(alias)
            except InvalidSetting as error:
                raise CommandError(str(error)) from error
        action: str = options["action"]
        getattr(self, f"_{action}")(options)

    def _show(self, options: dict[str, Any]) -> None:
        found = backlog.read(delivery.queue_database())
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found), default=str, indent=2))
            return
        self.stdout.write("--- Queue ---")
        for state in backlog.LIVE:
            lanes = ", ".join(
                f"{found.counts[state, lane]} {lane.label}"
                for lane in Lane
                if (state, lane) in found.counts
            )
            self.stdout.write(f"  {str(state.label).capitalize()}: {lanes or '0'}")
        for lane, age_s in found.oldest_s.items():
            self.stdout.write(f"  Oldest {lane.label} waits for {age_s:.0f} s")
        self.stdout.write("--- Holds ---")
        for hold in found.holds:
            what = f"{hold.scope} {hold.value}".strip()
            self.stdout.write(
                f"  {what}: {hold.why}, since {hold.since:%Y-%m-%d %H:%M}"
            )
            self.stdout.write(f"    {hold.detail}")
            if hold.ends_at is not None:
                self.stdout.write(f"    Lifted by itself {hold.ends_at:%Y-%m-%d %H:%M}")
            if hold.next_try_in_s is not None:
                self.stdout.write(f"    Next try in {hold.next_try_in_s:.0f} s")
        if not found.holds:
            self.stdout.write("  None.")

    def _drain(self, options: dict[str, Any]) -> None:
        aliases = [options["mailer"]] if options["mailer"] else mailer_aliases()
        delivery.sweep(delivery.queue_database())
        sent = failed = 0
        with heed_termination() as stop:
            for alias in _one_for_each_account(aliases):
                if stop.is_set():
                    break
                waiting = Message.objects.filter(
                    pace_key=get_mailer(alias).pace_key, state=MessageState.QUEUED
                ).count()
                with Progress(self.stderr, total=waiting) as progress:
                    report = delivery.drain(
                        alias, on_settled=progress.settled, stop=stop
                    )
                sent += report.sent
                failed += report.failed
        self.stdout.write(f"{sent} sent, {failed} failed.")

    def _requeue(self, options: dict[str, Any]) -> None:
        chosen = self._chosen(options, by_state=True)
        changed = outbox.requeue(chosen)
        self.stdout.write(f"{changed} queued again.")
        self._tell_rest(options, changed)
        if changed and Hold.objects.exists():
            self.stdout.write("What a hold stops waits: ses_queue show has the holds.")

    def _cancel(self, options: dict[str, Any]) -> None:
        changed = outbox.cancel(self._chosen(options, by_state=False))
        self.stdout.write(f"{changed} cancelled.")
        self._tell_rest(options, changed)

    def _tell_rest(self, options: dict[str, Any], changed: int) -> None:
        """Say how many of the named are as they were: a number alone hides them."""
        rest = len(set(options["ids"])) - changed
        if options["ids"] and rest > 0:
            self.stdout.write(f"{rest} left as they are, or not there.")

    def _purge(self, options: dict[str, Any]) -> None:
        days = options["days"]
        older_s = get_retention().messages_s if days is None else days * 86_400
        if older_s is None:
            raise CommandError(
                "Messages are kept for good (CUCUMBER_RETENTION_MESSAGES is None);"
                " say how old they must be with --days."
            )
        self.stdout.write(f"{purge(older_s)} deleted.")

    def _settle(self, options: dict[str, Any]) -> None:
        proven = settle_logged(sys.stdin, delivery.queue_database())
        self.stdout.write(f"{len(proven)} settled as sent.")

    def _chosen(self, options: dict[str, Any], *, by_state: bool) -> MessageQuerySet:
        """Return the messages that the options name; by default none is chosen."""
        states = [
            state
            for state in (MessageState.FAILED, MessageState.HELD)
            if by_state and options[state.name.lower()]
        ]
        if not (options["ids"] or states or options["lane"]):
            raise CommandError(
                "Say which messages: their ids, --lane"
                + (", --failed or --held." if by_state else ".")
            )
        chosen = Message.objects.all()
        if options["ids"]:
            chosen = chosen.filter(uid__in=options["ids"])
        if states:
            chosen = chosen.filter(state__in=states)
        if options["lane"]:
            chosen = chosen.filter(lane=Lane[options["lane"].upper()])
        if options["mailer"]:
            chosen = chosen.filter(mailer=options["mailer"])
        return chosen


def _one_for_each_account(aliases: list[str]) -> list[str]:
    return list({get_mailer(alias).pace_key: alias for alias in aliases}.values())


def _as_json(found: backlog.Backlog) -> dict[str, Any]:
    return {
        "counts": [
            {"state": state.name.lower(), "lane": lane.name.lower(), "messages": number}
            for (state, lane), number in sorted(found.counts.items())
        ],
        "oldest_s": {lane.name.lower(): age for lane, age in found.oldest_s.items()},
        "holds": [asdict(hold) for hold in found.holds],
    }
