"""``manage.py ses_suppression``: who gets no mail, why, and how to change that."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError

from seacucumber import suppression
from seacucumber.conf import InvalidSetting, get_mailer
from seacucumber.enums import SuppressionReason, SuppressionSource
from seacucumber.exceptions import SeaCucumberError
from seacucumber.management.options import CommandWithExamples, add_json, add_mailer
from seacucumber.models import Suppressed
from seacucumber.ses.account.suppression import Entry
from seacucumber.suppression.ses_sync import now
from seacucumber.text.sanitize import sanitize

HELP = """Manages the suppression list. <action> may be one of the following:
  show              Counts the list by reason and by who has put addresses on it.
  why <address>     Tells whether an address gets mail; asks Amazon SES as well.
  add <address>     Puts an address onto our list; with --ses onto SES's, too.
  remove <address>  Takes an address off our list; with --ses off SES's, too.
  sync              Reads from SES what is new on its list; with --all all of it.
  import <file>     Puts the addresses of a CSV file onto our list; - is the input.
  export [<file>]   Writes the list as CSV.

Examples:
  ./manage.py ses_suppression why ann@example.com
  ./manage.py ses_suppression remove ann@example.com --ses
  ./manage.py ses_suppression add bob@example.com --scope news.example.com --days 30
  ./manage.py ses_suppression export list.csv"""

_ACTIONS = ("show", "why", "add", "remove", "sync", "import", "export")


class Command(CommandWithExamples):
    """Looks, adds, removes, reads from SES, imports and exports."""

    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare actions and options."""
        parser.add_argument("action", nargs="?", default="show", choices=_ACTIONS)
        parser.add_argument("what", nargs="?", default="", metavar="address or file")
        add_json(parser)
        add_mailer(parser)
        parser.add_argument(
            "--scope", default="", metavar="DOMAIN", help="only for mail from there"
        )
        parser.add_argument(
            "--reason",
            choices=SuppressionReason.values,
            default=SuppressionReason.MANUAL.value,
        )
        parser.add_argument("--note", default="", help="what colleagues will read")
        parser.add_argument("--days", type=float, help="ends by itself after these")
        parser.add_argument("--ses", action="store_true", help="in Amazon SES as well")
        parser.add_argument(
            "--replace", action="store_true", help="also an entry that lasts longer"
        )
        parser.add_argument("--all", action="store_true", help="read all of SES's list")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one action."""
        action, what = options["action"], options["what"]
        if action in ("why", "add", "remove", "import") and not what:
            noun = "a file" if action == "import" else "an e-mail address"
            raise CommandError(f"Please specify {noun} to {action}.")
        try:
            get_mailer(options["mailer"])
            getattr(self, f"_{action}")(what, options)
        except (SeaCucumberError, InvalidSetting) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The database that keeps the list fails: {error}. If tables are"
                " missing, run manage.py migrate seacucumber."
            ) from error

    def _show(self, what: str, options: dict[str, Any]) -> None:
        rows = Suppressed.objects.in_force(now())
        found = {
            f"{source.value}/{reason.value}": number
            for source in SuppressionSource
            for reason in SuppressionReason
            if (number := rows.filter(source=source, reason=reason).count())
        }
        if options["json"]:
            self._write_json({"total": sum(found.values()), "counts": found})
            return
        self.stdout.write(f"{sum(found.values())} addresses get no mail.")
        for key, number in found.items():
            source, _, reason = key.partition("/")
            actor = SuppressionSource(source).label
            self.stdout.write(
                f"  {number}: {SuppressionReason(reason).label}, from {actor}"
            )

    def _why(self, what: str, options: dict[str, Any]) -> None:
        address = suppression.listed_address(what)
        at_ses: Entry | None = None
        refusal: SeaCucumberError | None = None
        try:
            at_ses = suppression.ask_about(address, options["mailer"])
        except SeaCucumberError as error:
            # Our own entries are an answer, too.
            refusal = error
        rows, at = suppression.find(address), now()
        if options["json"]:
            self._write_json([_as_json(row, stops=row.stops(at)) for row in rows])
        else:
            if refusal is None:
                self._write_at_ses(at_ses)
            self._write_ours(address, rows, at, asked=refusal is None)
        if refusal is not None:
            raise CommandError(f"Amazon SES has not told: {refusal}") from refusal

    def _write_at_ses(self, at_ses: Entry | None) -> None:
        self.stdout.write(
            f"Amazon SES: {at_ses.reason.lower()}, since {at_ses.since:%Y-%m-%d %H:%M}."
            if at_ses
            else "Amazon SES: not on the account's list."
        )

    def _write_ours(
        self, address: str, rows: list[Suppressed], at: datetime, *, asked: bool
    ) -> None:
        for row in rows:
            if not row.is_ours and asked:
                continue
            ends = f", until {row.expires_at:%Y-%m-%d %H:%M}" if row.expires_at else ""
            ended = "" if row.stops(at) else " (not in force)"
            self.stdout.write(
                f"Here, for {row.scope}: {row.get_reason_display()}, since"
                f" {row.since:%Y-%m-%d %H:%M}{ends}{ended}."
                f" {sanitize(row.note)}".rstrip()
            )
        if not any(row.stops(at) for row in rows):
            name = sanitize(address)
            self.stdout.write(
                f"{name} gets mail." if asked else f"Nothing here stops mail to {name}."
            )

    def _add(self, what: str, options: dict[str, Any]) -> None:
        try:
            days = options["days"]
            ends_at = None if days is None else now() + timedelta(days=days)
        except (OverflowError, ValueError) as error:
            raise CommandError("--days is no number of days.") from error
        if days is not None and days <= 0:
            raise CommandError("--days has to be more than 0.")
        try:
            row, created = suppression.add(
                what,
                options["mailer"],
                scope=options["scope"],
                reason=SuppressionReason(options["reason"]),
                note=options["note"],
                expires_at=ends_at,
                at_ses=options["ses"],
                replace=options["replace"],
            )
        except suppression.WouldEndSooner as error:
            raise CommandError(f"{error} Or use --replace.") from error
        if options["json"]:
            self._write_json({**_as_json(row, stops=True), "new": created})
            return
        where = " and on the list of Amazon SES" if options["ses"] else ""
        self.stdout.write(
            f"{row.address} is on our list{where}: no mail for {row.scope}."
        )

    def _remove(self, what: str, options: dict[str, Any]) -> None:
        done = suppression.remove(
            what, options["mailer"], scope=options["scope"], at_ses=options["ses"]
        )
        address = sanitize(suppression.listed_address(what))
        if options["json"]:
            self._write_json(
                {
                    "address": address,
                    "removed_here": done.here,
                    "removed_at_ses": done.at_ses,
                    "still_at_ses": done.still_at_ses,
                    "put_again": done.put_again,
                }
            )
            return
        self._write_removed(address, done, at_ses=options["ses"])

    def _write_removed(
        self, address: str, done: suppression.Removed, *, at_ses: bool
    ) -> None:
        if done.here:
            self.stdout.write(f"{address} is off our list.")
        if done.at_ses:
            self.stdout.write(f"{address} is off the list of Amazon SES.")
        if at_ses and not done.at_ses:
            self.stdout.write(f"Amazon SES does not have {address} on its list.")
        if done.put_again:
            self.stdout.write(
                f"{address} has come onto our list anew, and stays there."
            )
        if done.still_at_ses:
            self.stdout.write(
                "Amazon SES still has it, and drops mail to it. Remove it there with"
                " --ses."
            )
        elif others := _stopping(address):
            self.stdout.write(
                f"Other entries still stop mail to it, for {', '.join(others)}."
            )

    def _sync(self, what: str, options: dict[str, Any]) -> None:
        report = suppression.refresh(options["mailer"], whole=options["all"])
        if report.error:
            raise report.error
        if options["json"]:
            self._write_json(
                {
                    "whole": report.whole,
                    "listed": report.listed,
                    "added": report.added,
                    "removed": report.removed,
                    "skipped": report.skipped,
                }
            )
        elif report.skipped:
            self.stdout.write("Somebody else asks Amazon SES at this moment.")
        else:
            read = "all of SES's list" if report.whole else "what is new"
            self.stdout.write(
                f"Read {read}: {report.listed} addresses, {report.added} new,"
                f" {report.removed} gone."
            )

    def _import(self, what: str, options: dict[str, Any]) -> None:
        try:
            text = (
                sys.stdin.read() if what == "-" else Path(what).read_text("utf-8-sig")
            )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{what} cannot be read: {error}") from error
        report = suppression.import_file(
            io.StringIO(text), options["mailer"], note=options["note"]
        )
        self.stdout.write(f"{report.added} added, {report.known} were on the list.")
        if report.refused:
            raise CommandError(
                f"{report.refused} lines were not taken:\n" + "\n".join(report.problems)
            )

    def _export(self, what: str, options: dict[str, Any]) -> None:
        rows = Suppressed.objects.in_force(now()).order_by("address", "scope")
        lines = suppression.export_rows(rows.iterator(chunk_size=2000))
        if not what or what == "-":
            csv.writer(self.stdout, lineterminator="\n").writerows(lines)
            return
        try:
            with Path(what).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(lines)
        except OSError as error:
            raise CommandError(f"{what} cannot be written: {error}") from error
        self.stdout.write(f"Written to {what}.")

    def _write_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2, default=str))


def _stopping(address: str) -> list[str]:
    """Return whose mail to an address is stopped now, by the scopes of its entries."""
    rows, at = suppression.find(address), now()
    return sorted({sanitize(row.scope) for row in rows if row.stops(at)})


def _as_json(row: Suppressed, *, stops: bool) -> dict[str, Any]:
    return {
        "address": row.address,
        "scope": row.scope,
        "reason": row.reason,
        "source": row.source,
        "since": row.since.isoformat(),
        "expires": row.expires_at.isoformat() if row.expires_at else None,
        "on_ses_list": row.ses_known,
        "in_force": stops,
        "note": row.note,
    }
