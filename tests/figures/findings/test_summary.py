from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from seacucumber.db.clock import US_PER_S
from seacucumber.enums import GuardLevel, HoldCause, HoldScope, Lane, MessageState
from seacucumber.figures import (
    DEFAULT_SPAN,
    Finding,
    Severity,
    accounts,
    find,
    read_overview,
)
from seacucumber.models import Hold, Message, Pace, Reputation, StatisticPoint
from tests.admin import seed
from tests.queue import now_us, put

pytestmark = pytest.mark.django_db


def _findings() -> list[Finding]:
    return find(read_overview(accounts()[0], DEFAULT_SPAN, using="default"))


def _verdict() -> Finding:
    return _findings()[0]


def test_all_is_well_is_said_in_so_many_words() -> None:
    seed.seed_healthy(days=2)

    assert [finding.headline for finding in _findings()] == ["All is well."]
    assert _verdict().severity is Severity.OK


def test_an_empty_project_is_told_how_to_begin() -> None:
    assert _verdict().severity is Severity.INFO
    assert "ses_usage" in _verdict().text


def test_an_account_that_aws_has_paused_comes_first_and_is_said_once() -> None:
    seed.seed_paused()

    grave = [row.headline for row in _findings() if row.severity is Severity.BAD]
    assert grave == ["AWS has paused sending for this account."]


@pytest.mark.parametrize(
    ("values", "severity", "words"),
    [
        ({"sending_enabled": False}, Severity.BAD, "switched off"),
        ({"enforcement_status": "PROBATION"}, Severity.BAD, "under review"),
        ({"enforcement_status": "ODD"}, Severity.WARN, "ODD"),
    ],
)
def test_the_state_of_the_account_is_a_finding(
    values: dict[str, Any], severity: Severity, words: str
) -> None:
    seed.seed_healthy(days=2)
    seed.seed_account(days=1, **values)

    assert _verdict().severity is severity
    assert words in _verdict().headline


def test_the_sandbox_is_worth_a_word_beside_all_is_well() -> None:
    seed.seed_healthy(days=2)
    seed.seed_account(days=1, production_access=False)

    headlines = [finding.headline for finding in _findings()]
    assert headlines == ["All is well.", "The account is in the sandbox."]


def test_mail_that_nobody_delivers_names_the_worker() -> None:
    seed.seed_healthy(days=2)
    put(lane=Lane.TRANSACTIONAL)
    Message.objects.update(ready_at_us=now_us() - 600 * US_PER_S)
    Pace.objects.update(swept_at_us=now_us() - 900 * US_PER_S)

    assert _verdict().severity is Severity.BAD
    assert _verdict().headline == "Transactional mail has waited for 10 minutes."
    assert "start a Celery worker" in _verdict().text


def test_more_mail_than_the_rate_lets_out_is_no_alarm() -> None:
    seed.seed_healthy(days=2)
    seed.seed_queue(transactional=0)

    assert _verdict().severity is Severity.WARN
    assert "more mail comes in" in _verdict().text


def test_a_sweep_that_stopped_is_noticed_without_mail() -> None:
    seed.seed_healthy(days=2)
    Pace.objects.update(swept_at_us=now_us() - 7200 * US_PER_S)

    assert _verdict().headline == "The queue was last swept 2 hours ago."


@pytest.mark.parametrize(
    ("bounces", "severity"),
    [(39, Severity.OK), (40, Severity.WARN), (50, Severity.BAD)],
)
def test_the_bounce_rate_is_held_against_awss_line_of_5_percent(
    bounces: int, severity: Severity
) -> None:
    seed.seed_healthy(days=2)
    StatisticPoint.objects.all().delete()
    StatisticPoint.objects.create(
        key=seed.key(),
        at=seed.now() - timedelta(hours=2),
        delivery_attempts=1000,
        bounces=bounces,
        complaints=0,
        rejects=0,
    )

    assert _verdict().severity is severity


@pytest.mark.parametrize(
    ("complaints", "attempts", "severity"),
    [
        # The demo's mail: one complaint of the simulator is no rate.
        (1, 207, Severity.OK),
        (2, 207, Severity.OK),
        (3, 3000, Severity.BAD),
        (3, 3700, Severity.WARN),
    ],
)
def test_complaints_are_held_against_a_tenth_of_a_percent(
    complaints: int, attempts: int, severity: Severity
) -> None:
    seed.seed_healthy(days=2)
    StatisticPoint.objects.all().delete()
    StatisticPoint.objects.create(
        key=seed.key(),
        at=seed.now() - timedelta(hours=2),
        delivery_attempts=attempts,
        bounces=0,
        complaints=complaints,
        rejects=0,
    )

    assert _verdict().severity is severity
    if severity is not Severity.OK:
        assert _verdict().headline.startswith(f"3 of {attempts:,} recipients of the")


def test_holds_say_what_waits_and_who_wanted_it() -> None:
    seed.seed_healthy(days=2)
    seed.seed_holds()

    headlines = [finding.headline for finding in _findings()]
    assert "Mail from news@shop.example waits: the sender is not verified." in headlines
    assert "Bulk mail is stopped by ann." in headlines


def test_a_hold_of_the_whole_account_is_graver_than_one_of_a_lane() -> None:
    seed.seed_healthy(days=2)
    seed.seed_holds()
    Hold.objects.place(
        seed.key(),
        scope=HoldScope.ACCOUNT,
        value="",
        cause=HoldCause.CREDENTIALS,
        detail="",
        now_us=now_us(),
    )

    assert _verdict().severity is Severity.BAD
    assert _verdict().headline.startswith("All mail of this account waits")


def test_a_default_sender_that_is_not_verified_is_grave() -> None:
    seed.seed_healthy(days=2)
    seed.seed_identities_without_default_sender()

    assert _verdict().severity is Severity.BAD
    assert _verdict().headline == "post@example.com is not verified in SES."


def test_messages_that_wait_for_a_decision_are_counted() -> None:
    seed.seed_healthy(days=2)
    message = put()
    Message.objects.filter(pk=message.pk).update(state=MessageState.HELD)

    assert _verdict().headline == "1 message waits for a decision."


def test_a_missing_permission_is_named_once_for_all_that_lack_it() -> None:
    seed.seed_denied()

    findings = [row for row in _findings() if "ses:GetAccount" in row.text]
    assert len(findings) == 1
    assert "quota and rate, statistics, identities" in findings[0].headline
    assert "last 5 hours ago" in findings[0].headline


def test_a_quota_that_is_nearly_used_up_is_noticed() -> None:
    seed.seed_healthy(days=2)
    seed.seed_account(days=1, sent_last_24h=48_000.0)

    assert _verdict().headline == "96% of the 24 hour quota is used."


def test_every_finding_is_told_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A language that puts marks around what it translates."""
    seed.seed_everything()
    seed.seed_account(days=1, enforcement_status="PROBATION", production_access=False)
    told = {finding.headline for finding in _findings()}
    monkeypatch.setattr(translation._trans, "gettext", lambda words: f"«{words}»")
    monkeypatch.setattr(
        translation._trans, "ngettext", lambda one, many, number: f"«{many}»"
    )

    findings = _findings()

    assert len(findings) == len(told) >= 5
    for finding in findings:
        assert "«" in finding.headline
        assert "«" in finding.text


def test_findings_are_in_the_order_of_their_gravity() -> None:
    seed.seed_everything()
    seed.seed_account(days=1, enforcement_status="PROBATION", production_access=False)

    severities = [finding.severity for finding in _findings()]
    assert severities == sorted(severities)
    assert severities[0] is Severity.BAD
    assert severities[-1] is Severity.INFO


def test_the_guards_warning_is_a_finding_with_its_figures() -> None:
    seed.seed_healthy(days=2)
    Reputation.objects.create(
        pace_key=seed.key(), level=GuardLevel.WARNED, bounce_rate=0.045, sent=2000
    )

    assert _verdict().severity is Severity.WARN
    assert "reputation guard warns" in _verdict().headline
    assert "Of 2,000 recipients 4.50% bounced." in _verdict().text


def test_what_the_guard_has_stopped_is_said_with_its_reason() -> None:
    seed.seed_healthy(days=2)
    Hold.objects.place(
        seed.key(),
        scope=HoldScope.LANE,
        value="bulk",
        cause=HoldCause.REPUTATION,
        detail="By the events of SES, of 1,000 recipients 8.0% bounced.",
        now_us=now_us(),
        probed=False,
    )

    found = _verdict()
    assert found.severity is Severity.BAD
    assert found.headline == (
        "Bulk mail waits: bounces or complaints endanger the account."
    )
    assert found.text.startswith("By the events of SES, of 1,000 recipients 8.0%")
    assert "this hold stops no other mail" in found.text
    assert "resume it under Holds" in found.text
