"""The whole way to the real local SES, and the turns of a deliverer."""

from __future__ import annotations

import base64
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import OperationalError, connection

from seacucumber import delivery, signals
from seacucumber.conf import Mailer, get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery import deliverer
from seacucumber.delivery.claims import claim
from seacucumber.delivery.sending import in_flight
from seacucumber.enums import (
    AttemptOutcome,
    Lane,
    MessageState,
)
from seacucumber.models import BodyChunk, Message, Pace
from seacucumber.testing import LocalSES
from tests.delivery.listeners import Heard
from tests.queue import RAW, attempts, drain, fresh, now_us, put, put_many, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

QUEUED = MessageState.QUEUED
SENT = MessageState.SENT
UNCERTAIN = MessageState.UNCERTAIN
FAILED = MessageState.FAILED
HELD = MessageState.HELD


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
    *late, last = [a.outcome for a in attempts(message)]
    assert last == AttemptOutcome.ACCEPTED
    # On a busy machine its slot may pass before.
    assert set(late) <= {AttemptOutcome.LATE}


def test_a_turn_ends_when_there_is_nothing_to_do(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "LINGER_US", 0)
    message = put()

    report = delivery.deliver("default", for_s=60.0)

    assert state(message) == SENT
    assert report.sent == 1
    assert report.again_in_s is None


def test_a_second_deliverer_goes_at_once_while_one_is_at_work(
    ses: LocalSES, mailer: Mailer
) -> None:
    message = put()
    first = claim.Claimer(mailer, "default")
    Pace.objects.ensure(mailer.pace_key)
    assert first.join()

    report = delivery.deliver("default", for_s=60.0)

    assert report.dismissed
    assert state(message) == QUEUED


def test_a_turn_says_when_the_next_message_is_ready(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "LINGER_US", 0)
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

    def interrupt(batch: object) -> None:
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
    monkeypatch.setattr(claim, "LINGER_US", 0)
    monkeypatch.setattr(deliverer, "CALL_FOR_HELP_EVERY_S", 0.0)
    for name, number in (("CONNECTIONS", 2), ("CLAIM_AHEAD", 3)):
        monkeypatch.setattr(in_flight, name, number)
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
    successor = claim.Claimer(get_mailer(), "default")
    joined: list[bool] = []

    report = delivery.deliver(
        "default", for_s=1.0, on_behind=lambda: joined.append(successor.join())
    )

    # At its end, and before if this machine is slow.
    assert joined
    assert all(joined)
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
