"""Answers that come when the message has gone on without them."""

from __future__ import annotations

import pytest

from seacucumber.conf import get_mailer
from seacucumber.delivery.outcomes.recorder import BatchResult, OutcomeRecorder
from seacucumber.delivery.outgoing_message import (
    Answer,
    OutgoingMessage,
    read_outgoing,
)
from seacucumber.delivery.sending.connections import LATE
from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.exceptions import OutcomeUnknown, Refused, TryLater
from seacucumber.models import Attempt, BodyChunk, Message, Pace
from tests.queue import attempts, fresh, now_us, overdue, put, state, sweep

pytestmark = pytest.mark.django_db

TOKEN = "t" * 32


def begun(message: Message, token: str = TOKEN) -> OutgoingMessage:
    """Claim and begin a message, as a deliverer does before it calls SES."""
    Pace.objects.ensure(get_mailer().pace_key)
    [outgoing] = read_outgoing(Message.objects.filter(pk=message.pk))
    later_us = now_us() + 120_000_000
    ours = {"token": token, "due_at_us": later_us, "now_us": now_us()}
    assert Message.objects.claim([message.pk], **ours)
    assert Message.objects.start_sending([message.pk], **ours, needed_until_us=now_us())
    Attempt.objects.begin(
        [(outgoing.pk, outgoing.attempt)], worker="w:1", now_us=now_us()
    )
    return outgoing


def settle(*answers: Answer, token: str = TOKEN) -> BatchResult:
    return OutcomeRecorder(get_mailer(), token).settle(answers, now_us())


def lose_lease(message: Message) -> None:
    """Let the sweep take a message for lost, and then for worth sending again."""
    overdue(message)
    sweep()
    overdue(message)
    sweep()


@pytest.mark.parametrize("left", [MessageState.UNCERTAIN, MessageState.QUEUED])
def test_a_late_acceptance_settles_what_waits_for_another_try(
    left: MessageState,
) -> None:
    message = put()
    outgoing = begun(message)
    overdue(message)
    sweep()
    if left is MessageState.QUEUED:
        overdue(message)
        sweep()
    assert state(message) == left

    result = settle(Answer(outgoing, ses_message_id="ses-1"))

    row = fresh(message)
    assert (row.state, row.ses_message_id) == (MessageState.SENT, "ses-1")
    assert attempts(message)[0].outcome == AttemptOutcome.ACCEPTED
    assert len(result.sent) == 1
    assert not BodyChunk.objects.exists()


def test_a_late_acceptance_is_on_its_attempt_though_another_one_was_accepted() -> None:
    message = put()
    first = begun(message)
    lose_lease(message)
    second = begun(message, token="o" * 32)
    settle(Answer(second, ses_message_id="ses-2"), token="o" * 32)

    settle(Answer(first, ses_message_id="ses-1"))

    assert fresh(message).ses_message_id == "ses-2"
    frozen = attempts(message)[0]
    assert (frozen.outcome, frozen.ses_message_id) == (AttemptOutcome.ACCEPTED, "ses-1")
    # No word of a worker that died.
    assert (frozen.http_status, frozen.code, frozen.detail) == (200, "", "")


def test_a_late_acceptance_leaves_alone_what_somebody_else_sends_again() -> None:
    message = put()
    first = begun(message)
    lose_lease(message)
    begun(message, token="o" * 32)

    result = settle(Answer(first, ses_message_id="ses-1"))

    assert state(message) == MessageState.SENDING
    assert fresh(message).lease_token == "o" * 32
    # The other one may have to send it once more.
    assert BodyChunk.objects.exists()
    assert result.sent == []


@pytest.mark.parametrize(
    "error",
    [
        TryLater("Busy", "Later."),
        OutcomeUnknown("Lost", "Nobody knows."),
        Refused("MessageRejected", "Illegal address."),
    ],
)
def test_a_late_acceptance_counts_when_the_second_try_fails(
    error: TryLater | OutcomeUnknown | Refused,
) -> None:
    message = put()
    first = begun(message)
    lose_lease(message)
    second = begun(message, token="o" * 32)

    settle(Answer(first, ses_message_id="ses-1"))
    result = settle(Answer(second, error=error), token="o" * 32)

    row = fresh(message)
    assert (row.state, row.ses_message_id) == (MessageState.SENT, "ses-1")
    assert result.failed == []


def test_a_late_acceptance_stops_a_second_try_that_has_not_begun() -> None:
    message = put()
    first = begun(message)
    lose_lease(message)
    later_us = now_us() + 120_000_000
    ours = {"token": "o" * 32, "due_at_us": later_us, "now_us": now_us()}
    assert Message.objects.claim([message.pk], **ours)

    settle(Answer(first, ses_message_id="ses-1"))

    assert state(message) == MessageState.SENT
    assert not Message.objects.start_sending(
        [message.pk], **ours, needed_until_us=now_us()
    )


def test_a_late_acceptance_is_known_of_what_was_cancelled_meanwhile() -> None:
    message = put()
    first = begun(message)
    lose_lease(message)
    Message.objects.filter(pk=message.pk).cancel(now_us=now_us())

    settle(Answer(first, ses_message_id="ses-1"))

    assert state(message) == MessageState.SENT


@pytest.mark.parametrize(
    "error", [TryLater("Busy", "Later."), OutcomeUnknown("Lost", "Nobody knows.")]
)
def test_a_late_failure_moves_nothing(error: TryLater | OutcomeUnknown) -> None:
    message = put()
    first = begun(message)
    lose_lease(message)
    begun(message, token="o" * 32)
    before = Message.objects.filter(pk=message.pk).values().get()

    settle(Answer(first, error=error))

    assert Message.objects.filter(pk=message.pk).values().get() == before
    assert attempts(message)[1].outcome == AttemptOutcome.OPEN


def test_answers_to_different_attempts_are_settled_together() -> None:
    once, twice = put(), put()
    begun(twice)
    lose_lease(twice)
    answers = [
        Answer(begun(once), ses_message_id="ses-1"),
        Answer(begun(twice), ses_message_id="ses-2"),
    ]

    result = settle(*answers)

    assert len(result.sent) == 2
    assert fresh(once).ses_message_id == "ses-1"
    assert fresh(twice).ses_message_id == "ses-2"
    assert [a.outcome for a in attempts(twice)] == [
        AttemptOutcome.ABANDONED,
        AttemptOutcome.ACCEPTED,
    ]


def test_one_that_missed_its_slot_takes_another_and_loses_no_try() -> None:
    message = put()
    late = TryLater(LATE, "Its slot had passed before it could be sent.")

    settle(Answer(begun(message), error=late))

    row = fresh(message)
    assert (row.state, row.retries) == (MessageState.QUEUED, 0)
    assert row.ready_at_us <= now_us()
    # SES was not asked: it is not SES that was busy.
    assert attempts(message)[0].outcome == AttemptOutcome.LATE
