"""Lost answers are settled by what SES tells, or by its silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery import BatchResult
from seacucumber.delivery.outcomes import lost_answers
from seacucumber.delivery.outcomes.recorder import OutcomeRecorder
from seacucumber.delivery.outgoing_message import Answer
from seacucumber.enums import (
    AttemptOutcome,
    EventFlow,
    MessageState,
    Uncertain,
)
from seacucumber.models import Attempt, EventRoute, Message, Pace
from seacucumber.ses_events import events_connected
from seacucumber.testing import Fault, LocalSES, errors
from tests.queue import (
    attempts,
    drain,
    failed_alone,
    fresh,
    now_us,
    overdue,
    put,
    ready_now,
    state,
    sweep,
)
from tests.ses_events.notifications import Listener, consume_all, statuses, tell, told

pytestmark = pytest.mark.django_db

MINUTE_US = 60 * US_PER_S


def tried(into: MessageState, *, number: int = 1, **values: Any) -> Message:
    """Return a message that has been tried, and where it stands."""
    message = put(configuration_set="news")
    Attempt.objects.begin([(message.pk, number)], worker="w:1", now_us=now_us())
    changes = {"state": into, "attempts": number, "state_at_us": now_us(), **values}
    Message.objects.filter(pk=message.pk).update(**changes)
    return message


def uncertain(*, ago_s: float = 130.0, **values: Any) -> Message:
    """Return a message whose answer was lost, and whose time to wait is over."""
    began_us = now_us() - int(ago_s * US_PER_S)
    return tried(
        MessageState.UNCERTAIN,
        due_at_us=now_us() - US_PER_S,
        state_at_us=began_us,
        **values,
    )


def heard_of_events(*, accepted_until_ago_s: float, heard_ago_s: float = 0.0) -> None:
    """Have events of the configuration set been seen to arrive."""
    EventRoute.objects.create(
        pace_key=get_mailer().pace_key,
        name="news",
        first_heard_at_us=now_us() - 60 * MINUTE_US,
        heard_at_us=now_us() - int(heard_ago_s * US_PER_S),
        accepted_until_us=now_us() - int(accepted_until_ago_s * US_PER_S),
    )


def accepted(*, ago_s: float) -> None:
    """Have a mail of the same configuration set been accepted some time ago."""
    message = tried(MessageState.SENT, ses_message_id="SES-other")
    at_us = now_us() - int(ago_s * US_PER_S)
    Attempt.objects.filter(message=message).update(
        outcome=AttemptOutcome.ACCEPTED, begun_at_us=at_us, ended_at_us=at_us
    )


def accepted_for(
    seconds: int, *, rate_per_s: int, configuration_set: str = "news"
) -> None:
    """Have mail been accepted at an even rate, until now."""
    message = put(configuration_set=configuration_set)
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.SENT, attempts=1, ses_message_id="SES-many"
    )
    number = seconds * rate_per_s
    begin_us = now_us() - seconds * US_PER_S
    moments = [begin_us + each * US_PER_S // rate_per_s for each in range(number)]
    Attempt.objects.bulk_create(
        Attempt(
            message=message,
            number=each + 1,
            begun_at_us=at_us,
            ended_at_us=at_us,
            outcome=AttemptOutcome.ACCEPTED,
            worker="w:1",
        )
        for each, at_us in enumerate(moments)
    )


# -- evidence --------------------------------------------------------------------


@pytest.mark.parametrize(
    "stands",
    [
        MessageState.UNCERTAIN,
        MessageState.QUEUED,
        MessageState.CLAIMED,
        MessageState.HELD,
        MessageState.FAILED,
        MessageState.CANCELLED,
    ],
)
@pytest.mark.parametrize("kind", ["Send", "Delivery", "Bounce"])
def test_an_event_with_our_tag_settles_a_message_as_sent(
    stands: MessageState, kind: str, heard: Listener
) -> None:
    message = tried(stands)

    tell(told(message, kind, ses_message_id="SES-5"))

    row = fresh(message)
    assert (row.state, row.ses_message_id) == (MessageState.SENT, "SES-5")
    assert attempts(message)[0].outcome == AttemptOutcome.ACCEPTED
    assert heard.last("message_sent")["ses_message_id"] == "SES-5"


def test_what_was_never_tried_is_not_settled_by_anybody() -> None:
    message = put()

    tell(told(message, "Send"))

    assert state(message) == MessageState.QUEUED


def test_a_message_that_is_sent_keeps_the_id_of_its_answer() -> None:
    message = tried(MessageState.SENT, number=2, ses_message_id="SES-2")

    tell(told(message, "Send", attempt=1, ses_message_id="SES-1"))

    assert fresh(message).ses_message_id == "SES-2"


@pytest.mark.parametrize("attempt", [2, 7])
def test_an_attempt_that_was_never_made_proves_nothing(attempt: int) -> None:
    """A copy of this database sends as well: its tags are those of our message."""
    message = tried(MessageState.UNCERTAIN)

    tell(told(message, "Send", attempt=attempt, ses_message_id="SES-of-a-copy"))

    row = fresh(message)
    assert (row.state, row.ses_message_id) == (MessageState.UNCERTAIN, "")


def test_without_our_tag_an_event_proves_nothing() -> None:
    message = tried(MessageState.UNCERTAIN)

    tell(told(None, "Send", ses_message_id="SES-5"))

    assert state(message) == MessageState.UNCERTAIN


def test_an_event_of_the_first_attempt_while_the_second_is_accepted(
    ses: LocalSES,
) -> None:
    """Too late for one mail: what is known of both stays known."""
    message = tried(MessageState.QUEUED, resends=1)
    Attempt.objects.witness(message.pk, 1, "SES-1")

    drain()

    [mail] = ses.inbox
    assert fresh(message).ses_message_id == mail.ses_message_id
    assert [row.outcome for row in attempts(message)][1] == AttemptOutcome.ACCEPTED
    tell(told(message, "Delivery", ses_message_id="SES-1"))
    tell(told(message, "Delivery", ses_message_id=mail.ses_message_id, attempt=2))
    assert state(message) == MessageState.SENT


def test_what_an_operator_sends_again_is_stopped_by_the_evidence() -> None:
    message = tried(MessageState.HELD)
    Message.objects.filter(pk=message.pk).requeue(now_us=now_us())
    assert state(message) == MessageState.QUEUED

    tell(told(message, "Send", ses_message_id="SES-5"))
    drain()

    row = fresh(message)
    assert (row.state, row.ses_message_id) == (MessageState.SENT, "SES-5")


def test_evidence_of_one_part_leaves_the_body_to_the_others(
    ses: LocalSES, settings: Any
) -> None:
    """More than 50 recipients are several messages, and one body."""
    settings.CUCUMBER_RETENTION_BODIES = 0
    put(recipients=60)
    parts = list(Message.objects.order_by("pk"))
    first, second = parts
    Attempt.objects.begin([(first.pk, 1)], worker="w:1", now_us=now_us())
    Message.objects.filter(pk=first.pk).update(state=MessageState.UNCERTAIN, attempts=1)

    tell(told(first, "Send", ses_message_id="SES-5"))
    drain()

    assert [state(part) for part in parts] == [MessageState.SENT] * 2
    [mail] = ses.inbox
    assert mail.ses_message_id == fresh(second).ses_message_id


def test_what_another_account_tells_settles_nothing_of_this_ones(
    settings: Any,
) -> None:
    heard_of_events(accepted_until_ago_s=10)
    EventRoute.objects.update(pace_key="key-other/eu-west-1")
    message = uncertain(uncertain=Uncertain.HOLD)

    sweep()

    assert state(message) == MessageState.HELD


def test_evidence_while_it_is_being_sent_is_kept_and_not_acted_on() -> None:
    message = tried(MessageState.SENDING, due_at_us=now_us() + MINUTE_US)

    tell(told(message, "Send", ses_message_id="SES-5"))

    assert state(message) == MessageState.SENDING
    assert attempts(message)[0].ses_message_id == "SES-5"


def test_evidence_counts_when_the_worker_turns_out_to_be_dead() -> None:
    message = tried(MessageState.SENDING, due_at_us=now_us() + MINUTE_US)
    tell(told(message, "Send", ses_message_id="SES-5"))

    overdue(message)
    sweep()

    row = fresh(message)
    assert (row.state, row.ses_message_id) == (MessageState.SENT, "SES-5")
    assert attempts(message)[0].outcome == AttemptOutcome.ACCEPTED


def test_an_answer_that_is_lost_is_settled_by_the_event_that_comes_later(
    ses: LocalSES, queue: str, heard: Listener, impatient: None
) -> None:
    message = put()
    ses.faults.add(Fault.hang(5.0, after_accepting=True, times=1))

    drain()
    assert state(message) == MessageState.UNCERTAIN
    consume_all(ses)

    assert state(message) == MessageState.SENT
    [mail] = ses.inbox
    assert fresh(message).ses_message_id == mail.ses_message_id
    assert heard.last("message_sent")["message_id"] == message.pk


def test_an_answer_that_is_lost_after_the_event_came_is_settled_at_once(
    ses: LocalSES, queue: str, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event overtakes the answer: it is taken in while the call hangs."""
    message = put()
    ses.faults.add(Fault.hang(5.0, after_accepting=True, times=1))
    settle = OutcomeRecorder.settle
    stood: list[MessageState] = []

    def late(
        self: OutcomeRecorder, answers: Sequence[Answer], at_us: int
    ) -> BatchResult:
        if answers:
            consume_all(ses)
            stood.append(state(message))
        return settle(self, answers, at_us)

    monkeypatch.setattr(OutcomeRecorder, "settle", late)

    drain()

    assert stood == [MessageState.SENDING]
    assert state(message) == MessageState.SENT
    assert fresh(message).ses_message_id == ses.inbox[0].ses_message_id


def test_a_second_attempt_that_is_refused_does_not_hide_the_first(
    ses: LocalSES, queue: str
) -> None:
    """The event of the first attempt comes while the second is under way."""
    message = tried(MessageState.QUEUED, resends=1)
    ses.faults.add(Fault.answer(errors.message_rejected("Illegal address"), times=1))
    Attempt.objects.witness(message.pk, 1, "SES-1")

    drain()

    row = fresh(message)
    assert (row.state, row.ses_message_id) == (MessageState.SENT, "SES-1")
    assert ses.inbox == []


def test_a_lost_answer_costs_nobody_a_second_mail(ses: LocalSES, queue: str) -> None:
    """From the fault to the settled message, through SES, SNS and SQS."""
    messages = [put(configuration_set="news") for _ in range(5)]
    ses.faults.add(Fault.reset(after_accepting=True, times=2))

    drain()
    consume_all(ses)
    sweep()
    drain()

    assert {state(message) for message in messages} == {MessageState.SENT}
    assert len(ses.inbox) == 5
    assert {fresh(m).ses_message_id for m in messages} == {
        mail.ses_message_id for mail in ses.inbox
    }


# -- silence -----------------------------------------------------------------------


def test_without_events_the_setting_decides() -> None:
    again, kept = uncertain(), uncertain(uncertain=Uncertain.HOLD)

    sweep()

    assert (state(again), state(kept)) == (MessageState.QUEUED, MessageState.HELD)


@pytest.mark.parametrize("policy", Uncertain)
def test_silence_proves_that_it_was_not_sent_where_later_mail_was_heard_of(
    policy: Uncertain,
) -> None:
    message = uncertain(ago_s=300, uncertain=policy)
    heard_of_events(accepted_until_ago_s=100)

    sweep()

    row = fresh(message)
    assert (row.state, row.resends) == (MessageState.QUEUED, 1)


@pytest.mark.parametrize("policy", Uncertain)
def test_silence_proves_the_same_where_nothing_else_was_sent(policy: Uncertain) -> None:
    message = uncertain(uncertain=policy)
    heard_of_events(accepted_until_ago_s=3600, heard_ago_s=3600)

    sweep()

    assert state(message) == MessageState.QUEUED


def test_a_way_that_has_fallen_silent_proves_nothing_yet() -> None:
    message = uncertain(uncertain=Uncertain.HOLD)
    heard_of_events(accepted_until_ago_s=600, heard_ago_s=600)
    accepted(ago_s=400)

    sweep()

    row = fresh(message)
    assert row.state == MessageState.UNCERTAIN
    assert row.due_at_us is not None
    assert row.due_at_us > now_us()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Uncertain.RESEND, MessageState.QUEUED),
        (Uncertain.HOLD, MessageState.HELD),
    ],
)
def test_a_silence_that_lasts_leaves_it_to_the_setting(
    policy: Uncertain, expected: MessageState
) -> None:
    message = uncertain(ago_s=lost_answers.PATIENCE_S + 60, uncertain=policy)
    heard_of_events(accepted_until_ago_s=3600, heard_ago_s=3600)
    accepted(ago_s=1800)

    sweep()

    assert state(message) == expected


@pytest.mark.parametrize("rate_per_s", [1, 14, 30])
def test_a_silence_of_minutes_is_seen_at_any_rate(rate_per_s: int) -> None:
    """The consumer has stood still for five minutes, while mail went out."""
    message = uncertain(uncertain=Uncertain.HOLD)
    heard_of_events(accepted_until_ago_s=300, heard_ago_s=300)
    accepted_for(300, rate_per_s=rate_per_s)

    sweep()

    assert state(message) == MessageState.UNCERTAIN


def test_a_silence_is_seen_behind_much_mail_of_others() -> None:
    message = uncertain(ago_s=600, uncertain=Uncertain.HOLD)
    heard_of_events(accepted_until_ago_s=900, heard_ago_s=900)
    accepted(ago_s=700)
    accepted_for(600, rate_per_s=5, configuration_set="other")

    sweep()

    assert state(message) == MessageState.UNCERTAIN


def test_an_event_that_dates_from_the_future_says_nothing_of_what_is_sent_later() -> (
    None
):
    """A clock that is wrong, there or here."""
    first = tried(MessageState.SENT)
    tell(told(first, "Send", sent_at=datetime.now(UTC) + timedelta(days=365)))
    later = now_us() + 10 * US_PER_S

    found = events_connected(get_mailer().pace_key, "news")

    assert found.flow == EventFlow.WORKING
    assert found.accepted_until_us < later


def test_events_that_ended_long_ago_are_not_waited_for() -> None:
    message = uncertain(uncertain=Uncertain.HOLD)
    heard_of_events(accepted_until_ago_s=10 * 86400, heard_ago_s=10 * 86400)
    accepted(ago_s=3600)

    sweep()

    assert state(message) == MessageState.HELD


def test_mail_of_today_is_not_overdue_because_of_a_quiet_night() -> None:
    heard_of_events(accepted_until_ago_s=8 * 3600, heard_ago_s=8 * 3600)
    accepted(ago_s=5)

    found = events_connected(get_mailer().pace_key, "news")

    assert found.flow == EventFlow.WORKING


def test_a_proof_is_worth_more_resends_than_a_guess() -> None:
    heard_of_events(accepted_until_ago_s=10)
    often = uncertain(resends=lost_answers.MAX_RESENDS)
    too_often = uncertain(resends=lost_answers.MAX_PROVEN_RESENDS)
    for message in (often, too_often):
        failed_alone(message, times=5)

    sweep()

    assert (state(often), state(too_often)) == (MessageState.QUEUED, MessageState.HELD)


def test_silence_of_one_configuration_set_says_nothing_of_another() -> None:
    heard_of_events(accepted_until_ago_s=10)
    message = uncertain(uncertain=Uncertain.HOLD, configuration_set="other")

    sweep()

    assert state(message) == MessageState.HELD


# -- whether events are connected ---------------------------------------------------


def test_events_that_never_came_are_not_connected(ses: LocalSES) -> None:
    assert events_connected(get_mailer().pace_key, "news").flow == EventFlow.NEVER


def test_events_are_connected_once_one_of_ours_has_come(
    ses: LocalSES, queue: str
) -> None:
    put(configuration_set="news")
    drain()
    consume_all(ses)

    found = events_connected(get_mailer().pace_key, "news")

    assert found.flow == EventFlow.WORKING
    assert found.heard_at_us == pytest.approx(now_us(), abs=MINUTE_US)
    assert events_connected(get_mailer().pace_key, "other").flow == EventFlow.NEVER


def test_without_a_configuration_set_it_is_the_senders_that_counts() -> None:
    message = put(configuration_set="")
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, attempts=1)

    tell(told(message, "Send", sent_at=datetime.now(UTC)))

    key = get_mailer().pace_key
    ours = events_connected(key, sender="Other@example.com")
    assert ours.flow == EventFlow.WORKING
    assert events_connected(key, sender="post@example.net").flow == EventFlow.NEVER


@pytest.mark.parametrize("kind", ["Delivery", "Bounce"])
def test_only_send_events_show_that_silence_would_mean_something(kind: str) -> None:
    message = tried(MessageState.SENT)

    tell(told(message, kind))

    assert events_connected(get_mailer().pace_key, "news").flow == EventFlow.NEVER


def test_they_are_silent_when_mail_goes_out_and_nothing_comes() -> None:
    heard_of_events(accepted_until_ago_s=900, heard_ago_s=900)
    accepted(ago_s=600)

    found = events_connected(get_mailer().pace_key, "news")

    assert found.flow == EventFlow.SILENT
    assert found.since_us == pytest.approx(now_us() - 900 * US_PER_S, abs=MINUTE_US)


# -- the story of the issue, small --------------------------------------------------


def test_dropped_answers_and_resets_lose_nothing_and_send_nothing_twice(
    ses: LocalSES, queue: str, settings: Any
) -> None:
    settings.CUCUMBER_UNCERTAIN_WAIT = 0.001
    settings.CUCUMBER_UNCERTAIN = "hold"
    put(configuration_set="news")
    drain()
    consume_all(ses)
    ses.faults.add(Fault.reset(after_accepting=True, probability=0.2))
    ses.faults.add(Fault.reset(probability=0.2))
    messages = [put(configuration_set="news") for _ in range(60)]

    for _ in range(12):
        for message in messages:
            ready_now(message)
        Pace.objects.update(next_slot_us=0)
        drain()
        consume_all(ses)
        sweep()

    assert {state(message) for message in messages} == {MessageState.SENT}
    assert len(ses.inbox) == 61
    assert all(
        status.label == "delivered" for m in messages for status in statuses(m).values()
    )
