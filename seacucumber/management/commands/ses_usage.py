"""``manage.py ses_usage``: the account's quota and figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from seacucumber import usage
from seacucumber.conf import InvalidSetting
from seacucumber.enums import RefreshSubject
from seacucumber.exceptions import AccessDenied, SeaCucumberError
from seacucumber.management.options import add_json, add_mailer
from seacucumber.ses.account.quota import AccountUsage


class Command(BaseCommand):
    """Reads, keeps and prints what SES says of the account."""

    help = "Shows SES usage and quota, and keeps the figures for the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        add_json(parser)
        add_mailer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report."""
        report = _refreshed(options["mailer"])
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(report), default=str, indent=2))
        else:
            self._write(report)
        if report.skipped:
            self.stderr.write(
                "Another process asks SES at this moment; these are its last figures."
            )
        if report.errors:
            raise CommandError("\n".join(_failures(report)))

    def _write(self, report: usage.UsageReport) -> None:
        if report.account and RefreshSubject.ACCOUNT not in report.errors:
            self._write_account(report.account)
        if RefreshSubject.STATISTICS not in report.errors:
            self._write_statistics(report)

    def _write_account(self, account: AccountUsage) -> None:
        self.stdout.write("--- SES Quota ---")
        self.stdout.write(f"  24 Hour Quota: {account.max_24h_send}")
        self.stdout.write(f"  Sent (Last 24 hours): {account.sent_last_24h}")
        self.stdout.write(f"  Max sending rate: {account.max_send_rate}/sec")

    def _write_statistics(self, report: usage.UsageReport) -> None:
        day = report.day
        self.stdout.write(f"--- Current Day: {day.month}/{day.day} ---")
        self._write_totals(report.today)
        self.stdout.write("--- Past two weeks ---")
        self._write_totals(report.past_two_weeks)

    def _write_totals(self, totals: usage.Totals) -> None:
        self.stdout.write(f"  Delivery attempts: {totals.delivery_attempts}")
        self.stdout.write(f"  Bounces: {totals.bounces}")
        self.stdout.write(f"  Rejects: {totals.rejects}")
        self.stdout.write(f"  Complaints: {totals.complaints}")


def _as_json(report: usage.UsageReport) -> dict[str, Any]:
    told = asdict(replace(report, errors={}))
    errors = {name: str(error) for name, error in report.errors.items()}
    return {**told, "errors": errors, "missing_permission": report.missing_permission}


def _failures(report: usage.UsageReport) -> Iterator[str]:
    for subject, error in report.errors.items():
        if subject is not RefreshSubject.STATISTICS:
            yield str(error)
        elif isinstance(error, AccessDenied):
            yield (
                f"The statistics were not read: AWS denies them. Allow"
                f" {error.permission} in the IAM policy of these credentials."
            )
        else:
            yield f"The statistics were not read. {error}"


def _refreshed(alias: str) -> usage.UsageReport:
    try:
        return usage.refresh(alias)
    except (SeaCucumberError, InvalidSetting) as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        raise CommandError(
            f"The figures cannot be kept in the database: {error}. If tables are"
            " missing, run manage.py migrate seacucumber."
        ) from error
