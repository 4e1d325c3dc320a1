"""``manage.py ses_usage``: the texts are those of Sea Cucumber 1.5."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from seacucumber.models.account.usage import AccountSnapshot, StatisticPoint
from seacucumber.ses.account import quota
from seacucumber.ses.account.quota import StatisticPoint as Point
from seacucumber.testing import Fault, LocalSES, errors

pytestmark = pytest.mark.django_db


def run(**options: Any) -> str:
    output = io.StringIO()
    call_command("ses_usage", stdout=output, **options)
    return output.getvalue()


def test_idle_sandbox_is_shown_as_ever(local_ses: LocalSES) -> None:
    local_ses.configure(rate=1.0, quota_24h=200.0, sandbox=True)
    local_ses.consume_quota(1)
    today = timezone.localdate()

    assert run() == (
        "--- SES Quota ---\n"
        "  24 Hour Quota: 200.0\n"
        "  Sent (Last 24 hours): 1.0\n"
        "  Max sending rate: 1.0/sec\n"
        f"--- Current Day: {today.month}/{today.day} ---\n"
        "  Delivery attempts: 0\n"
        "  Bounces: 0\n"
        "  Rejects: 0\n"
        "  Complaints: 0\n"
        "--- Past two weeks ---\n"
        "  Delivery attempts: 0\n"
        "  Bounces: 0\n"
        "  Rejects: 0\n"
        "  Complaints: 0\n"
    )


@pytest.fixture
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What GetSendStatistics says, which the local SES cannot be told."""
    now = datetime.now(UTC)
    points = [
        Point(at=now, delivery_attempts=11, bounces=12, rejects=13, complaints=14),
        Point(
            at=now - timedelta(days=2),
            delivery_attempts=21,
            bounces=22,
            rejects=23,
            complaints=24,
        ),
    ]
    monkeypatch.setattr(quota, "read_statistics", lambda _: points)


@pytest.mark.usefixtures("local_ses", "_figures")
def test_each_figure_is_in_its_place() -> None:
    _, today, past = run().split("--- ")[1:]

    assert today.splitlines()[1:] == [
        "  Delivery attempts: 11",
        "  Bounces: 12",
        "  Rejects: 13",
        "  Complaints: 14",
    ]
    assert past.splitlines()[1:] == [
        "  Delivery attempts: 21",
        "  Bounces: 22",
        "  Rejects: 23",
        "  Complaints: 24",
    ]


@pytest.mark.usefixtures("local_ses", "_figures")
def test_what_was_read_is_kept() -> None:
    run()

    assert AccountSnapshot.objects.count() == 1
    assert StatisticPoint.objects.count() == 2


@pytest.mark.usefixtures("local_ses", "_figures")
def test_json_has_the_same_figures() -> None:
    report = json.loads(run(json=True))

    assert report["account"]["max_send_rate"] == 50.0
    assert report["day"] == str(timezone.localdate())
    assert report["today"]["delivery_attempts"] == 11
    assert report["past_two_weeks"]["complaints"] == 24
    assert report["missing_permission"] == ""


def test_denial_of_the_account_names_the_permission(local_ses: LocalSES) -> None:
    denied = errors.access_denied("ses:GetAccount", "*")
    local_ses.faults.add(Fault.answer(denied, operation="GetAccount"))

    with pytest.raises(CommandError, match="allow ses:GetAccount in the IAM") as caught:
        run()

    assert caught.value.returncode == 1


def test_denial_of_the_statistics_still_shows_the_quota(local_ses: LocalSES) -> None:
    denied = errors.access_denied("ses:GetSendStatistics", "*")
    local_ses.faults.add(Fault.answer(denied, operation="GetSendStatistics"))
    output = io.StringIO()

    with pytest.raises(CommandError, match="Allow ses:GetSendStatistics in the IAM"):
        call_command("ses_usage", stdout=output)

    assert output.getvalue() == (
        "--- SES Quota ---\n"
        "  24 Hour Quota: 50000.0\n"
        "  Sent (Last 24 hours): 0.0\n"
        "  Max sending rate: 50.0/sec\n"
    )


@pytest.mark.usefixtures("local_ses")
@pytest.mark.django_db(transaction=True)
def test_missing_tables_are_said_in_plain_words() -> None:
    with connection.schema_editor() as editor:
        editor.delete_model(AccountSnapshot)
    try:
        with pytest.raises(CommandError, match=r"run manage\.py migrate seacucumber"):
            run()
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(AccountSnapshot)


def test_unknown_mailer_is_an_error() -> None:
    with pytest.raises(CommandError, match="has no mailer 'second'"):
        run(mailer="second")
