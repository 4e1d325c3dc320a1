"""``manage.py ses_setup``: what a project needs once, and whether it is there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from seacucumber import figures, identities, usage
from seacucumber.conf import DEFAULT_REGION, InvalidSetting, Mailer, get_mailer
from seacucumber.db import clock
from seacucumber.delivery import queue_database
from seacucumber.exceptions import SeaCucumberError
from seacucumber.figures.events import Events, Heard, heard_routes, read_events
from seacucumber.figures.identities import Standing, read_standing
from seacucumber.management.event_setup import (
    arrival_lines,
    in_words,
    read_names,
    set_up_events,
    written,
)
from seacucumber.management.options import add_json, add_mailer
from seacucumber.periodic import make_periodic_tasks
from seacucumber.ses.account.quota import AccountUsage
from seacucumber.ses.provisioning.pipeline import Names
from seacucumber.text.enforcement import explain


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupReport:
    """What was made, and what is there.

    Args:
        beat: Whether django-celery-beat is installed.
        made: Names of the periodic tasks that were missing.
        account: What SES says of the account; None if it never did.
        standing: The account's identities.
        events: Whether SES's events of its mail come in.
        heard: The routes of which they came.
        problems: What SES refused, in plain words.
    """

    mailer: str
    region: str
    beat: bool
    made: tuple[str, ...]
    account: AccountUsage | None
    standing: Standing
    events: Events
    heard: tuple[Heard, ...]
    problems: tuple[str, ...]


class Command(BaseCommand):
    """Makes what is missing here, reads what SES knows, and says what is left to do."""

    help = (
        "Creates the periodic tasks that are missing, reads the SES account's limits"
        " and identities, and tells what is left to do. With --events it looks at what"
        " SES's events need in AWS, and with --yes creates it. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        add_json(parser)
        add_mailer(parser)
        events = parser.add_argument_group("events of SES")
        events.add_argument(
            "--events",
            action="store_true",
            help="look at configuration set, topic, queue and subscription",
        )
        events.add_argument(
            "--endpoint",
            default="",
            metavar="URL",
            help="have events posted to this web address, not put into a queue",
        )
        events.add_argument(
            "--prefix", default="seacucumber", help="what the names begin with"
        )
        how = events.add_mutually_exclusive_group()
        how.add_argument(
            "--dry-run",
            action="store_true",
            help="only tell what would be created; the default",
        )
        how.add_argument("--yes", action="store_true", help="create it")
        how.add_argument(
            "--terraform", action="store_true", help="write it for Terraform instead"
        )
        how.add_argument(
            "--cloudformation",
            action="store_true",
            help="write it for CloudFormation instead",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, read and tell."""
        if options["terraform"] or options["cloudformation"]:
            kind = "terraform" if options["terraform"] else "cloudformation"
            mailer, names = _names(options)
            self.stdout.write(written(kind, mailer, names))
        elif options["events"] or options["yes"] or options["dry_run"]:
            self._events(options)
        else:
            self._all(options)

    def _events(self, options: dict[str, Any]) -> None:
        mailer, names = _names(options)
        try:
            setup = set_up_events(mailer, names, change=options["yes"])
        except SeaCucumberError as error:
            raise CommandError(
                f"{error}\nWhat was created until then stays; run this again, or see"
                " manage.py ses_policy setup for what has to be allowed."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(setup.as_json(), default=str, indent=2))
            return
        for line in in_words(setup):
            self.stdout.write(line)
        if not setup.complete and not options["yes"]:
            self.stdout.write("  Nothing was changed. Run it again with --yes.")

    def _all(self, options: dict[str, Any]) -> None:
        report = _set_up(options["mailer"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), default=str, indent=2))
        else:
            self._write_tasks(report)
            self._write_account(report)
            self._write_identities(report.standing)
            for line in arrival_lines(report.events, report.heard):
                self.stdout.write(line)
        if report.problems:
            raise CommandError("\n".join(report.problems))

    def _write_tasks(self, report: SetupReport) -> None:
        if not report.beat:
            self.stdout.write(
                "Periodic tasks: django-celery-beat is not installed. Give Celery"
                " CELERY_BEAT_SCHEDULE = seacucumber.schedule.beat_schedule()."
            )
        elif report.made:
            self.stdout.write("Periodic tasks: created in django-celery-beat:")
            for name in report.made:
                self.stdout.write(f"  {name}")
        else:
            self.stdout.write("Periodic tasks: all there.")

    def _write_account(self, report: SetupReport) -> None:
        account = report.account
        if account is None:
            return
        access = "production" if account.production_access else "sandbox"
        limit = "any number of" if account.max_24h_send < 0 else account.max_24h_send
        self.stdout.write(
            f"Account (mailer {report.mailer}, {report.region}): {access}, {limit}"
            f" recipients in 24 hours, {account.max_send_rate} per second."
        )
        if not account.production_access:
            self.stdout.write(
                "  In the sandbox, mail goes to verified addresses only. Ask AWS for"
                " production access: SES console, Account dashboard."
            )
        if enforcement := explain(account.enforcement_status):
            self.stdout.write(f"  {enforcement}")

    def _write_identities(self, standing: Standing) -> None:
        self.stdout.write(
            f"Identities: {standing.verified} of {standing.total} verified."
        )
        for problem in standing.problems:
            self.stdout.write(f"  {problem.name}: {problem.state}. {problem.remedy}")
        for setting, address in standing.unverified_senders:
            self.stdout.write(
                f"  {setting} is {address}, from which SES takes no mail. Verify it or"
                f" its domain: manage.py ses_address verify {address}"
            )


def _names(options: dict[str, Any]) -> tuple[Mailer, Names]:
    try:
        mailer = get_mailer(options["mailer"])
        return mailer, read_names(
            mailer, prefix=options["prefix"], web_address=options["endpoint"]
        )
    except (SeaCucumberError, InvalidSetting) as error:
        raise CommandError(str(error)) from error


def _set_up(alias: str) -> SetupReport:
    try:
        mailer = get_mailer(alias)
        made = make_periodic_tasks(queue_database())
        used = usage.refresh(alias)
        listed = identities.refresh(alias)
        standing = read_standing(mailer.pace_key)
        account = figures.find_account(mailer.pace_key)
        events = read_events(account, clock.read_us(queue_database()))
        heard = heard_routes(mailer.pace_key)
    except (SeaCucumberError, InvalidSetting) as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        raise CommandError(
            f"The database refuses: {error}. If tables are missing, run manage.py"
            " migrate first."
        ) from error
    errors = [*used.errors.values(), *([listed.error] if listed.error else [])]
    return SetupReport(
        mailer=alias,
        region=mailer.ses_region_name or DEFAULT_REGION,
        beat=apps.is_installed("django_celery_beat"),
        made=tuple(made),
        account=used.account,
        standing=standing,
        events=events,
        heard=heard,
        problems=tuple(dict.fromkeys(str(error) for error in errors)),
    )
