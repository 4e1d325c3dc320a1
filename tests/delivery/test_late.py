"""What misses its slot costs the slot: no attempt, no second signature or claim."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from seacucumber import delivery
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.outgoing_message import OutgoingMessage
from seacucumber.delivery.sending import signatures
from seacucumber.enums import AttemptOutcome, HoldCause, HoldScope, Lane, MessageState
from seacucumber.models import Attempt, MailMinute, Message
from seacucumber.testing import LocalSES
from tests.delivery.claimers import Hand, new_claimer, pace, place
from tests.queue import attempts, drain, fresh, put, put_many, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(claimer: Claimer, hand: Hand) -> OutgoingMessage:
    """Return a claimed message whose slot has passed."""
    put()
    [outgoing] = claimer.claim(50).messages
    hand.move(2.0)
    return outgoing


def test_what_is_late_gets_another_slot_before_anything_is_claimed(
    claimer: Claimer, hand: Hand, late: OutgoingMessage
) -> None:
    put_many(2)

    claim = claimer.claim(50, late=[late])

    assert list(claim.renewed) == [late.pk]
    slots_us = [claim.renewed[late.pk], *(p.slot_us for p in claim.messages)]
    assert slots_us == sorted(slots_us)
    gaps_us = {b - a for a, b in itertools.pairwise(slots_us)}
    assert gaps_us == {100_001}
    row = Message.objects.get(pk=late.pk)
    assert (row.state, row.claims) == (MessageState.CLAIMED, 1)


def test_a_hold_stops_what_is_late(claimer: Claimer, late: OutgoingMessage) -> None:
    place(HoldScope.SENDER, "post@example.com", probe_at_us=None)

    claim = claimer.claim(50, late=[late])

    assert (claim.renewed, claim.unrenewed) == ({}, [late])


def test_a_probe_that_is_late_goes_all_the_same(claimer: Claimer, hand: Hand) -> None:
    put()
    place(HoldScope.ACCOUNT, probe_at_us=hand.now_us - 1)
    [probe] = claimer.claim(50).messages
    hand.move(2.0)

    assert list(claimer.claim(50, late=[probe]).renewed) == [probe.pk]


def test_what_is_late_and_too_old_by_now_is_put_back(
    claimer: Claimer, hand: Hand
) -> None:
    put(expires_s=1.0)
    [late] = claimer.claim(50).messages
    hand.move(2.0)

    assert claimer.claim(50, late=[late]).unrenewed == [late]


def test_what_is_late_does_not_go_ahead_of_the_lane_s_horizon(
    claimer: Claimer, hand: Hand
) -> None:
    put(lane=Lane.BULK)
    [late] = claimer.claim(50).messages
    hand.move(2.0)
    pace(next_slot_us=hand.now_us + 200_000)

    assert claimer.claim(50, late=[late]).unrenewed == [late]


def test_what_is_late_is_put_back_before_its_lease_ends(
    claimer: Claimer, hand: Hand, late: OutgoingMessage
) -> None:
    hand.move(110.0)  # Of 120; a call may take 30.

    assert claimer.claim(50, late=[late]).unrenewed == [late]


def test_slots_that_a_small_window_cannot_use_are_given_up(
    hand: Hand, rate: Callable[[float], None]
) -> None:
    rate(1000)
    put_many(10)

    slots_us = [p.slot_us for p in new_claimer().claim(4, window=4).messages]

    # The last of them ends now less what the window might make up for.
    assert slots_us == pytest.approx(
        [hand.now_us - 8_000 + 1_000 * number for number in range(4)], abs=10
    )


def test_slots_are_made_up_for_by_a_window_that_is_wide_enough(
    hand: Hand, rate: Callable[[float], None]
) -> None:
    rate(100)
    put_many(10)

    first = new_claimer().claim(4, window=96).messages[0]

    assert first.slot_us == pytest.approx(hand.now_us - 163_350, abs=10)


@pytest.fixture
def slow_signatures(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first two signatures take longer than a slot's slack."""
    signed: list[int] = []
    sign = signatures.sign

    def slow(outgoing: OutgoingMessage) -> None:
        signed.append(outgoing.pk)
        if len(signed) <= 2:
            time.sleep(0.5)
        sign(outgoing)

    monkeypatch.setattr(signatures, "sign", slow)
    return signed


@pytest.mark.django_db(transaction=True)
def test_a_deliverer_that_is_too_slow_writes_no_attempt_for_what_it_cannot_send(
    ses: LocalSES, slow_signatures: list[int], settings: Any
) -> None:
    settings.CUCUMBER_RATE_LIMIT = 100
    messages = put_many(5)

    assert drain().sent == 5

    assert {state(message) for message in messages} == {MessageState.SENT}
    assert [m.claims for m in map(fresh, messages)] == [1] * 5
    outcomes = [a.outcome for message in messages for a in attempts(message)]
    assert outcomes == [AttemptOutcome.ACCEPTED] * 5
    assert sorted(slow_signatures) == [message.pk for message in messages]
    assert Attempt.objects.count() == 5
    assert sum(MailMinute.objects.values_list("sent", flat=True)) == 5
    assert ses.counters.rate_rejections == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_late_when_the_turn_ends_is_put_back_in_one_statement(
    ses: LocalSES, slow_signatures: list[int], settings: Any
) -> None:
    settings.CUCUMBER_RATE_LIMIT = 100
    messages = put_many(5)

    with CaptureQueriesContext(connection) as queries:
        delivery.deliver("default", for_s=0.0)

    left = Message.objects.exclude(state=MessageState.SENT)
    assert {m.state for m in left} <= {MessageState.QUEUED}
    assert {m.claims for m in left} <= {0}
    assert left.count() == len(messages)
    assert ses.counters.posts == 0
    assert not Attempt.objects.exists()
    assert sum("claims" in q["sql"] and "- 1" in q["sql"] for q in queries) == 1


def test_a_late_probe_of_an_outage_goes_all_the_same(
    claimer: Claimer, hand: Hand
) -> None:
    put_many(2)
    hold = place(
        HoldScope.ACCOUNT, cause=HoldCause.SES_SILENT, probe_at_us=hand.now_us - 1
    )
    claimer.watch.asked = hold.pk
    [probe] = claimer.claim(50).messages
    hand.move(2.0)

    claim = claimer.claim(50, late=[probe])

    assert (list(claim.renewed), claim.unrenewed, claim.messages) == (
        [probe.pk],
        [],
        [],
    )
