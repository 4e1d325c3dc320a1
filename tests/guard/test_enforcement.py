"""The guard stops bulk mail first, transactional mail last, and never resumes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from seacucumber import guard, signals, tasks
from seacucumber.conf import BACKEND, get_mailer
from seacucumber.db import clock
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import GuardLevel, HoldCause, HoldScope, Lane, MessageState
from seacucumber.models import EventRoute, Hold, MailMinute, Reputation
from tests.guard.figures import aws_says, mail, told
from tests.queue import drain, now_us, put, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

WELL = GuardLevel.WELL
WARNED = GuardLevel.WARNED
BULK_STOPPED = GuardLevel.BULK_STOPPED
ALL_STOPPED = GuardLevel.ALL_STOPPED


def holds() -> list[tuple[str, str, str]]:
    rows = Hold.objects.filter(cause=HoldCause.REPUTATION).order_by("id")
    return [(row.scope, row.value, row.detail) for row in rows]


@pytest.fixture
def changes() -> Iterator[list[tuple[GuardLevel, int, str]]]:
    found: list[tuple[GuardLevel, int, str]] = []

    def listen(
        reputation: Reputation, before: GuardLevel, why: str, **kwargs: Any
    ) -> None:
        found.append((before, reputation.level, why))

    signals.reputation_changed.connect(listen)
    yield found
    signals.reputation_changed.disconnect(listen)


@pytest.mark.parametrize(
    ("sent", "bounced", "complained", "level"),
    [
        (1000, 39, 0, WELL),
        (1000, 40, 0, WARNED),
        (1000, 59, 0, WARNED),
        (1000, 60, 0, BULK_STOPPED),
        (199, 100, 0, WELL),
        (200, 12, 0, BULK_STOPPED),
        # A complaint or two are people, no rate.
        (1000, 0, 2, WELL),
        (10_000, 0, 7, WELL),
        (10_000, 0, 8, WARNED),
        (10_000, 0, 20, BULK_STOPPED),
    ],
)
def test_the_lines_are_below_those_of_aws(
    sent: int, bounced: int, complained: int, level: GuardLevel
) -> None:
    mail(sent, bounced=bounced, complained=complained)

    assert guard.review() is level
    assert bool(holds()) is (level >= BULK_STOPPED)


def test_bulk_mail_stops_with_a_reason_and_a_password_reset_goes_out(
    changes: list[tuple[GuardLevel, int, str]], caplog: pytest.LogCaptureFixture
) -> None:
    mail(1000, bounced=80)
    newsletter = put(lane=Lane.BULK)
    reset = put(lane=Lane.TRANSACTIONAL)

    with caplog.at_level(logging.WARNING, logger="seacucumber"):
        guard.review()
    drain()

    [(scope, value, detail)] = holds()
    assert (scope, value) == (HoldScope.LANE, "bulk")
    assert detail == "By the events of SES, of 1,000 recipients 8.0% bounced."
    assert state(newsletter) == MessageState.QUEUED
    assert state(reset) == MessageState.SENT
    assert changes == [(WELL, BULK_STOPPED, detail)]
    assert "The reputation of default/eu-west-1 is in danger." in caplog.text


def test_what_a_newsletter_brings_never_stops_a_password_reset() -> None:
    mail(1000, bounced=500)
    mail(1000, lane=Lane.TRANSACTIONAL)

    assert guard.review() is BULK_STOPPED


@pytest.mark.parametrize(
    ("heard_ago_s", "level"), [(60, BULK_STOPPED), (9 * 3600, ALL_STOPPED)]
)
def test_late_complaints_of_a_newsletter_do_not_stop_a_password_reset(
    heard_ago_s: int, level: GuardLevel
) -> None:
    """They take days, and SES's statistics do not tell whose they are.

    Where events do not come, the statistics are all there is.
    """
    mail(1000, bounced=70, age_s=5 * 3600)
    assert guard.review() is BULK_STOPPED
    Hold.objects.update(placed_at=clock.moment(now_us()) - timedelta(hours=5))
    mail(300, lane=Lane.TRANSACTIONAL)
    told(300, complaints=5, age_s=2 * 3600)
    heard_us = clock.after_us(now_us(), -heard_ago_s)
    key = get_mailer().pace_key, "@news"
    EventRoute.objects.hear({key: heard_us}, now_us=heard_us)

    assert guard.review() is level


def test_transactional_mail_stops_for_what_it_brings_itself() -> None:
    mail(1000, bounced=89, lane=Lane.TRANSACTIONAL)
    assert guard.review() is BULK_STOPPED

    mail(0, bounced=1, lane=Lane.TRANSACTIONAL)
    assert guard.review() is ALL_STOPPED

    scopes = [scope for scope, _, _ in holds()]
    assert scopes == [HoldScope.LANE, HoldScope.ACCOUNT]
    reset = put(lane=Lane.TRANSACTIONAL)
    drain()
    assert state(reset) == MessageState.QUEUED


def test_a_review_twice_tells_once(
    changes: list[tuple[GuardLevel, int, str]],
) -> None:
    mail(1000, bounced=80)

    assert [guard.review(), guard.review()] == [BULK_STOPPED, BULK_STOPPED]
    assert len(changes) == 1
    assert len(holds()) == 1


def test_a_warning_ends_by_itself_and_a_stop_does_not(
    changes: list[tuple[GuardLevel, int, str]],
) -> None:
    mail(1000, bounced=45)
    guard.review()
    mail(1000)
    assert guard.review() is WELL

    mail(1000, bounced=200)
    guard.review()
    mail(100_000)
    assert guard.review() is BULK_STOPPED
    assert [(before, after) for before, after, _ in changes] == [
        (WELL, WARNED),
        (WARNED, WELL),
        (WELL, BULK_STOPPED),
    ]


def test_who_resumes_begins_anew() -> None:
    mail(1000, bounced=200)
    told(1000, bounces=200)
    guard.review()
    [hold] = Hold.objects.all()

    lifecycle.resume(hold)

    assert guard.review() is WELL
    assert holds() == []
    # What comes back late, of mail from before, does not count.
    assert MailMinute.objects.since(get_mailer().pace_key, 0).sent == 0
    mail(200, bounced=12, age_s=0.0)
    assert guard.review() is BULK_STOPPED


def test_other_mail_keeps_its_figures_when_bulk_is_resumed() -> None:
    mail(1000, bounced=200)
    mail(300, lane=Lane.TRANSACTIONAL)
    guard.review()

    lifecycle.resume(Hold.objects.get())

    key = get_mailer().pace_key
    assert MailMinute.objects.since(key, 0, lane=Lane.TRANSACTIONAL).sent == 300


def test_who_resumes_bulk_mail_is_not_stopped_by_old_figures_of_other_mail() -> None:
    mail(1000, bounced=70, lane=Lane.TRANSACTIONAL)
    assert guard.review() is BULK_STOPPED

    lifecycle.resume(Hold.objects.get())

    assert guard.review() is WELL
    assert holds() == []
    # It still counts for transactional mail itself.
    mail(0, bounced=25, lane=Lane.TRANSACTIONAL)
    assert guard.review() is ALL_STOPPED


def test_who_resumes_all_mail_is_not_stopped_by_old_statistics() -> None:
    """Bulk mail stays stopped, and the figures since then are known, too."""
    mail(1000, bounced=80, age_s=600.0)
    guard.review()
    Hold.objects.update(placed_at=clock.moment(now_us()) - timedelta(hours=3))
    told(1000, bounces=100, age_s=1800.0)
    assert guard.review() is ALL_STOPPED

    lifecycle.resume(Hold.objects.get(scope=HoldScope.ACCOUNT))

    assert guard.review() is BULK_STOPPED
    assert [scope for scope, _, _ in holds()] == [HoldScope.LANE]


def test_without_events_ses_own_figures_do() -> None:
    told(1000, bounces=70)

    assert guard.review() is BULK_STOPPED
    [(_, _, detail)] = holds()
    assert detail == "By the statistics of SES, of 1,000 recipients 7.0% bounced."


def test_little_mail_is_judged_over_a_longer_time() -> None:
    mail(100, bounced=10, age_s=86_400.0 * 10)
    mail(100, bounced=10, age_s=60.0)

    assert guard.review() is BULK_STOPPED


def test_much_mail_is_judged_by_the_last_day() -> None:
    mail(1000, bounced=500, age_s=86_400.0 * 2)
    mail(1000)

    assert guard.review() is WELL


def test_review_by_aws_stops_bulk_mail_once() -> None:
    aws_says("PROBATION")
    assert guard.review() is BULK_STOPPED
    [(scope, value, detail)] = holds()
    assert (scope, value) == (HoldScope.LANE, "bulk")
    assert detail.startswith("AWS has this account under review.")

    lifecycle.resume(Hold.objects.get())
    assert guard.review() is WELL

    aws_says("HEALTHY")
    guard.review()
    aws_says("PROBATION")
    assert guard.review() is BULK_STOPPED


def test_who_does_not_want_it_is_left_alone(settings: Any) -> None:
    settings.CUCUMBER_GUARD = False
    mail(1000, bounced=500)

    assert guard.review() is WELL
    assert holds() == []


def test_the_lines_can_be_moved(settings: Any) -> None:
    settings.CUCUMBER_GUARD_BOUNCES = (0.2, 0.3, 0.4)
    mail(1000, bounced=250)

    assert guard.review() is WARNED


@pytest.mark.parametrize(
    ("first", "news", "standing"),
    [(True, False, {"default": "bulk_stopped"}), (False, True, {"default": "well"})],
)
def test_the_first_mailer_of_an_account_says_how_it_is_guarded(
    settings: Any, *, first: bool, news: bool, standing: dict[str, str]
) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND, "OPTIONS": {"guard": first}},
        "news": {"BACKEND": BACKEND, "OPTIONS": {"guard": news}},
    }
    mail(1000, bounced=65)

    assert tasks.guard_reputation() == standing
