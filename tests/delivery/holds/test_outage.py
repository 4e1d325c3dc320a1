"""SES does not answer: mail waits, SES is asked, and all of it leaves afterwards."""

from __future__ import annotations

import pytest

from seacucumber.conf import get_mailer
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.holds import outage
from seacucumber.delivery.holds.lifecycle import pause, resume
from seacucumber.enums import (
    AttemptOutcome,
    HoldCause,
    HoldScope,
    MessageState,
)
from seacucumber.models import Attempt, Hold, Message, Pace
from seacucumber.testing import Fault, LocalSES, errors
from tests.checker import evidence, violations
from tests.days import (
    MINUTE_S,
    OUTAGES,
    Days,
    states,
    tried_in_doubt,
)
from tests.delivery.listeners import Heard
from tests.queue import (
    USING,
    attempts,
    drain,
    fresh,
    now_us,
    probe_now,
    put,
    put_many,
    state,
)

pytestmark = pytest.mark.django_db

QUEUED = MessageState.QUEUED
SENT = MessageState.SENT
ALL_500 = "500 of SES"
SENDS_500 = "500 of SES, sends only"
SENDS_502 = "502 of a gateway, sends only"


def assert_well(ses: LocalSES) -> None:
    found = evidence(ses.inbox, copies_allowed=tried_in_doubt())
    assert violations(found) == []
    assert not Hold.objects.exists()


def silence() -> Hold:
    [hold] = Hold.objects.all()
    assert (hold.scope, hold.cause) == (HoldScope.ACCOUNT, HoldCause.SES_SILENT)
    return hold


# -- how long it takes ---------------------------------------------------------------


@pytest.mark.parametrize("kind", OUTAGES)
def test_after_an_outage_everything_leaves_by_itself(
    ses: LocalSES, days: Days, kind: str
) -> None:
    put_many(20)
    with days.outage(kind):
        days.wait(22)
        later = put_many(20)
        days.wait(22)
        silence()
        # Where all that was tried is in doubt, a probe or two were taken from these.
        assert sum(state(message) != QUEUED for message in later) <= 3

    uncertain = Message.objects.filter(state=MessageState.UNCERTAIN)
    in_doubt = set(uncertain.values_list("pk", flat=True))
    days.wait(2 * MINUTE_S)
    waiting = set(Message.objects.exclude(state=SENT).values_list("pk", flat=True))
    assert waiting <= in_doubt
    days.wait(20)

    assert states() == {"SENT": 100}
    assert_well(ses)


def test_what_failed_does_not_wait_for_its_next_try(ses: LocalSES, days: Days) -> None:
    put_many(20)
    with days.outage(ALL_500):
        days.beat()
        assert Message.objects.filter(ready_at_us__gt=days.now_us()).exists()

    days.jump(6)
    days.beat()

    assert states() == {"SENT": 80}


# -- what is asked, and what is spent ------------------------------------------------


def test_no_message_is_spent_while_ses_does_not_answer_a_question(
    ses: LocalSES, days: Days
) -> None:
    put_many(10)
    with days.outage(ALL_500):
        days.wait(20)
        tries = Attempt.objects.count()
        asked = ses.counters.posts
        days.wait(10 * MINUTE_S)

        assert Attempt.objects.count() == tries
        assert silence().probe_message is None
        assert ses.counters.posts == asked


def test_one_message_is_tried_again_and_again(ses: LocalSES, days: Days) -> None:
    put_many(10)
    with days.outage(SENDS_500):
        days.wait(20)
        days.wait(10 * MINUTE_S)

        tried = [len(attempts(message)) for message in Message.objects.queued()]
        assert sorted(tried)[:-1] == [1] * 9
        # After 5, 10, 20 and 40 seconds, then once a minute.
        assert 10 <= max(tried) <= 16
        probe = fresh(Message.objects.get(pk=silence().probe_message))
        assert probe.retries <= 1


def test_nobody_asks_where_no_message_could_follow(ses: LocalSES, days: Days) -> None:
    put_many(10)
    with days.outage(ALL_500):
        days.wait(20)
        pause(
            get_mailer().pace_key,
            scope=HoldScope.ACCOUNT,
            why="Wait.",
            actor="Ann",
        )
        probes = Hold.objects.get(cause=HoldCause.SES_SILENT).probes
        days.wait(5 * MINUTE_S)
        assert Hold.objects.get(cause=HoldCause.SES_SILENT).probes == probes

    resume(Hold.objects.get(cause=HoldCause.OPERATOR))
    days.wait(MINUTE_S)
    assert states() == {"SENT": 70}


def test_no_other_hold_is_probed_meanwhile(ses: LocalSES, days: Days) -> None:
    put(sender="post@new.example")
    days.beat()
    [unverified] = Hold.objects.all()
    put_many(10)
    with days.outage(ALL_500):
        days.wait(20)
        probe_now()
        days.wait(5 * MINUTE_S)
        assert Hold.objects.get(pk=unverified.pk).probes == unverified.probes

    days.wait(2 * MINUTE_S)
    assert states() == {"SENT": 70, "QUEUED": 1}
    assert [hold.cause for hold in Hold.objects.all()] == [HoldCause.SENDER_UNVERIFIED]


def test_a_refusal_is_an_answer_and_lifts_the_hold(ses: LocalSES, days: Days) -> None:
    put_many(10)
    with days.outage(ALL_500):
        days.wait(20)
    ses.faults.add(Fault.answer(errors.message_rejected(), times=1))

    days.wait(MINUTE_S)

    assert states() == {"SENT": 69, "FAILED": 1}
    assert not Hold.objects.exists()


def test_whoever_resumes_it_lets_everything_go(ses: LocalSES, days: Days) -> None:
    put_many(10)
    with days.outage(ALL_500):
        days.wait(20)

    resume(silence())
    days.beat()

    assert states() == {"SENT": 70}


def test_a_resumed_hold_comes_back_if_ses_does_not(ses: LocalSES, days: Days) -> None:
    put_many(10)
    with days.outage(ALL_500):
        days.wait(20)
        resume(silence())
        days.beat()
        silence()


def test_it_is_told_when_it_is_placed_and_lifted(
    ses: LocalSES, days: Days, heard: Heard
) -> None:
    put_many(10)
    with days.outage(ALL_500):
        days.wait(20)
        assert [hold.cause for hold in heard.placed] == [HoldCause.SES_SILENT]
        assert "SES failed by itself" in heard.placed[0].detail
    days.wait(MINUTE_S)

    assert [hold.cause for hold in heard.lifted] == [HoldCause.SES_SILENT]


# -- what is no outage ---------------------------------------------------------------


def test_one_message_that_always_fails_holds_no_account(
    ses: LocalSES, days: Days
) -> None:
    ses.faults.add(Fault.answer(errors.internal_failure(), tag="kind=odd"))
    odd = put(tags={"kind": "odd"})
    for _ in range(8):
        days.wait(2 * MINUTE_S)

    assert len(attempts(odd)) >= 6
    assert not Hold.objects.exists()


def test_an_account_whose_other_deliverer_is_answered_is_not_held(
    ses: LocalSES, days: Days
) -> None:
    """As with two hosts, one of which has no network."""
    pace = Pace.objects.get(key=get_mailer().pace_key)
    now = now_us()
    for number in range(9):
        pace.go_unanswered(number, "No route to host.", now + number)
    pace.register_worker("other", "elsewhere", now)
    pace.save()
    put()

    mine = Claimer(get_mailer(), USING)
    claim = mine.claim(50)
    assert claim.silent
    assert (claim.messages, claim.placed) == ([], [])
    # The other one reports.
    other = Claimer(get_mailer(), USING, token="other")
    other.watch.answered_at_us = now + 100
    assert len(other.claim(50).messages) == 1
    assert not mine.claim(50).silent
    assert not Hold.objects.exists()


def test_an_account_where_nobody_reports_an_answer_is_held(
    ses: LocalSES, days: Days
) -> None:
    pace = Pace.objects.get(key=get_mailer().pace_key)
    for number in range(9):
        pace.go_unanswered(number, "No route to host.", now_us())
    pace.register_worker("other", "elsewhere", now_us())
    pace.save()
    mine = Claimer(get_mailer(), USING)
    assert mine.claim(50).placed == []

    days.jump(2.1)

    assert mine.claim(50).placed == [silence()]


def test_two_accounts_are_held_each_for_itself(ses: LocalSES, days: Days) -> None:
    put_many(10)
    foreign = put()
    Message.objects.filter(pk=foreign.pk).update(pace_key="other/us-east-1")
    with days.outage(ALL_500):
        days.wait(20)
        assert silence().pace_key == get_mailer().pace_key


# -- a probe's turn ------------------------------------------------------------------


def test_a_probe_that_never_reached_ses_does_not_make_the_next_one_wait_longer(
    ses: LocalSES, days: Days
) -> None:
    ses.faults.add(Fault.answer(errors.paused_by_aws()))
    put_many(2)
    drain()
    [hold] = Hold.objects.all()
    ses.faults.clear()
    with days.outage("no DNS"):
        probe_now()
        drain()

    again = Hold.objects.get(pk=hold.pk)
    assert again.probes == 0
    assert again.probe_at_us is not None
    assert again.probe_at_us <= now_us() + 30_000_000


def test_a_probe_whose_worker_dies_gives_its_turn_back(
    ses: LocalSES, days: Days
) -> None:
    ses.faults.add(Fault.answer(errors.paused_by_aws()))
    put_many(2)
    drain()
    probe_now()
    claim = Claimer(get_mailer(), USING).claim(50)
    [probe] = claim.messages
    assert Hold.objects.get().probe_message == probe.pk
    ses.faults.clear()

    days.jump(130)
    days.beat()

    assert states() == {"SENT": 62}


def test_a_question_is_given_up_in_time(
    ses: LocalSES, days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "ASK_FOR_S", 0.1)
    days.settings.CUCUMBER_READ_TIMEOUT = 5
    ses.faults.add(Fault.hang(operation="GetAccount"))

    assert not outage.is_answered(get_mailer())


def test_no_try_of_an_outage_is_counted_as_sure_to_have_failed(
    ses: LocalSES, days: Days
) -> None:
    put_many(10)
    with days.outage(SENDS_500):
        days.wait(MINUTE_S)

    outcomes = set(Attempt.objects.values_list("outcome", flat=True))
    assert AttemptOutcome.UNKNOWN in outcomes
    assert AttemptOutcome.DEFERRED not in outcomes
