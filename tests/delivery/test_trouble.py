"""Throttled, tried again, uncertain, or not to be sent at all."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from seacucumber.conf import Mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.outcomes.back_off import back_off_s
from seacucumber.enums import (
    AttemptOutcome,
    HoldCause,
    HoldScope,
    MessageState,
    Uncertain,
)
from seacucumber.models import BodyChunk, Hold, Message, Pace
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.http.server import free_port
from tests.delivery.listeners import Heard
from tests.queue import (
    RAW,
    attempts,
    drain,
    fresh,
    now_us,
    overdue,
    probe_now,
    put,
    put_many,
    ready_now,
    state,
    sweep,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

QUEUED = MessageState.QUEUED
SENT = MessageState.SENT
UNCERTAIN = MessageState.UNCERTAIN
FAILED = MessageState.FAILED
HELD = MessageState.HELD


def test_being_throttled_slows_everybody_down_and_costs_no_retry(
    ses: LocalSES, mailer: Mailer
) -> None:
    message = put()
    ses.faults.add(Fault.answer(errors.rate_exceeded(), times=1))

    drain()

    row = fresh(message)
    assert (row.state, row.retries) == (QUEUED, 0)
    assert "Everybody slows down" in row.last_error
    assert attempts(message)[0].outcome == AttemptOutcome.THROTTLED
    pace = Pace.objects.get(key=mailer.pace_key)
    assert pace.factor == pytest.approx(0.7, abs=0.05)
    ended_us = attempts(message)[0].ended_at_us
    assert ended_us is not None
    assert pace.next_slot_us >= ended_us + US_PER_S
    assert not Hold.objects.exists()

    Pace.objects.update(next_slot_us=0)
    ready_now(message)
    drain()
    assert state(message) == SENT


def test_a_throttled_message_is_never_given_up(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_MAX_RETRIES = 0
    message = put()
    ses.faults.add(Fault.answer(errors.rate_exceeded()))
    for _ in range(2):
        Pace.objects.update(next_slot_us=0)
        ready_now(message)
        drain()

    assert (state(message), fresh(message).retries) == (QUEUED, 0)


def test_after_its_retries_a_message_fails_with_the_last_reason(
    ses: LocalSES, settings: Any, heard: Heard
) -> None:
    settings.CUCUMBER_MAX_RETRIES = 2
    ses.faults.add(Fault.answer(errors.unavailable(), tag="kind=odd"))
    put_many(150)
    drain()
    message = put(tags={"kind": "odd"})
    for _ in range(3):
        ready_now(message)
        drain()
        put_many(150)
        drain()

    row = fresh(message)
    assert (row.state, row.reason) == (FAILED, "ServiceUnavailable")
    assert len(attempts(message)) == 3
    assert heard.failed == [(message.pk, "ServiceUnavailable")]


def test_what_nobody_is_answered_for_is_tried_again_for_good(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_MAX_RETRIES = 2
    message = put()
    ses.faults.add(Fault.answer(errors.unavailable()))
    for _ in range(6):
        ready_now(message)
        drain()

    row = fresh(message)
    assert (row.state, row.retries) == (QUEUED, 6)
    # Nobody else is answered: it does not wait for an hour.
    assert row.ready_at_us < now_us() + 91 * US_PER_S


def test_a_host_that_is_not_there_costs_a_retry_and_loses_nothing(
    ses: LocalSES, settings: Any
) -> None:
    message = put()
    settings.CUCUMBER_ENDPOINT_URL = f"http://127.0.0.1:{free_port()}"

    drain()

    row = fresh(message)
    assert (row.state, row.retries) == (QUEUED, 1)
    assert "nothing was sent" in row.last_error


def test_the_wait_doubles_up_to_its_cap_and_is_never_the_same() -> None:
    mailer = Mailer(alias="x", retry_delay_s=60.0, retry_delay_max_s=3600.0)

    for retries, full_s in ((0, 60), (1, 120), (2, 240), (6, 3600), (60, 3600)):
        waits_s = [back_off_s(mailer, retries) for _ in range(50)]
        assert all(0.75 * full_s <= wait_s <= full_s for wait_s in waits_s)
        assert len(set(waits_s)) > 1


@pytest.mark.usefixtures("impatient")
def test_an_uncertain_message_is_sent_again_after_the_wait(ses: LocalSES) -> None:
    message = put()
    ses.faults.add(Fault.hang(after_accepting=True, times=1))
    drain()
    assert ses.counters.posts == 1

    overdue(message)
    sweep()
    assert state(message) == QUEUED
    drain()

    assert state(message) == SENT
    # Nobody could know: the price of "at least once".
    assert len(ses.inbox) == 2
    assert [entry.tags["cucumber_attempt"] for entry in ses.inbox] == ["1", "2"]


@pytest.mark.usefixtures("impatient")
def test_a_message_that_must_not_be_repeated_is_held_for_an_operator(
    ses: LocalSES,
) -> None:
    message = put(uncertain=Uncertain.HOLD)
    ses.faults.add(Fault.hang(after_accepting=True, times=1))
    drain()

    overdue(message)
    sweep()
    drain()

    assert state(message) == HELD
    assert len(ses.inbox) == 1
    assert BodyChunk.objects.exists()


def test_after_two_more_lost_answers_somebody_has_to_look_if_others_get_theirs(
    ses: LocalSES,
) -> None:
    ses.faults.add(Fault.reset(tag="kind=odd"))
    put_many(150)
    drain()
    message = put(tags={"kind": "odd"})
    for _ in range(4):
        drain()
        put_many(150)
        drain()
        overdue(message)
        sweep()

    assert state(message) == HELD
    assert len(attempts(message)) == 3


def test_lost_answers_of_everybody_are_no_single_messages_fault(
    ses: LocalSES,
) -> None:
    message = put()
    ses.faults.add(Fault.reset())
    for _ in range(6):
        ready_now(message)
        drain()
        overdue(message)
        sweep()
    ses.faults.clear()
    ready_now(message)
    drain()

    assert state(message) == SENT
    assert len(attempts(message)) == 7


def test_an_answer_that_drips_ends_at_the_deadline_of_the_call(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket's own timeout never comes: there is a byte every time."""
    monkeypatch.setattr(Mailer, "call_deadline_s", 1.0)
    message = put()
    ses.faults.add(Fault.drip(4.0, times=1))

    drain()

    row = fresh(message)
    assert row.state == UNCERTAIN
    assert "did not answer within the call's deadline" in row.last_error


def test_a_message_without_a_body_fails_and_says_so(
    ses: LocalSES, heard: Heard
) -> None:
    gone, whole = put_many(2)
    BodyChunk.objects.filter(message=gone).delete()

    drain()

    row = fresh(gone)
    assert (row.state, row.reason) == (FAILED, "BodyMissing")
    assert "body is gone" in row.last_error
    assert state(whole) == SENT
    assert heard.failed == [(gone.pk, "BodyMissing")]


def test_a_key_that_cannot_sign_holds_the_mailers_mail(
    ses: LocalSES, settings: Any
) -> None:
    settings.DKIM_DOMAIN = "example.com"
    settings.DKIM_PRIVATE_KEY = "no key"
    message = put()

    drain()

    assert state(message) == QUEUED
    hold = Hold.objects.get()
    assert (hold.scope, hold.cause) == (HoldScope.MAILER, HoldCause.SIGNING)
    assert ses.counters.posts == 0

    settings.DKIM_DOMAIN = settings.DKIM_PRIVATE_KEY = None
    probe_now()
    drain()
    assert state(message) == SENT


def test_mail_of_a_mailer_that_is_gone_is_held_and_says_why(ses: LocalSES) -> None:
    message = put()
    Message.objects.update(mailer="gone")

    drain()

    assert state(message) == QUEUED
    hold = Hold.objects.get()
    assert (hold.scope, hold.value) == (HoldScope.MAILER, "gone")
    assert "has no mailer 'gone'" in hold.detail


def test_logs_name_no_recipient_and_no_content(
    ses: LocalSES, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "seacucumber")
    put(raw=RAW)
    ses.faults.add(Fault.answer(errors.message_rejected(), times=1))
    drain()
    put(sender="post@new.example")
    drain()

    assert "failed" in caplog.text
    assert "Mail is held" in caplog.text
    assert "ann0@" not in caplog.text
    assert "Hello" not in caplog.text
