"""What dead workers, lost wake-ups and lost answers left behind."""

from __future__ import annotations

import time
from typing import Any

import pytest

from seacucumber import delivery
from seacucumber.conf import BACKEND, get_mailer
from seacucumber.db import retry
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import (
    AttemptOutcome,
    HoldCause,
    HoldScope,
    MessageState,
    Uncertain,
)
from seacucumber.models import Attempt, Hold, Message, Pace
from seacucumber.models.queue.transitions import MAX_CLAIMS
from tests.delivery.listeners import Heard
from tests.queue import USING, attempts, failed_alone, fresh, now_us, put, state, sweep

pytestmark = pytest.mark.django_db


def left_behind(state: MessageState, *, ago_s: float = 1.0, **values: Any) -> Message:
    """Return a message whose lease, or wait, was over some time ago."""
    message = put()
    Message.objects.filter(pk=message.pk).update(
        **{
            "state": state,
            "lease_token": "t" * 32,
            "due_at_us": now_us() - int(ago_s * US_PER_S),
            # Who lives to tell that an answer was lost begins to count anew.
            "claims": int(state is not MessageState.UNCERTAIN),
            "attempts": int(state is not MessageState.CLAIMED),
            **values,
        }
    )
    if state is MessageState.SENDING:
        Attempt.objects.begin([(message.pk, 1)], worker="w:1", now_us=now_us())
    return message


def test_a_claimed_message_is_safe_to_send_and_goes_back() -> None:
    message = left_behind(MessageState.CLAIMED)

    sweep()

    row = fresh(message)
    assert (row.state, row.lease_token) == (MessageState.QUEUED, "")
    assert row.resends == 0


def test_a_message_that_no_worker_survives_fails() -> None:
    message = left_behind(MessageState.CLAIMED, claims=MAX_CLAIMS)

    sweep()

    assert (state(message), fresh(message).reason) == (MessageState.FAILED, "poison")


@pytest.mark.parametrize("left", [MessageState.CLAIMED, MessageState.UNCERTAIN])
def test_a_message_that_workers_die_of_fails_and_the_host_project_hears_of_it(
    left: MessageState, heard: Heard, django_capture_on_commit_callbacks: Any
) -> None:
    message = left_behind(left, claims=MAX_CLAIMS)

    with django_capture_on_commit_callbacks(execute=True):
        sweep()

    row = fresh(message)
    assert (row.state, row.reason) == (MessageState.FAILED, "poison")
    assert "workers that took it died" in row.last_error
    assert heard.failed == [(message.pk, "poison")]


def test_one_that_is_to_be_sent_once_is_held_though_workers_die_of_it() -> None:
    message = left_behind(
        MessageState.UNCERTAIN, claims=MAX_CLAIMS, uncertain=Uncertain.HOLD
    )

    sweep()

    assert state(message) == MessageState.HELD


def test_a_worker_that_died_does_not_count_as_an_answer_that_was_lost() -> None:
    message = left_behind(MessageState.UNCERTAIN, claims=2, resends=5)

    sweep()

    assert state(message) == MessageState.QUEUED


def test_a_message_that_was_on_the_wire_is_uncertain() -> None:
    message = left_behind(MessageState.SENDING)

    sweep()

    row = fresh(message)
    assert (row.state, row.reason) == (MessageState.UNCERTAIN, "worker-died")
    assert "worker died" in row.last_error
    assert row.due_at_us is not None
    wait_s = (row.due_at_us - now_us()) / US_PER_S
    assert wait_s == pytest.approx(get_mailer().uncertain_wait_s, abs=10)
    [attempt] = attempts(message)
    assert attempt.outcome == AttemptOutcome.ABANDONED
    assert attempt.ended_at_us is not None


@pytest.mark.parametrize("state_now", [MessageState.CLAIMED, MessageState.SENDING])
def test_who_still_has_a_lease_is_left_in_peace(state_now: MessageState) -> None:
    message = left_behind(state_now, ago_s=-60.0)

    sweep()

    assert state(message) == state_now


@pytest.mark.parametrize(
    ("uncertain", "resends", "expected"),
    [
        (Uncertain.RESEND, 0, MessageState.QUEUED),
        (Uncertain.RESEND, 1, MessageState.QUEUED),
        (Uncertain.RESEND, 2, MessageState.QUEUED),
        (Uncertain.RESEND, 200, MessageState.QUEUED),
        (Uncertain.HOLD, 0, MessageState.HELD),
    ],
)
def test_silence_settles_an_uncertain_message_as_it_was_asked_for(
    uncertain: Uncertain, resends: int, expected: MessageState
) -> None:
    message = left_behind(
        MessageState.UNCERTAIN, uncertain=uncertain, resends=resends, lease_token=""
    )

    sweep()

    row = fresh(message)
    assert row.state == expected
    assert row.resends == resends + (expected is MessageState.QUEUED)


def swept(ago_s: float) -> None:
    """Let the account have been swept last so long ago."""
    Pace.objects.ensure(get_mailer().pace_key)
    Pace.objects.update(swept_at_us=now_us() - int(ago_s * US_PER_S))


def uncertain(*, for_s: float, waits_s: float) -> Message:
    """Return a message that is uncertain for so long, and was to wait for so long."""
    since_us = now_us() - int(for_s * US_PER_S)
    return left_behind(
        MessageState.UNCERTAIN,
        lease_token="",
        state_at_us=since_us,
        due_at_us=since_us + int(waits_s * US_PER_S),
    )


def test_what_was_to_wait_while_the_database_was_away_waits_once_more() -> None:
    wait_s = get_mailer().uncertain_wait_s
    message = uncertain(for_s=300, waits_s=wait_s)
    swept(ago_s=290)

    delivery.sweep(USING)

    row = fresh(message)
    assert row.state == MessageState.UNCERTAIN
    assert row.due_at_us is not None
    assert (row.due_at_us - now_us()) / US_PER_S == pytest.approx(wait_s, abs=10)


@pytest.mark.parametrize(
    ("ago_s", "waits_s"),
    [
        # Swept all the time.
        (10, 120),
        # Swept seldom, as by a cron job; it has waited once more already.
        (290, 240),
    ],
)
def test_what_has_waited_does_not_wait_for_ever(ago_s: float, waits_s: float) -> None:
    message = uncertain(for_s=300, waits_s=waits_s)
    swept(ago_s)

    delivery.sweep(USING)

    assert state(message) == MessageState.QUEUED


def test_it_waits_again_where_the_database_was_just_seen_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = uncertain(for_s=300, waits_s=240)
    swept(ago_s=10)
    monkeypatch.setattr(retry, "_failed_s", {USING: time.monotonic()})

    delivery.sweep(USING)

    assert state(message) == MessageState.UNCERTAIN


@pytest.mark.parametrize(
    ("times", "resends", "expected"),
    [
        (5, 2, MessageState.HELD),
        (5, 1, MessageState.QUEUED),
        (3, 2, MessageState.QUEUED),
    ],
)
def test_a_message_whose_answers_alone_are_lost_is_held_for_a_person(
    times: int, resends: int, expected: MessageState
) -> None:
    message = left_behind(MessageState.UNCERTAIN, resends=resends, lease_token="")
    failed_alone(message, times=times)

    sweep()

    assert state(message) == expected


def test_the_more_often_a_message_is_sent_again_the_longer_it_waits() -> None:
    message = left_behind(MessageState.UNCERTAIN, resends=2, lease_token="")

    sweep()

    assert fresh(message).ready_at_us > now_us() + 30 * US_PER_S


def test_more_than_one_batch_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seacucumber.delivery.upkeep.recovery._BATCH", 3)
    messages = [left_behind(MessageState.CLAIMED) for _ in range(7)]

    sweep()

    assert {state(message) for message in messages} == {MessageState.QUEUED}


def test_an_account_is_swept_once_in_five_seconds() -> None:
    sweep()
    message = left_behind(MessageState.CLAIMED)

    delivery.sweep("default")
    assert state(message) == MessageState.CLAIMED

    Pace.objects.update(swept_at_us=now_us() - 6 * US_PER_S)
    delivery.sweep("default")
    assert state(message) == MessageState.QUEUED


def test_mail_of_a_hold_that_was_deleted_by_hand_goes_on() -> None:
    free, held = put(), put(sender="bad@example.com")
    Message.objects.update(held_back=True)
    Hold.objects.place(
        get_mailer().pace_key,
        scope=HoldScope.SENDER,
        value="bad@example.com",
        cause=HoldCause.SENDER_UNVERIFIED,
        detail="",
        now_us=now_us(),
    )

    sweep()

    assert not fresh(free).held_back
    assert fresh(held).held_back


def test_an_empty_queue_needs_nobody() -> None:
    assert sweep() == []


def test_mail_that_nobody_was_woken_up_for_is_found() -> None:
    put()

    assert sweep() == ["default"]


def test_mail_that_somebody_delivers_needs_nobody_else() -> None:
    put()
    Pace.objects.ensure(get_mailer().pace_key)
    Pace.objects.update(attending={"somebody": ["here", now_us() + 2 * US_PER_S]})

    assert sweep() == []


def test_mail_that_backs_off_needs_nobody_yet() -> None:
    put()
    Message.objects.update(ready_at_us=now_us() + 60 * US_PER_S)

    assert sweep() == []


def test_a_probe_that_is_due_needs_somebody() -> None:
    put()
    Message.objects.update(held_back=True)
    hold, _ = Hold.objects.place(
        get_mailer().pace_key,
        scope=HoldScope.ACCOUNT,
        value="",
        cause=HoldCause.ACCOUNT_PAUSED,
        detail="",
        now_us=now_us(),
    )
    assert sweep() == []

    Hold.objects.filter(pk=hold.pk).update(probe_at_us=now_us() - 1)
    assert sweep() == ["default"]


def test_each_account_is_swept_and_woken_up_by_one_of_its_mailers(
    settings: Any,
) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "twin": {"BACKEND": BACKEND},
        "news": {"BACKEND": BACKEND, "OPTIONS": {"account": "newsletters"}},
    }
    get_mailer.cache_clear()
    put(get_mailer("default"))
    put(get_mailer("twin"))
    put(get_mailer("news"))

    waiting = sweep()

    assert len(waiting) == 2
    assert "news" in waiting


def test_mail_of_an_account_that_no_mailer_has_any_more_is_not_forgotten() -> None:
    message = left_behind(MessageState.CLAIMED)
    Message.objects.update(pace_key="old/eu-west-1")
    Pace.objects.ensure("old/eu-west-1")

    assert sweep() == ["default"]
    assert state(message) == MessageState.QUEUED
    assert fresh(message).pace_key == get_mailer().pace_key


def test_mail_follows_its_mailer_to_another_region(settings: Any) -> None:
    """Or a changed setting would leave it behind for good."""
    message, parked = put(), put()
    Message.objects.filter(pk=parked.pk).update(held_back=True)
    Pace.objects.ensure(message.pace_key)
    settings.CUCUMBER_SES_REGION_NAME = "us-west-2"

    assert delivery.sweep(USING) == ["default"]

    keys = set(Message.objects.values_list("pace_key", flat=True))
    assert keys == {"default/us-west-2"}
    assert not Message.objects.filter(held_back=True).exists()


def test_mail_survives_a_rotation_of_the_access_key(settings: Any) -> None:
    before = get_mailer().pace_key
    settings.CUCUMBER_SES_ACCESS_KEY_ID = "AKIAANOTHERONE"

    assert get_mailer().pace_key == before
