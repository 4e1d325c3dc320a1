"""Refreshing what is known of the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from seacucumber import signals, usage
from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.enums import HoldCause, HoldScope, RefreshSubject
from seacucumber.exceptions import AccessDenied, Unreachable
from seacucumber.models import Hold, Message, Pace, Refresh
from seacucumber.models.account.usage import AccountSnapshot, StatisticPoint
from seacucumber.refresh_schedule import Skipped
from seacucumber.ses.account import quota
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.text.enforcement import explain
from seacucumber.usage import Totals
from tests.queue import put

pytestmark = pytest.mark.django_db

KEY = "shop/us-east-1"
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def ses(settings: Any) -> Iterator[LocalSES]:
    settings.CUCUMBER_ACCOUNT = "shop"
    settings.CUCUMBER_SES_REGION_NAME = "us-east-1"
    with LocalSES() as ses:
        settings.CUCUMBER_ENDPOINT_URL = ses.url
        yield ses


def point(at: datetime, **counts: int) -> quota.StatisticPoint:
    zero = {"delivery_attempts": 0, "bounces": 0, "complaints": 0, "rejects": 0}
    return quota.StatisticPoint(at=at, **{**zero, **counts})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, ses: LocalSES) -> Callable[..., None]:
    """Sets what GetSendStatistics says, which the local SES cannot be told."""

    def tell(*points: quota.StatisticPoint) -> None:
        monkeypatch.setattr(quota, "read_statistics", lambda _: list(points))

    return tell


def test_account_is_kept_and_the_pace_learns_it(ses: LocalSES) -> None:
    ses.configure(rate=14.0, quota_24h=1_000.0)
    ses.consume_quota(7)

    report = usage.refresh()

    pace = Pace.objects.get(key=KEY)
    assert (pace.max_send_rate, pace.max_24h_send, pace.sent_last_24h) == (14, 1000, 7)
    snapshot = AccountSnapshot.objects.latest_of(KEY)
    assert snapshot is not None
    assert snapshot.max_send_rate == report.account.max_send_rate == 14.0
    assert snapshot.production_access
    assert snapshot.enforcement_status == "HEALTHY"
    assert abs(timezone.now() - snapshot.taken_at) < timedelta(minutes=1)


def test_every_refresh_is_a_snapshot_and_the_newest_is_found(ses: LocalSES) -> None:
    usage.refresh()
    ses.configure(rate=90.0)
    usage.refresh()

    newest = AccountSnapshot.objects.latest_of(KEY)

    assert AccountSnapshot.objects.filter(key=KEY).count() == 2
    assert newest is not None
    assert newest.max_send_rate == 90.0
    assert AccountSnapshot.objects.latest_of("other/us-east-1") is None


def test_statistics_are_kept_once_and_as_last_told(
    told: Callable[..., None],
) -> None:
    quarters = [NOON + timedelta(minutes=15 * number) for number in range(3)]
    told(*(point(at, delivery_attempts=1) for at in quarters[:2]))
    usage.refresh()

    told(*(point(at, delivery_attempts=5, bounces=1) for at in quarters[1:]))
    usage.refresh()

    rows = StatisticPoint.objects.filter(key=KEY).order_by("at")
    assert [(row.at, row.delivery_attempts, row.bounces) for row in rows] == [
        (quarters[0], 1, 0),
        (quarters[1], 5, 1),
        (quarters[2], 5, 1),
    ]


def test_two_weeks_are_kept_by_few_statements(
    django_assert_max_num_queries: Any,
) -> None:
    """1344 quarter hours; SQLite takes so many values only in some portions."""
    points = [
        point(NOON - timedelta(minutes=15 * number), rejects=number)
        for number in range(1344)
    ]

    with django_assert_max_num_queries(20):
        StatisticPoint.objects.record(key=KEY, points=points)

    assert StatisticPoint.objects.count() == 1344


def test_accounts_are_kept_apart() -> None:
    for key in ("a/us-east-1", "b/us-east-1"):
        StatisticPoint.objects.record(key=key, points=[point(NOON, bounces=1)])

    assert StatisticPoint.objects.count() == 2


def test_today_is_apart_from_the_two_weeks_before(told: Callable[..., None]) -> None:
    now = datetime.now(UTC)
    told(
        point(now, delivery_attempts=1, bounces=2, complaints=3, rejects=4),
        point(now - timedelta(days=1), delivery_attempts=10, bounces=20),
        point(now - timedelta(days=2), delivery_attempts=5, complaints=7, rejects=9),
    )

    report = usage.refresh()

    assert report.today == Totals(
        delivery_attempts=1, bounces=2, complaints=3, rejects=4
    )
    assert report.past_two_weeks == Totals(
        delivery_attempts=15, bounces=20, complaints=7, rejects=9
    )


def test_same_day_of_another_month_is_not_today(told: Callable[..., None]) -> None:
    """Sea Cucumber 1.5 compared the day of the month alone."""
    year = timedelta(days=365)
    told(point(datetime.now(UTC) - year, delivery_attempts=1))

    assert usage.refresh().today == Totals()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_today_is_a_day_of_the_current_time_zone(
    told: Callable[..., None], zone: str
) -> None:
    """These two are 25 hours apart: on one date at no moment."""
    with timezone.override(zone):
        now = timezone.localtime()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        told(
            point(midnight.astimezone(UTC), bounces=1),
            point((midnight - timedelta(minutes=15)).astimezone(UTC), bounces=2),
        )
        report = usage.refresh()

    assert report.day == now.date()
    assert report.today == Totals(bounces=1)
    assert report.past_two_weeks == Totals(bounces=2)


def test_day_differs_between_time_zones(told: Callable[..., None]) -> None:
    told()
    days: list[date] = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with timezone.override(zone):
            days.append(usage.refresh().day)

    assert days[0] > days[1]


def test_denied_statistics_do_not_hide_the_account(ses: LocalSES) -> None:
    denied = errors.access_denied("ses:GetSendStatistics", "*")
    ses.faults.add(Fault.answer(denied, operation="GetSendStatistics"))

    report = usage.refresh()

    assert report.missing_permission == "ses:GetSendStatistics"
    assert AccountSnapshot.objects.count() == 1
    assert Pace.objects.get(key=KEY).max_send_rate == 50.0


def test_denied_account_does_not_hide_the_statistics(
    ses: LocalSES, told: Callable[..., None]
) -> None:
    told(point(NOON, bounces=3))
    denied = errors.access_denied("ses:GetAccount", "*")
    ses.faults.add(Fault.answer(denied, operation="GetAccount"))

    report = usage.refresh()

    assert isinstance(report.errors[RefreshSubject.ACCOUNT], AccessDenied)
    assert report.account is None
    assert not AccountSnapshot.objects.exists()
    assert StatisticPoint.objects.get().bounces == 3
    rows = Refresh.objects.of(KEY)
    assert rows[RefreshSubject.ACCOUNT].missing_permission == "ses:GetAccount"
    assert rows[RefreshSubject.ACCOUNT].succeeded_at is None
    assert rows[RefreshSubject.STATISTICS].succeeded_at is not None
    assert not rows[RefreshSubject.STATISTICS].failed


def test_failure_keeps_the_last_figures_and_says_why(
    ses: LocalSES, told: Callable[..., None]
) -> None:
    told(point(datetime.now(UTC), bounces=3))
    usage.refresh()
    before = Refresh.objects.of(KEY)[RefreshSubject.ACCOUNT].succeeded_at
    ses.stop()

    report = usage.refresh()
    row = Refresh.objects.of(KEY)[RefreshSubject.ACCOUNT]

    assert report.account is not None
    assert report.account.max_send_rate == 50.0
    assert isinstance(report.errors[RefreshSubject.ACCOUNT], Unreachable)
    assert row.error_detail.startswith("Amazon SES cannot be reached from this host.")
    assert row.missing_permission == ""
    assert row.succeeded_at == before

    ses.start()
    usage.refresh()

    row.refresh_from_db()
    assert (row.error_code, row.error_detail) == ("", "")


def test_another_asker_is_left_alone_and_its_last_figures_are_shown(
    ses: LocalSES, told: Callable[..., None]
) -> None:
    told(point(datetime.now(UTC), bounces=3))
    usage.refresh()
    calls = ses.counters.control_calls
    now_us = clock.read_us("default")
    for subject in (RefreshSubject.ACCOUNT, RefreshSubject.STATISTICS):
        Refresh.objects.lease(KEY, subject, now_us=now_us, for_s=60)

    report = usage.refresh()

    assert set(report.skipped.values()) == {Skipped.BUSY}
    assert ses.counters.control_calls == calls
    assert report.account is not None
    assert report.today.bounces == 3


def test_two_beats_at_the_same_minute_ask_once(
    ses: LocalSES, told: Callable[..., None]
) -> None:
    told()
    usage.refresh(unless_younger_s=60)
    report = usage.refresh(unless_younger_s=60)

    assert ses.counters.control_calls == 1
    assert set(report.skipped.values()) == {Skipped.FRESH}


def test_missed_runs_leave_no_gap_and_overlapping_ones_no_double(
    told: Callable[..., None],
) -> None:
    """SES tells two weeks each time; here a run every three days, then one missed."""
    quarters = [NOON + timedelta(hours=6 * number) for number in range(120)]
    for end in (56, 68, 80, 120):
        told(
            *(point(at, delivery_attempts=1) for at in quarters[max(0, end - 56) : end])
        )
        usage.refresh()

    rows = StatisticPoint.objects.filter(key=KEY).order_by("at")
    assert [row.at for row in rows] == quarters


class TestPausedAccount:
    def only(self) -> Hold:
        hold: Hold = Hold.objects.get(pace_key=KEY)
        return hold

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ({"sending_enabled": False}, "Sending is switched off"),
            ({"enforcement_status": "SHUTDOWN"}, "AWS has paused sending"),
        ],
    )
    def test_mail_is_held_and_flows_again(
        self, ses: LocalSES, state: Any, words: str
    ) -> None:
        heard: list[str] = []

        def placed(hold: Hold, **kwargs: Any) -> None:
            heard.append(f"placed {hold.cause}")

        def lifted(hold: Hold, **kwargs: Any) -> None:
            heard.append(f"lifted {hold.cause}")

        signals.hold_placed.connect(placed)
        signals.hold_lifted.connect(lifted)
        ses.configure(**state)
        usage.refresh()
        usage.refresh()

        hold = self.only()
        assert (hold.scope, hold.cause) == ("account", "account-paused")
        assert hold.detail.startswith(words)
        assert hold.probe_at_us is not None

        ses.configure(sending_enabled=True, enforcement_status="HEALTHY")
        usage.refresh()

        assert not Hold.objects.exists()
        assert heard == ["placed account-paused", "lifted account-paused"]

    def test_words_follow_the_reason(self, ses: LocalSES) -> None:
        ses.configure(sending_enabled=False)
        usage.refresh()
        ses.configure(enforcement_status="SHUTDOWN")
        usage.refresh()

        assert self.only().detail.startswith("AWS has paused")

    def test_parked_mail_takes_its_turn_again(self, ses: LocalSES) -> None:
        ses.configure(sending_enabled=False)
        usage.refresh()
        message = put()
        Message.objects.filter(pk=message.pk).update(held_back=True)

        ses.configure(sending_enabled=True)
        usage.refresh()

        assert not Message.objects.get(pk=message.pk).held_back

    def test_holds_of_others_stay(self, ses: LocalSES) -> None:
        now_us = clock.read_us("default")
        for cause in (HoldCause.OPERATOR, HoldCause.QUOTA, HoldCause.ACCOUNT_SUSPENDED):
            Hold.objects.place(
                KEY,
                scope=HoldScope.ACCOUNT,
                value="",
                cause=cause,
                detail="",
                now_us=now_us,
            )
        Hold.objects.place(
            "other/us-east-1",
            scope=HoldScope.ACCOUNT,
            value="",
            cause=HoldCause.ACCOUNT_PAUSED,
            detail="",
            now_us=now_us,
        )

        usage.refresh()

        assert Hold.objects.count() == 4

    def test_hold_that_came_after_the_question_stays(
        self, ses: LocalSES, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SES said "healthy", and then refused a message."""
        read = quota.read_account

        def read_then_pause(mailer: Mailer) -> quota.AccountUsage:
            told = read(mailer)
            Hold.objects.place(
                KEY,
                scope=HoldScope.ACCOUNT,
                value="",
                cause=HoldCause.ACCOUNT_PAUSED,
                detail="SES refused.",
                now_us=clock.read_us("default"),
            )
            return told

        monkeypatch.setattr(quota, "read_account", read_then_pause)

        usage.refresh()

        assert self.only().detail == "SES refused."

    def test_account_under_review_goes_on(self, ses: LocalSES) -> None:
        ses.configure(enforcement_status="PROBATION")

        usage.refresh()

        assert not Hold.objects.exists()
        assert "under review" in str(explain("PROBATION"))

    def test_state_that_nobody_knows_yet_is_kept_and_is_a_warning(
        self, ses: LocalSES, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read = quota.read_account
        monkeypatch.setattr(
            quota,
            "read_account",
            lambda mailer: replace(read(mailer), enforcement_status="QUARANTINE"),
        )

        usage.refresh()

        assert AccountSnapshot.objects.get().enforcement_status == "QUARANTINE"
        assert not Hold.objects.exists()
        assert "QUARANTINE" in str(explain("QUARANTINE"))
        assert explain("HEALTHY") is None


@pytest.mark.usefixtures("ses")
def test_project_without_time_zones_keeps_the_figures_too(settings: Any) -> None:
    settings.USE_TZ = False
    StatisticPoint.objects.record(key=KEY, points=[point(NOON)])

    report = usage.refresh()

    assert report.day == datetime.now(timezone.get_current_timezone()).date()
    snapshot = AccountSnapshot.objects.latest_of(KEY)
    assert snapshot is not None
    assert timezone.is_naive(snapshot.taken_at)


def test_rows_say_what_they_are() -> None:
    StatisticPoint.objects.record(key=KEY, points=[point(NOON)])

    assert str(StatisticPoint.objects.get()) == "shop/us-east-1 at 2026-03-10 12:00"
