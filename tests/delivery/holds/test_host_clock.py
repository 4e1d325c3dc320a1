"""A host whose clock is off by more than AWS allows, beside one that is right."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from seacucumber import delivery, tasks
from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery import clock_question, deliverer
from seacucumber.delivery.claims import claim
from seacucumber.delivery.holds import host_clock
from seacucumber.enums import AttemptOutcome, HoldCause, MessageState
from seacucumber.models import Hold, HostClock, Pace
from seacucumber.models.queue.host_clock import (
    FIRST_QUESTION_S,
    GONE_US,
    LAST_QUESTION_S,
)
from seacucumber.testing import LocalSES
from seacucumber.testing.http import authentication
from tests.conftest import WakeUps
from tests.queue import (
    USING,
    attempts,
    drain,
    fresh,
    now_us,
    probe_now,
    put,
    state,
    sweep,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

DAY_S = 86_400.0

#: Continues as another host, whose clock is ahead of SES's by so many seconds.
On = Callable[..., None]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> On:
    real = authentication._check_date

    def go_on(host: str, *, ahead_s: float = 0.0) -> None:
        for module in (claim, clock_question, deliverer, host_clock):
            monkeypatch.setattr(module, "HOST", host)
        monkeypatch.setattr(host_clock, "_noted_s", {})
        # That SES's clock is behind is all the same to a signature.
        monkeypatch.setattr(
            authentication,
            "_check_date",
            lambda stamp, now_s: real(stamp, now_s - ahead_s),
        )

    return go_on


def _stands(host: str) -> HostClock:
    return HostClock.objects.get(host=host, pace_key=get_mailer().pace_key)


def test_a_host_a_day_off_steps_down_and_the_other_goes_on(
    on: On, caplog: pytest.LogCaptureFixture, ses: LocalSES
) -> None:
    on("good")
    put()
    assert drain().sent == 1
    message = put()

    on("astray", ahead_s=DAY_S)
    report = drain()

    assert (report.sent, report.stepped_down) == (0, True)
    assert state(message) is MessageState.QUEUED
    # Nothing stops the others, and neither the try nor the wait counts.
    assert not Hold.objects.exists()
    assert fresh(message).retries == 0
    assert attempts(message)[0].outcome == AttemptOutcome.HELD
    [told] = [row for row in caplog.records if "astray" in row.getMessage()]
    assert told.levelno == logging.ERROR
    posts = ses.counters.posts
    assert drain().stepped_down
    assert ses.counters.posts == posts

    on("good")
    assert drain().sent == 1
    assert len(ses.inbox) == 2


def test_a_lone_host_shows_why_mail_waits_and_goes_on_when_its_clock_is_right(
    on: On, ses: LocalSES
) -> None:
    messages = [put() for _ in range(3)]
    on("astray", ahead_s=-DAY_S)

    drain()

    [hold] = Hold.objects.all()
    assert hold.cause == HoldCause.CLOCK_SKEW
    assert "the host astray" in hold.detail

    probe_now()
    assert drain().stepped_down
    posts = ses.counters.posts
    on("astray")
    probe_now()
    drain()

    assert not Hold.objects.exists()
    assert [state(message) for message in messages] == [MessageState.SENT] * 3
    # A question is asked before any message is.
    assert ses.counters.posts == posts + 3
    assert _stands("astray").refusals == 0


def test_the_sweep_has_a_clock_asked_about_before_its_hold_is_due(on: On) -> None:
    message = put()
    on("astray", ahead_s=DAY_S)
    drain()
    Hold.objects.update(probe_at_us=now_us() + 600 * US_PER_S)

    assert sweep() == ["default"]
    on("astray")
    HostClock.objects.update(ask_at_us=0)
    drain()

    assert state(message) is MessageState.SENT


def test_another_host_ends_the_hold_that_was_placed_for_one(on: On) -> None:
    message = put()
    on("astray", ahead_s=DAY_S)
    drain()
    assert Hold.objects.exists()

    on("good")
    drain()

    assert not Hold.objects.exists()
    assert state(message) is MessageState.SENT
    assert _stands("astray").refusals == 1


def test_where_the_others_are_gone_the_hold_comes_with_the_next_question(
    on: On,
) -> None:
    on("good")
    put()
    drain()
    put()
    on("astray", ahead_s=DAY_S)
    drain()
    assert not Hold.objects.exists()

    HostClock.objects.filter(host="good").update(
        answered_at_us=now_us() - 600 * US_PER_S
    )
    probe_now()
    drain()

    assert "astray" in Hold.objects.get().detail


def test_one_who_attends_is_as_good_as_one_who_has_sent(on: On) -> None:
    put()
    pace_key = get_mailer().pace_key
    Pace.objects.ensure(pace_key)
    pace = Pace.objects.get(key=pace_key)
    pace.register_worker("token", "good", now_us())
    pace.save()

    on("astray", ahead_s=DAY_S)
    drain()

    assert not Hold.objects.exists()


def test_questions_become_rarer_up_to_five_minutes(on: On) -> None:
    key, at_us = get_mailer().pace_key, now_us()
    waits = []
    for _ in range(6):
        HostClock.objects.refused("astray", key, at_us)
        waits.append((_stands("astray").ask_at_us - at_us) / US_PER_S)

    assert waits == [FIRST_QUESTION_S, 60, 120, 240, LAST_QUESTION_S, LAST_QUESTION_S]
    assert not HostClock.objects.take_turn("astray", key, at_us)
    later_us = at_us + int(LAST_QUESTION_S) * US_PER_S
    assert HostClock.objects.take_turn("astray", key, later_us)
    assert not HostClock.objects.take_turn("astray", key, later_us)


def test_a_wake_up_that_the_wrong_host_gets_is_passed_on(
    on: On, monkeypatch: pytest.MonkeyPatch, wakeups: WakeUps
) -> None:
    monkeypatch.setattr(tasks, "PASS_ON_AFTER_S", 0.0)
    put()
    on("astray", ahead_s=DAY_S)
    tasks.deliver("default")
    # Nobody else has ever been seen: the sweep asks again.
    assert wakeups.published == []

    on("good")
    host_clock.note(USING)
    on("astray", ahead_s=DAY_S)
    probe_now()
    tasks.deliver("default")

    assert wakeups.published == [("default", 0.0)]


def test_silence_says_nothing_of_the_clock(
    on: On, settings: Any, impatient: None
) -> None:
    put()
    on("astray", ahead_s=DAY_S)
    drain()
    settings.CUCUMBER_ENDPOINT_URL = "http://127.0.0.1:9"
    probe_now()

    assert drain().stepped_down
    assert _stands("astray").refusals == 1


def test_what_nobody_asks_about_any_more_is_forgotten(on: On) -> None:
    for host in ("gone", "here", "ahead"):
        on(host)
        host_clock.note(USING)
    old_us, far_us = now_us() - 2 * GONE_US, now_us() + 2 * GONE_US
    HostClock.objects.filter(host="gone").update(seen_at_us=old_us)
    HostClock.objects.filter(host="ahead").update(seen_at_us=far_us)

    assert delivery.purge_expired(USING)["host_clocks"] == 2
    assert [row.host for row in HostClock.objects.all()] == ["here"]
