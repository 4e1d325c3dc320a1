"""``manage.py ses_doctor``: what is wrong, from the settings to AWS, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseTrouble

from seacucumber import figures
from seacucumber.conf import InvalidSetting, get_mailer, mailer_aliases
from seacucumber.figures import Account, Severity
from seacucumber.management import doctor_host
from seacucumber.management.doctor_account import AccountLook
from seacucumber.management.doctor_report import MARKS, Reported, Section
from seacucumber.management.options import add_json, add_mailer
from seacucumber.management.progress import Activity

_FAIL_ON: Mapping[str, Severity] = {
    MARKS[severity]: severity for severity in (Severity.BAD, Severity.WARN)
}


class Command(BaseCommand):
    """Looks at everything that mail needs; one trouble does not hide the next."""

    help = (
        "Looks at settings, database, broker, workers, beat, the SES account, its"
        " events and its figures, and says what is wrong and what to do. Asks SES as"
        " ses_usage does, and publishes one wake-up. Ends with status 1 if there is a"
        " problem."
    )
    #: What they find is told with the rest.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        add_json(parser)
        add_mailer(parser, default=None)
        parser.add_argument(
            "--offline",
            action="store_true",
            help="ask AWS nothing, judge what is known",
        )
        parser.add_argument(
            "--fail-on",
            choices=list(_FAIL_ON),
            default=MARKS[Severity.BAD],
            help="what ends with status 1 (default: problem)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, tell, and fail if there is reason to."""
        activity = Activity(self.stderr)
        sections = []
        for section in _looked(activity, options):
            activity.say("")
            sections.append(section)
            if section.findings and not options["json"]:
                self._write(section)
        activity.say("")
        found = [each.severity for section in sections for each in section.findings]
        if options["json"]:
            reported = [section.as_json() for section in sections]
            worst = MARKS[min(found, default=Severity.OK)]
            self.stdout.write(
                json.dumps({"worst": worst, "sections": reported}, indent=2)
            )
        problems, warnings = found.count(Severity.BAD), found.count(Severity.WARN)
        summary = f"Problems: {problems}, warnings: {warnings}."
        if min(found, default=Severity.OK) <= _FAIL_ON[options["fail_on"]]:
            raise CommandError(summary)
        if not options["json"]:
            self.stdout.write(summary)

    def _write(self, section: Section) -> None:
        styles: Mapping[Severity, Callable[[str], str]] = {
            Severity.OK: self.style.SUCCESS,
            Severity.INFO: str,
            Severity.WARN: self.style.WARNING,
            Severity.BAD: self.style.ERROR,
        }
        for line in section.lines(lambda severity, word: styles[severity](word)):
            self.stdout.write(line)
        self.stdout.write("")


def _looked(activity: Activity, options: dict[str, Any]) -> Iterator[Section]:
    """Yield what was found, one look after the other."""
    reported = Reported()
    activity.say("Looking at the settings ...")
    yield reported.section("Settings", doctor_host.settings)
    accounts = _accounts(options["mailer"])
    activity.say("Looking at the database ...")
    database = reported.section("Database", doctor_host.database)
    reported.database = any(each.severity is Severity.BAD for each in database.findings)
    yield database
    if accounts:
        aliases = [alias for account in accounts for alias in account.aliases]
        activity.say("Asking the broker and the workers ...")
        swept_at = _last_sweep()
        yield reported.section(
            "Broker and workers", lambda: doctor_host.broker(aliases, swept_at)
        )
    activity.say("Looking at the periodic tasks ...")
    yield reported.section("Periodic tasks", doctor_host.schedule)
    activity.say("Looking at the clocks ...")
    yield reported.section("Clocks", doctor_host.clocks)
    for account in accounts:
        look = AccountLook(
            account=account,
            mailer=get_mailer(account.aliases[0]),
            activity=activity,
            offline=options["offline"],
        )
        yield from _account(look, replace(reported, headlines=set(reported.headlines)))


def _account(look: AccountLook, reported: Reported) -> Iterator[Section]:
    name = f"{', '.join(look.account.aliases)}, {look.account.region}"
    yield reported.section(f"AWS ({name})", look.aws)
    look.activity.say("Looking at the figures ...")
    yield reported.section(f"Events ({name})", look.events)
    yield reported.section(f"Webhook ({name})", look.webhook)
    yield reported.section(f"Suppression and reputation ({name})", look.upkeep)
    yield reported.section(f"As the dashboard sees it ({name})", look.verdict)


def _accounts(only: str | None) -> list[Account]:
    """Return the accounts that are meant; none if the settings cannot be read.

    Raises:
        CommandError: if there is no such mailer.
    """
    if only is not None and only not in mailer_aliases():
        raise CommandError(f"There is no mailer {only!r} of Sea Cucumber.")
    try:
        known = figures.accounts()
    except InvalidSetting:
        # A system check has said so.
        return []
    if only is None:
        return list(known)
    return [
        replace(account, aliases=(only,))
        for account in known
        if only in account.aliases
    ]


def _last_sweep() -> datetime | None:
    try:
        return doctor_host.last_sweep()
    except DatabaseTrouble:
        # The look at the database has said so.
        return None
