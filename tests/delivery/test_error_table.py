"""What each of SES's answers leads to, from the real local SES."""

from __future__ import annotations

import pytest

from seacucumber.db.clock import US_PER_S
from seacucumber.enums import (
    AttemptOutcome,
    HoldCause,
    HoldScope,
    MessageState,
    Uncertain,
)
from seacucumber.models import BodyChunk, Hold
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.faults.refusals import AwsError
from tests.delivery.listeners import Heard
from tests.queue import (
    attempts,
    drain,
    fresh,
    now_us,
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


RETRIED = [
    (errors.api_throttled(), "SES is busy"),
    (errors.throttling(), "SES is busy"),
]
FAILED_BY_SES = [errors.internal_failure(), errors.unavailable()]
REFUSED = [
    (errors.message_too_large(10, 20), "BadRequest", "Send a link"),
    (errors.message_rejected(), "MessageRejected", "rejected the message"),
    (
        errors.message_rejected("Illegal address."),
        "MessageRejected",
        "Illegal address.",
    ),
]
UNKNOWN = [
    (Fault.answer(errors.bad_gateway()), "a gateway before it, failed (HTTP 502)"),
    (Fault.answer(errors.gateway_timeout()), "SES may have the message"),
    (Fault.reset(), "ended before the answer was there"),
    (Fault.reset(after_accepting=True), "ended before the answer was there"),
    (Fault.reset_before_reading(), "SES may have the message"),
    (Fault.hang(), "ended before the answer was there"),
    (Fault.hang(after_accepting=True), "SES may have the message"),
    (Fault.truncated(), ""),
    (Fault.without_message_id(), "without a message id"),
]
STOPPED = [
    (
        errors.daily_quota_exceeded(),
        (HoldScope.ACCOUNT, "", HoldCause.QUOTA),
        "quota of mail in 24 hours is used up",
    ),
    (
        errors.daily_quota_exceeded(code="TooManyRequestsException", status=429),
        (HoldScope.ACCOUNT, "", HoldCause.QUOTA),
        "quota of mail in 24 hours is used up",
    ),
    (
        errors.not_verified("eu-west-1", ["post@example.com"]),
        (HoldScope.SENDER, "post@example.com", HoldCause.SENDER_UNVERIFIED),
        "The sender post@example.com is not verified",
    ),
    (
        errors.paused_by_aws(),
        (HoldScope.ACCOUNT, "", HoldCause.ACCOUNT_PAUSED),
        "AWS paused sending",
    ),
    (
        errors.paused_by_customer(),
        (HoldScope.ACCOUNT, "", HoldCause.ACCOUNT_PAUSED),
        "Resume it in SES",
    ),
    (
        errors.suspended(),
        (HoldScope.ACCOUNT, "", HoldCause.ACCOUNT_SUSPENDED),
        "AWS support",
    ),
    (
        errors.configuration_set_paused("news"),
        (HoldScope.CONFIGURATION_SET, "news", HoldCause.CONFIGURATION_SET_PAUSED),
        "switched off for configuration set news",
    ),
    (
        errors.configuration_set_missing("news"),
        (HoldScope.CONFIGURATION_SET, "news", HoldCause.CONFIGURATION_SET_MISSING),
        "SES does not know configuration set news",
    ),
    (
        errors.mail_from_not_verified(),
        (HoldScope.SENDER, "post@example.com", HoldCause.MAIL_FROM),
        "custom MAIL FROM domain",
    ),
    (
        errors.expired_token(),
        (HoldScope.MAILER, "default", HoldCause.CREDENTIALS),
        "AWS refuses the credentials",
    ),
    (
        errors.unrecognized_client(),
        (HoldScope.MAILER, "default", HoldCause.CREDENTIALS),
        "Check access key",
    ),
    (
        errors.bad_signature(),
        (HoldScope.MAILER, "default", HoldCause.CREDENTIALS),
        "Check access key",
    ),
    (
        errors.clock_skew(),
        (HoldScope.MAILER, "default", HoldCause.CLOCK_SKEW),
        "Set it by NTP",
    ),
    (
        errors.access_denied(),
        (HoldScope.SENDER, "post@example.com", HoldCause.PERMISSION),
        "may not ses:SendRawEmail",
    ),
    (
        errors.not_subscribed(),
        (HoldScope.MAILER, "default", HoldCause.PERMISSION),
        "not signed up for SES",
    ),
]


def name_of(value: object) -> str | None:
    if isinstance(value, AwsError):
        return f"{value.code}-{value.status}"
    if isinstance(value, Fault):
        after = "-after-accepting" if value.after_accepting else ""
        code = f"-{value.error.status}" if value.error else ""
        return f"{value.kind}{after}{code}"
    return ""


@pytest.mark.parametrize(("error", "words"), RETRIED, ids=name_of)
def test_a_passing_trouble_costs_one_retry_and_a_wait(
    ses: LocalSES, error: AwsError, words: str
) -> None:
    message = put()
    ses.faults.add(Fault.answer(error))

    drain()

    row = fresh(message)
    assert (row.state, row.retries) == (QUEUED, 1)
    assert words in row.last_error
    assert row.ready_at_us > now_us() + 30 * US_PER_S
    [attempt] = attempts(message)
    assert attempt.outcome == AttemptOutcome.DEFERRED
    assert attempt.http_status == error.status
    assert not Hold.objects.exists()

    ses.faults.clear()
    ready_now(message)
    drain()
    assert state(message) == SENT
    assert [a.number for a in attempts(message)] == [1, 2]
    assert ses.inbox[0].tags["cucumber_attempt"] == "2"


@pytest.mark.parametrize("error", FAILED_BY_SES, ids=name_of)
def test_when_ses_itself_fails_the_message_is_tried_again_and_the_try_is_in_doubt(
    ses: LocalSES, error: AwsError
) -> None:
    message = put()
    ses.faults.add(Fault.answer(error, times=1))

    drain()

    row = fresh(message)
    assert (row.state, row.retries, row.resends) == (QUEUED, 1, 0)
    assert "SES failed by itself" in row.last_error
    [attempt] = attempts(message)
    assert attempt.outcome == AttemptOutcome.UNKNOWN
    assert attempt.http_status == error.status

    ready_now(message)
    drain()
    assert state(message) == SENT


@pytest.mark.parametrize("error", FAILED_BY_SES, ids=name_of)
def test_when_ses_itself_fails_what_must_not_go_out_twice_is_uncertain(
    ses: LocalSES, error: AwsError
) -> None:
    message = put(uncertain=Uncertain.HOLD)
    ses.faults.add(Fault.answer(error))

    drain()

    row = fresh(message)
    assert (row.state, row.retries) == (UNCERTAIN, 0)
    assert attempts(message)[0].outcome == AttemptOutcome.UNKNOWN


@pytest.mark.parametrize(("error", "reason", "words"), REFUSED, ids=name_of)
def test_what_ses_will_never_take_fails_and_keeps_its_body(
    ses: LocalSES, heard: Heard, error: AwsError, reason: str, words: str
) -> None:
    message = put()
    ses.faults.add(Fault.answer(error))

    assert drain().failed == 1

    row = fresh(message)
    assert (row.state, row.reason) == (FAILED, reason)
    assert words in row.last_error
    assert attempts(message)[0].outcome == AttemptOutcome.REFUSED
    assert heard.failed == [(message.pk, reason)]
    assert BodyChunk.objects.exists()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("fault", "words"), UNKNOWN, ids=name_of)
def test_a_lost_answer_is_one_post_and_stays_uncertain(
    ses: LocalSES, fault: Fault, words: str
) -> None:
    message = put()
    ses.faults.add(fault)

    drain()

    row = fresh(message)
    assert row.state == UNCERTAIN
    assert words in row.last_error
    assert row.due_at_us is not None
    assert row.due_at_us > now_us() + 60 * US_PER_S
    assert attempts(message)[0].outcome == AttemptOutcome.UNKNOWN
    assert ses.counters.posts <= 1
    assert ses.counters.sdk_retries == 0
    # Nothing happens before the wait is over.
    sweep()
    drain()
    assert state(message) == UNCERTAIN


@pytest.mark.parametrize(("error", "stopped", "words"), STOPPED, ids=name_of)
def test_what_concerns_more_than_one_message_is_held_and_nothing_is_lost(
    ses: LocalSES,
    heard: Heard,
    error: AwsError,
    stopped: tuple[HoldScope, str, HoldCause],
    words: str,
) -> None:
    messages = put_many(3, configuration_set="news")
    ses.faults.add(Fault.answer(error))

    drain()

    [hold] = Hold.objects.all()
    assert (hold.scope, hold.value, hold.cause) == stopped
    assert words in hold.detail
    assert heard.placed == [hold]
    for message in messages:
        row = fresh(message)
        assert (row.state, row.retries) == (QUEUED, 0)
    assert ses.inbox == []

    # SES is asked again by one message only.
    posts = ses.counters.posts
    drain()
    assert ses.counters.posts == posts
    while ses.counters.posts == posts:
        # On a busy machine its slot may pass before it is asked.
        probe_now()
        drain()
    assert ses.counters.posts == posts + 1
    assert heard.lifted == []

    ses.faults.clear()
    probe_now()
    drain()
    assert {state(message) for message in messages} == {SENT}
    assert len(ses.inbox) == 3
    assert not Hold.objects.exists()
    assert [hold.cause for hold in heard.lifted] == [stopped[2]]


def test_a_sender_that_is_not_verified_stops_its_own_mail_only(ses: LocalSES) -> None:
    bad = put(sender="post@new.example")
    good = put()

    drain()

    assert (state(bad), state(good)) == (QUEUED, SENT)
    [hold] = Hold.objects.all()
    assert (hold.scope, hold.value) == ("sender", "post@new.example")

    ses.verify("new.example")
    probe_now()
    drain()
    assert state(bad) == SENT


def test_a_configuration_set_that_is_missing_stops_its_own_mail_only(
    ses: LocalSES,
) -> None:
    bad, good = put(configuration_set="gone"), put(configuration_set="news")

    drain()

    assert (state(bad), state(good)) == (QUEUED, SENT)
    assert Hold.objects.get().value == "gone"


def test_mail_that_was_refused_as_a_probe_does_not_end_the_hold(ses: LocalSES) -> None:
    first, second = put_many(2)
    ses.faults.add(Fault.answer(errors.paused_by_aws()))
    drain()
    ses.faults.clear()
    ses.faults.add(Fault.answer(errors.message_rejected(), times=1))

    probe_now()
    drain()

    assert {state(first), state(second)} == {FAILED, QUEUED}
    assert Hold.objects.exists()

    probe_now()
    drain()
    assert {state(first), state(second)} == {FAILED, SENT}


def test_an_account_that_was_paused_recovers_though_a_sender_is_not_verified(
    ses: LocalSES,
) -> None:
    bad, good = put(sender="post@new.example"), put()
    ses.faults.add(Fault.answer(errors.paused_by_aws()))
    drain()
    ses.faults.clear()

    for _ in range(3):
        probe_now()
        drain()

    assert (state(bad), state(good)) == (QUEUED, SENT)
    assert [hold.scope for hold in Hold.objects.all()] == ["sender"]
