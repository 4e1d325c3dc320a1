"""``manage.py ses_address``: verify, list and delete addresses and domains."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError

from seacucumber import identities
from seacucumber.conf import InvalidSetting, get_mailer
from seacucumber.exceptions import SeaCucumberError
from seacucumber.management.options import CommandWithExamples, add_json, add_mailer

HELP = """Manages SES emails. <action> may be one of the following:
  verify <email>   Sends a verification request for an address.
  list             Lists all fully verified addresses.
  delete <email>   Deletes an address from your SES account.

Examples:
  ./manage.py ses_address verify some@addres.com
  ./manage.py ses_address list
  ./manage.py ses_address delete some@address.com

A domain may stand in place of an address:
  ./manage.py ses_address verify example.com
  ./manage.py ses_address list --all"""


class Command(CommandWithExamples):
    """Checks everything that was typed before AWS is asked anything."""

    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare action, name and options."""
        parser.add_argument(
            "args",
            nargs="*",
            metavar="<action> [<email address or domain>]",
            help="what to do, and with which address",
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="list domains and pending ones, too, with their status",
        )
        add_json(parser)
        add_mailer(parser)

    def handle(self, *args: str, **options: Any) -> None:
        """Run one action."""
        if not args:
            # Not left to argparse, which would end with status 2.
            raise CommandError("Please specify an action. See --help.")
        actions: Mapping[str, Callable[[str, dict[str, Any]], None]] = {
            "verify": self._verify,
            "list": self._list,
            "delete": self._delete,
        }
        action = args[0]
        if action not in actions:
            raise CommandError(f"Invalid action: {action}")
        name = "" if action == "list" else _named(action, args[1:])
        try:
            get_mailer(options["mailer"])
            actions[action](name, options)
        except (SeaCucumberError, InvalidSetting) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The database that keeps the identities fails: {error}. If tables are"
                " missing, run manage.py migrate seacucumber."
            ) from error

    def _verify(self, name: str, options: dict[str, Any]) -> None:
        result = identities.verify(name, options["mailer"])
        records = result.dns_records
        if options["json"]:
            rows = [asdict(record) for record in records]
            self._write_json({**asdict(result), "dns_records": rows})
        elif result.mail_sent:
            self.stdout.write(f"A verification email has been sent to {result.name}.")
        elif result.verified:
            self.stdout.write(f"{result.name} is verified already.")
        elif not records:
            self.stdout.write(f"{result.name} waits for its key to be found in DNS.")
        else:
            self.stdout.write(
                f"Publish these DNS records to verify {result.name}; Amazon SES looks"
                " for them during 72 hours:"
            )
            for record in records:
                self.stdout.write(f"  {record.name} {record.type} {record.value}")

    def _delete(self, name: str, options: dict[str, Any]) -> None:
        identities.delete(name, options["mailer"])
        if options["json"]:
            self._write_json({"deleted": name})
        else:
            self.stdout.write(f"You have deleted {name} from your SES account.")

    def _list(self, name: str, options: dict[str, Any]) -> None:
        found = list(identities.list_identities(options["mailer"]))
        if not options["all"]:
            found = [row for row in found if row.kind == "address" and row.verified]
        if options["json"]:
            self._write_json([asdict(row) for row in found])
        elif options["all"]:
            self._write_all(found)
        elif found:
            self.stdout.write(
                "The following emails have been fully verified on your Amazon SES"
                " account:"
            )
            for row in found:
                self.stdout.write(f"  {row.name}")
        else:
            self.stdout.write("Your account has no fully verified email addresses yet.")

    def _write_all(self, found: list[identities.Identity]) -> None:
        if not found:
            self.stdout.write("Your account has no addresses and domains yet.")
            return
        self.stdout.write("Addresses and domains on your Amazon SES account:")
        for row in found:
            status = row.status.lower().replace("_", " ")
            words = "verified" if row.verified else status or "status unknown"
            self.stdout.write(f"  {row.name} ({row.kind}, {words})")

    def _write_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2))


def _named(action: str, rest: tuple[str, ...]) -> str:
    """Return the address or domain that an action is about, as SES knows it."""
    if not rest:
        raise CommandError(f"Please specify an email address to {action}.")
    try:
        return identities.checked_name(rest[0])
    except identities.InvalidIdentity as error:
        raise CommandError(f"Invalid email address provided: {rest[0]}") from error
