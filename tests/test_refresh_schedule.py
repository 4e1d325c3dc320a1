"""One management call a second for all, and one asker for each subject."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from seacucumber import refresh_schedule
from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import RefreshSubject
from seacucumber.exceptions import AccessDenied, AccountError, Unreachable
from seacucumber.models import ControlPace, Refresh, StatisticPoint
from seacucumber.refresh_schedule import Outcome, Skipped, in_plain_words, paced, run
from seacucumber.ses.account import quota
from seacucumber.testing import (
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    Fault,
    LocalSES,
    errors,
)
from tests import child_processes
from tests.services import child_environment

ROOT = Path(__file__).resolve().parent.parent
SUBJECT = RefreshSubject.ACCOUNT


def key() -> str:
    return get_mailer().pace_key


def row() -> Refresh:
    return Refresh.objects.of(key())[SUBJECT]


def ask(value: int = 1, **options: Any) -> Outcome[int]:
    return run(
        get_mailer(),
        SUBJECT,
        ask=lambda: (value, None),
        keep=lambda value: value,
        **options,
    )


#: What a worker does when a beat, and an impatient operator, tell it to.
WORKER = """
import django
django.setup()
from seacucumber import identities, tasks, usage
usage.refresh()
identities.refresh()
identities.verify("a{number}@example.net")
"""


@pytest.fixture
def strict_ses(settings: Any) -> Iterator[LocalSES]:
    """A local SES that takes one management call a second, as SES does."""
    with LocalSES(rate=1000.0, control_rate=1.0, verified=["example.com"]) as ses:
        settings.CUCUMBER_ENDPOINT_URL = ses.url
        settings.CUCUMBER_SES_ACCESS_KEY_ID = ACCESS_KEY_ID
        settings.CUCUMBER_SES_SECRET_ACCESS_KEY = SECRET_ACCESS_KEY
        yield ses


@pytest.mark.django_db(transaction=True)
def test_six_processes_make_no_more_than_one_call_a_second(
    strict_ses: LocalSES,
) -> None:
    """Two beats and four workers, all at once."""
    for recipient in ("success", "bounce"):
        send(strict_ses, f"{recipient}@simulator.amazonses.com")
    environment = child_environment(
        str(connection.settings_dict["NAME"]), SEACUCUMBER_TEST_SES_URL=strict_ses.url
    )
    children = [
        child_processes.start(
            [sys.executable, "-c", WORKER.format(number=number)],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(6)
    ]

    for child in children:
        _, complaints = child.communicate(timeout=110)
        assert child.returncode == 0, complaints

    counters = strict_ses.counters
    assert counters.control_calls >= 6
    assert counters.control_rejections == 0
    assert {row.error_code for row in Refresh.objects.all()} == {""}
    # Every quarter of an hour once: a second row would be refused, a lost one missed.
    assert sum(StatisticPoint.objects.values_list("delivery_attempts", flat=True)) == 2


def send(ses: LocalSES, recipient: str) -> None:
    from seacucumber.ses.sending.client import SendCall, get_sender

    get_sender(get_mailer()).send(
        SendCall(
            raw=b"From: post@example.com\r\nTo: ann@example.net\r\n\r\nHello\r\n",
            sender="post@example.com",
            recipients=(recipient,),
        )
    )


@pytest.mark.django_db(transaction=True)
def test_botocores_own_repetitions_wait_for_their_turn_too(
    strict_ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_schedule, "SPACING_US", 1_200_000)
    strict_ses.faults.add(
        Fault.answer(errors.unavailable(), operation="GetAccount", times=2)
    )

    with paced(get_mailer()):
        quota.read_account(get_mailer())

    assert strict_ses.counters.control_calls == 3
    assert strict_ses.counters.control_rejections == 0


@pytest.mark.django_db
class TestSlots:
    def test_slots_are_a_spacing_apart(self) -> None:
        ControlPace.objects.ensure("a/b")

        slots = [
            ControlPace.objects.reserve("a/b", spacing_us=US_PER_S) for _ in range(3)
        ]

        assert slots[1] - slots[0] == slots[2] - slots[1] == US_PER_S

    def test_accounts_do_not_wait_for_each_other(self) -> None:
        for account_key in ("a/b", "c/d"):
            ControlPace.objects.ensure(account_key)
            ControlPace.objects.reserve(account_key, spacing_us=100 * US_PER_S)
        now_us = clock.read_us("default")

        ControlPace.objects.ensure("e/f")

        assert ControlPace.objects.reserve("e/f", spacing_us=US_PER_S) >= now_us
        assert ControlPace.objects.get(key="e/f").next_slot_us < now_us + 9 * US_PER_S

    def test_clock_that_was_wrong_for_a_year_stops_nobody(self) -> None:
        year_us = 365 * 86_400 * US_PER_S
        ControlPace.objects.create(
            key="a/b", next_slot_us=clock.read_us("default") + year_us
        )

        slot_us = ControlPace.objects.reserve("a/b", spacing_us=US_PER_S)

        assert slot_us <= clock.read_us("default")

    def test_who_wakes_up_too_late_takes_another_slot(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else its call and the next one's would come at the same time."""
        slept = iter([1.0, 0.0])
        reckon_us = clock.reckon_us

        def reckon_late_us(using: str) -> int:
            return reckon_us(using) + int(next(slept) * US_PER_S)

        monkeypatch.setattr(clock, "reckon_us", reckon_late_us)
        monkeypatch.setattr(clock, "now_us", lambda using: 1 << 60)

        refresh_schedule.take_turn("a/b")

        assert list(slept) == []


@pytest.mark.django_db
class TestRefreshing:
    def test_success_is_written_down(self) -> None:
        before = clock.moment(clock.read_us("default"))

        assert ask(7) == Outcome(value=7)

        assert row().asked_at >= before  # type: ignore[operator]
        assert row().succeeded_at >= row().asked_at  # type: ignore[operator]
        assert not row().failed
        assert not row().under_way(clock.read_us("default"))

    def test_second_asker_leaves_at_once(self) -> None:
        second: list[Outcome[int]] = []

        def slow() -> tuple[int, None]:
            assert row().under_way(clock.read_us("default"))
            second.append(ask(2))
            return 1, None

        first = run(get_mailer(), SUBJECT, ask=slow, keep=lambda value: value)

        assert second == [Outcome(skipped=Skipped.BUSY)]
        assert first.value == 1

    def test_dead_asker_is_overtaken_when_its_lease_ends(self) -> None:
        now_us = clock.read_us("default")
        Refresh.objects.lease(key(), SUBJECT, now_us=now_us - 10 * US_PER_S, for_s=9.0)

        assert ask(1).value == 1

    def test_who_lost_its_lease_keeps_nothing(self) -> None:
        """It froze, and somebody newer has asked meanwhile."""
        kept: list[int] = []

        def frozen() -> tuple[int, None]:
            Refresh.objects.update(leased_until_us=0)
            run(get_mailer(), SUBJECT, ask=lambda: (2, None), keep=kept.append)
            return 1, None

        outcome = run(get_mailer(), SUBJECT, ask=frozen, keep=kept.append)

        assert outcome == Outcome(skipped=Skipped.BUSY)
        assert kept == [2]

    def test_subjects_do_not_wait_for_each_other(self) -> None:
        now_us = clock.read_us("default")
        Refresh.objects.lease(
            key(), RefreshSubject.IDENTITIES, now_us=now_us, for_s=60.0
        )

        assert ask(1).value == 1

    def test_young_figures_are_good_enough(self) -> None:
        ask(1)

        assert ask(2, unless_younger_s=60.0).skipped is Skipped.FRESH
        assert ask(2, unless_younger_s=0.0).value == 2

    def test_failure_is_asked_about_again_however_young(self) -> None:
        ask(1)
        self.fail(AccountError("GetAccount", "Throttling", "Rate exceeded."))

        assert ask(2, unless_younger_s=60.0).value == 2

    def fail(self, error: Exception) -> None:
        def refuse() -> tuple[int, None]:
            raise error

        run(get_mailer(), SUBJECT, ask=refuse, keep=lambda value: value)

    def test_denial_is_kept_with_the_permission_and_goes_with_a_success(self) -> None:
        ask(1)
        succeeded_at = row().succeeded_at

        self.fail(AccessDenied("GetAccount", "AccessDenied", "AWS denies it."))

        found = row()
        assert found.failed
        assert found.missing_permission == "ses:GetAccount"
        assert found.error_detail == "AWS denies it."
        assert found.succeeded_at == succeeded_at
        ask(1)
        assert row().missing_permission == row().error_detail == row().error_code == ""

    def test_part_of_an_answer_is_kept_and_the_rest_is_missing(self) -> None:
        kept: list[int] = []
        error = AccessDenied("GetAccount", "AccessDenied", "AWS denies it.")

        outcome = run(get_mailer(), SUBJECT, ask=lambda: (1, error), keep=kept.append)

        assert outcome == Outcome(value=1, error=error)
        assert kept == [1]
        assert row().failed
        assert row().succeeded_at is None

    def test_bug_of_ours_leaves_no_lease_behind(self) -> None:
        with pytest.raises(ZeroDivisionError):
            self.fail(ZeroDivisionError())

        assert row().error_code == "ZeroDivisionError"
        assert ask(1).value == 1

    def test_long_answer_fits_into_its_column(self) -> None:
        self.fail(AccountError("GetAccount", "X" * 100, "y" * 1000))

        assert (len(row().error_code), len(row().error_detail)) == (64, 300)


@pytest.mark.django_db(transaction=True)
def test_of_eight_threads_one_asks() -> None:
    gate = threading.Barrier(8)
    outcomes: list[Outcome[int]] = []
    asked: list[int] = []
    done = threading.Event()

    def slow() -> tuple[int, None]:
        asked.append(1)
        done.wait(20)
        return 1, None

    def work() -> None:
        gate.wait()
        outcome = run(get_mailer(), SUBJECT, ask=slow, keep=lambda value: value)
        outcomes.append(outcome)
        if len(outcomes) == 7:
            done.set()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(asked) == 1
    assert [row.skipped for row in outcomes].count(Skipped.BUSY) == 7


def test_unreachable_ses_is_said_in_plain_words() -> None:
    error = Unreachable("GetAccount", "EndpointConnectionError", "No route.")

    assert in_plain_words(error) == (
        "Amazon SES cannot be reached from this host. No route."
    )
