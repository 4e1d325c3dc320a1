"""The whole way to the real local SES: what each of its answers leads to."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import OperationalError, connection

from seacucumber import delivery, signals
from seacucumber.conf import Mailer, get_mailer
from seacucumber.delivery import claiming, deliverer, hands
from seacucumber.delivery.settling import back_off_s
from seacucumber.enums import (
    AttemptOutcome,
    HoldCause,
    HoldScope,
    Lane,
    MessageState,
    Uncertain,
)
from seacucumber.models import BodyChunk, Hold, Message, Pace
from seacucumber.models.clock import US_PER_S
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.refusals import AwsError
from seacucumber.testing.server import free_port
from tests.queueing import (
    RAW,
    attempts,
    drain,
    fresh,
    now_us,
    overdue,
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


def probe_now() -> None:
    """Let every hold's probe be due."""
    Hold.objects.exclude(probe_at_us=None).update(probe_at_us=now_us() - US_PER_S)


def answer(ses: LocalSES, error: AwsError) -> None:
    ses.faults.add(Fault.answer(error))


@dataclass(slots=True)
class Heard:
    """What the host project was told."""

    sent: list[tuple[int, str]] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)
    placed: list[Hold] = field(default_factory=list)
    lifted: list[Hold] = field(default_factory=list)


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()

    def on_sent(message_id: int, ses_message_id: str, **kwargs: Any) -> None:
        heard.sent.append((message_id, ses_message_id))

    def on_failed(message_id: int, code: str, **kwargs: Any) -> None:
        heard.failed.append((message_id, code))

    def on_placed(hold: Hold, **kwargs: Any) -> None:
        heard.placed.append(hold)

    def on_lifted(hold: Hold, **kwargs: Any) -> None:
        heard.lifted.append(hold)

    receivers: list[tuple[Any, Callable[..., None]]] = [
        (signals.message_sent, on_sent),
        (signals.message_failed, on_failed),
        (signals.hold_placed, on_placed),
        (signals.hold_lifted, on_lifted),
    ]
    for signal, receiver in receivers:
        signal.connect(receiver)
    yield heard
    for signal, receiver in receivers:
        signal.disconnect(receiver)


# -- accepted ------------------------------------------------------------------


def test_a_message_is_sent_once_with_its_recipients_and_tags(ses: LocalSES) -> None:
    message = put(recipients=2, tags={"kind": "welcome"}, configuration_set="news")

    report = drain()

    assert (report.sent, report.failed) == (1, 0)
    [accepted] = ses.inbox
    assert accepted.raw == RAW
    assert accepted.recipients == ("ann0@example.org", "ann1@example.org")
    assert accepted.configuration_set == "news"
    assert accepted.tags == {
        "kind": "welcome",
        "cucumber_message": message.uid,
        "cucumber_attempt": "1",
    }
    row = fresh(message)
    assert row.state == SENT
    assert row.ses_message_id == accepted.ses_message_id
    assert (row.lease_token, row.due_at_us, row.last_error) == ("", None, "")
    [attempt] = attempts(message)
    assert (attempt.outcome, attempt.http_status) == (AttemptOutcome.ACCEPTED, 200)
    assert attempt.ended_at_us is not None
    assert attempt.begun_at_us <= attempt.ended_at_us
    assert ses.counters.posts == 1


def test_a_body_goes_when_ses_has_it(ses: LocalSES) -> None:
    put()
    drain()

    assert not BodyChunk.objects.exists()


def test_a_body_is_kept_if_that_is_wanted(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_RETENTION_BODIES = 3600
    put()
    drain()

    assert BodyChunk.objects.exists()


def test_a_mail_to_120_is_three_calls_and_each_recipient_gets_it_once(
    ses: LocalSES,
) -> None:
    put(recipients=120)

    assert drain().sent == 3

    reached = [address for entry in ses.inbox for address in entry.recipients]
    expected = [f"ann{number}@example.org" for number in range(120)]
    assert sorted(reached) == sorted(expected)


def test_many_messages_are_sent_without_one_rejection(ses: LocalSES) -> None:
    messages = put_many(80)

    assert drain().sent == 80

    assert {state(message) for message in messages} == {SENT}
    assert ses.counters.rate_rejections == 0
    assert ses.counters.sdk_retries == 0


def test_the_host_project_hears_of_what_was_sent(ses: LocalSES, heard: Heard) -> None:
    message = put()
    drain()

    assert heard.sent == [(message.pk, ses.inbox[0].ses_message_id)]


def test_a_receiver_that_breaks_does_not_stop_the_mail(
    ses: LocalSES, heard: Heard
) -> None:
    def broken(**kwargs: Any) -> None:
        raise RuntimeError("broken")

    signals.message_sent.connect(broken)
    try:
        put_many(2)
        assert drain().sent == 2
    finally:
        signals.message_sent.disconnect(broken)


def test_mail_is_signed_for_its_own_domain(ses: LocalSES, settings: Any) -> None:
    key = rsa.generate_private_key(65537, 2048)
    settings.DKIM_DOMAIN = "example.com"
    settings.DKIM_PRIVATE_KEY = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    ses.verify("other.example")
    put()
    put(sender="post@other.example", raw=RAW.replace(b"example.com", b"other.example"))

    drain()

    signed, unsigned = sorted(ses.inbox, key=lambda entry: entry.sender)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    assert dkim.verify(signed.raw, dnsfunc=lambda name, timeout=5: record)
    assert b"DKIM-Signature" not in unsigned.raw


# -- the error table -----------------------------------------------------------

RETRIED = [
    (errors.api_throttled(), "SES is busy"),
    (errors.throttling(), "SES is busy"),
    (errors.unavailable(), "not available at the moment"),
]
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
    (Fault.answer(errors.internal_failure()), "SES may have the message"),
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
    answer(ses, error)

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


@pytest.mark.parametrize(("error", "reason", "words"), REFUSED, ids=name_of)
def test_what_ses_will_never_take_fails_and_keeps_its_body(
    ses: LocalSES, heard: Heard, error: AwsError, reason: str, words: str
) -> None:
    message = put()
    answer(ses, error)

    assert drain().failed == 1

    row = fresh(message)
    assert (row.state, row.reason) == (FAILED, reason)
    assert words in row.last_error
    assert attempts(message)[0].outcome == AttemptOutcome.REFUSED
    assert heard.failed == [(message.pk, reason)]
    assert BodyChunk.objects.exists()


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
    answer(ses, error)

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
    answer(ses, errors.paused_by_aws())
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
    answer(ses, errors.paused_by_aws())
    drain()
    ses.faults.clear()

    for _ in range(3):
        probe_now()
        drain()

    assert (state(bad), state(good)) == (QUEUED, SENT)
    assert [hold.scope for hold in Hold.objects.all()] == ["sender"]


# -- throttled -----------------------------------------------------------------


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
    assert pace.next_slot_us > now_us()
    assert not Hold.objects.exists()

    Pace.objects.update(next_slot_us=0)
    ready_now(message)
    drain()
    assert state(message) == SENT


def test_a_throttled_message_is_never_given_up(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_MAX_RETRIES = 0
    message = put()
    answer(ses, errors.rate_exceeded())
    for _ in range(2):
        Pace.objects.update(next_slot_us=0)
        ready_now(message)
        drain()

    assert (state(message), fresh(message).retries) == (QUEUED, 0)


# -- retries -------------------------------------------------------------------


def test_after_its_retries_a_message_fails_with_the_last_reason(
    ses: LocalSES, settings: Any, heard: Heard
) -> None:
    settings.CUCUMBER_MAX_RETRIES = 2
    message = put()
    answer(ses, errors.unavailable())
    for _ in range(3):
        ready_now(message)
        drain()

    row = fresh(message)
    assert (row.state, row.reason) == (FAILED, "ServiceUnavailable")
    assert len(attempts(message)) == 3
    assert heard.failed == [(message.pk, "ServiceUnavailable")]


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


# -- uncertain -----------------------------------------------------------------


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


def test_after_two_more_lost_answers_somebody_has_to_look(ses: LocalSES) -> None:
    message = put()
    ses.faults.add(Fault.reset())
    for _ in range(4):
        drain()
        overdue(message)
        sweep()

    assert state(message) == HELD
    assert len(attempts(message)) == 3


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


# -- what is missing -----------------------------------------------------------


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


# -- the database --------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["seacucumber_attempt", "seacucumber_message"])
def test_a_deadlock_undoes_a_transaction_and_it_is_done_again(
    ses: LocalSES, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    message = put()
    Pace.objects.ensure(get_mailer().pace_key)
    broken: list[str] = []

    def deadlock_once(execute: Any, sql: str, *args: Any) -> Any:
        writes = sql.startswith(("INSERT", "UPDATE")) and statement in sql
        if writes and connection.in_atomic_block and not broken:
            broken.append(sql)
            raise OperationalError("deadlock detected")
        return execute(sql, *args)

    with connection.execute_wrapper(deadlock_once):
        drain()

    assert broken
    assert state(message) == SENT
    assert len(ses.inbox) == 1
    assert [a.outcome for a in attempts(message)] == [AttemptOutcome.ACCEPTED]


# -- a turn --------------------------------------------------------------------


def test_a_turn_ends_when_there_is_nothing_to_do(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "LINGER_US", 0)
    message = put()

    report = delivery.deliver("default", for_s=60.0)

    assert state(message) == SENT
    assert report.sent == 1
    assert report.again_in_s is None


def test_a_second_deliverer_goes_at_once_while_one_is_at_work(
    ses: LocalSES, mailer: Mailer
) -> None:
    message = put()
    first = claiming.Claimer(mailer, "default")
    Pace.objects.ensure(mailer.pace_key)
    assert first.join()

    report = delivery.deliver("default", for_s=60.0)

    assert report.dismissed
    assert state(message) == QUEUED


def test_a_turn_says_when_the_next_message_is_ready(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "LINGER_US", 0)
    put()
    Message.objects.update(ready_at_us=now_us() + 20 * US_PER_S)

    report = delivery.deliver("default", for_s=60.0)

    assert report.again_in_s == pytest.approx(20, abs=3)


def test_a_turn_does_not_wait_for_a_slot_that_is_far_away(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_RATE_LIMIT = "1/m"
    put_many(2)

    report = delivery.deliver("default", for_s=60.0)

    assert report.sent == 1
    assert report.again_in_s is not None
    assert 40 < report.again_in_s <= 60


def test_draining_waits_for_the_last_slot(
    ses: LocalSES, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CUCUMBER_RATE_LIMIT = 10
    monkeypatch.setattr(deliverer, "LONG_WAIT_US", US_PER_S // 10)
    put_many(2, recipients=8)

    assert drain().sent == 2


def test_a_turn_that_is_over_sends_what_it_has_claimed(ses: LocalSES) -> None:
    put_many(20)

    report = delivery.deliver("default", for_s=0.0)

    assert report.again_in_s == 0.0
    left = Message.objects.exclude(state__in=(QUEUED, SENT))
    assert not left.exists()
    assert report.sent == Message.objects.filter(state=SENT).count()


def test_an_interrupted_deliverer_gives_back_what_has_not_left(
    ses: LocalSES, mailer: Mailer, settings: Any
) -> None:
    settings.CUCUMBER_RATE_LIMIT = 10
    messages = put_many(8)

    def interrupt(settlement: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        delivery.drain("default", on_settled=interrupt)

    states = {state(message) for message in messages}
    assert MessageState.CLAIMED not in states
    assert QUEUED in states
    assert all(m.claims == 0 for m in Message.objects.filter(state=QUEUED))


def test_more_deliverers_are_called_while_one_is_not_enough(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "LINGER_US", 0)
    monkeypatch.setattr(deliverer, "CALL_FOR_HELP_EVERY_S", 0.0)
    for name, number in (("CONNECTIONS", 2), ("CLAIM_AHEAD", 3)):
        monkeypatch.setattr(hands, name, number)
    for module in (hands, deliverer):
        monkeypatch.setattr(module, "CLAIM_AT_LEAST", 1)
    ses.configure(latency_s=0.1)
    put_many(12)
    calls: list[int] = []

    report = delivery.deliver("default", for_s=60.0, on_behind=lambda: calls.append(1))

    assert report.sent == 12
    assert calls


def test_one_whose_turn_ends_is_relieved_and_leaves_the_rest_to_its_successor(
    ses: LocalSES, settings: Any, mailer: Mailer
) -> None:
    settings.CUCUMBER_RATE_LIMIT = 20
    put_many(60)
    successor = claiming.Claimer(get_mailer(), "default")
    joined: list[bool] = []

    report = delivery.deliver(
        "default", for_s=1.0, on_behind=lambda: joined.append(successor.join())
    )

    assert joined == [True]
    assert report.relieved
    assert report.again_in_s is None
    assert Message.objects.filter(state=QUEUED).count() == 60 - report.sent > 0
    assert Pace.objects.get().attending


def test_nothing_is_sent_on_a_lease_that_may_end_during_the_call(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_LEASE = 5
    message = put()
    assert get_mailer().call_deadline_s > 5

    drain()

    assert state(message) == MessageState.CLAIMED
    assert ses.counters.posts == 0


def test_bulk_and_transactional_mail_are_both_drained(ses: LocalSES) -> None:
    put_many(3, lane=Lane.BULK)
    put_many(3)

    assert drain().sent == 6
