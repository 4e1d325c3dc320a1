"""``manage.py ses_setup``: what a project needs once, and whether it is there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from seacucumber import identities, usage
from seacucumber.conf import DEFAULT_REGION, InvalidSetting, get_mailer
from seacucumber.delivery import queue_database
from seacucumber.exceptions import SeaCucumberError
from seacucumber.figures.standing import Standing, read_standing
from seacucumber.management.options import add_json, add_mailer
from seacucumber.periodic import make_periodic_tasks
from seacucumber.ses.account import AccountUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupReport:
    """What was made, and what is there.

    Args:
        beat: Whether django-celery-beat is installed.
        made: Names of the periodic tasks that were missing.
        account: What SES says of the account; None if it never did.
        standing: The account's identities.
        problems: What SES refused, in plain words.
    """

    mailer: str
    region: str
    beat: bool
    made: tuple[str, ...]
    account: AccountUsage | None
    standing: Standing
    problems: tuple[str, ...]


class Command(BaseCommand):
    """Makes what is missing here, reads what SES knows, and says what is left to do."""

    help = (
        "Creates the periodic tasks that are missing, reads the SES account's limits"
        " and identities, and tells what is left to do. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        add_json(parser)
        add_mailer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, read and tell."""
        report = _set_up(options["mailer"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), default=str, indent=2))
        else:
            self._write_tasks(report)
            self._write_account(report)
            self._write_identities(report.standing)
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
        warning = usage.enforcement_warning(account.enforcement_status)
        if warning:
            self.stdout.write(f"  {warning}")

    def _write_identities(self, standing: Standing) -> None:
        self.stdout.write(
            f"Identities: {standing.verified} of {standing.total} verified."
        )
        for trouble in standing.troubles:
            self.stdout.write(f"  {trouble.name}: {trouble.state}. {trouble.cure}")
        for setting, address in standing.unverified_senders:
            self.stdout.write(
                f"  {setting} is {address}, from which SES takes no mail. Verify it or"
                f" its domain: manage.py ses_address verify {address}"
            )


def _set_up(alias: str) -> SetupReport:
    try:
        mailer = get_mailer(alias)
        made = make_periodic_tasks(queue_database())
        used = usage.refresh(alias)
        listed = identities.refresh(alias)
        standing = read_standing(mailer.pace_key)
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
        problems=tuple(dict.fromkeys(str(error) for error in errors)),
    )
