"""Which messages go next, and when."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.claims import selection
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.claims.selection import HORIZON_US
from seacucumber.enums import HoldScope, Lane, MessageState
from seacucumber.models import Message
from tests.delivery.claimers import Hand, new_claimer, pace, pks, place
from tests.queue import fresh, put, put_many, state

pytestmark = pytest.mark.django_db


def test_an_empty_queue_is_told_apart_from_one_without_a_free_slot(
    claimer: Claimer, hand: Hand
) -> None:
    assert claimer.claim(50).empty

    put()
    pace(next_slot_us=hand.now_us + US_PER_S)
    full = claimer.claim(50)

    assert full.messages == []
    assert not full.empty
    assert full.next_slot_us == hand.now_us + US_PER_S


def test_bulk_mail_is_never_ahead_of_transactional_mail(
    claimer: Claimer, hand: Hand
) -> None:
    bulk = [message.pk for message in put_many(9, lane=Lane.BULK)]
    urgent = [message.pk for message in put_many(3)]

    claim = claimer.claim(50)

    assert pks(claim)[:3] == urgent
    assert set(pks(claim)[3:]) <= set(bulk)
    slots_us = [outgoing.slot_us for outgoing in claim.messages]
    assert slots_us == sorted(slots_us)


@pytest.mark.parametrize("lane", list(Lane))
def test_a_lane_takes_slots_up_to_its_horizon(
    claimer: Claimer, hand: Hand, lane: Lane
) -> None:
    put_many(30, lane=lane)

    claim = claimer.claim(50)

    slots_us = [outgoing.slot_us for outgoing in claim.messages]
    horizon_us = hand.now_us + HORIZON_US[lane]
    assert slots_us[-1] <= horizon_us
    # One more at ten a second would have been beyond it.
    assert slots_us[-1] + 100_001 > horizon_us
    assert len(slots_us) < 30


def test_a_password_reset_gets_one_of_the_next_slots_though_bulk_mail_waits(
    claimer: Claimer, hand: Hand
) -> None:
    put_many(30, lane=Lane.BULK)
    claimer.claim(50)
    urgent = put()

    claim = claimer.claim(50)

    assert pks(claim) == [urgent.pk]
    assert claim.messages[0].slot_us <= hand.now_us + 200_000


def test_slots_are_as_far_apart_as_the_recipients_need(
    claimer: Claimer, hand: Hand
) -> None:
    put(recipients=2)
    put(recipients=1)

    first, second = claimer.claim(50).messages

    assert second.slot_us - first.slot_us == pytest.approx(200_000, abs=2)


def test_room_is_what_limits_a_claim_and_room_left_is_used_later(
    claimer: Claimer, rate: Callable[[float], None], hand: Hand
) -> None:
    rate(1000)
    claimer = new_claimer()
    messages = [message.pk for message in put_many(10)]

    assert pks(claimer.claim(0)) == []
    assert pks(claimer.claim(4)) == messages[:4]
    assert pks(claimer.claim(50)) == messages[4:]


def shares(claimer: Claimer, hand: Hand, *, seconds: float) -> dict[Lane, int]:
    """Let time pass, claim what there is, and count it by lane."""
    counts = dict.fromkeys(Lane, 0)
    for _ in range(int(seconds / 0.05)):
        for outgoing in claimer.claim(50).messages:
            counts[Lane(outgoing.lane)] += 1
        hand.move(0.05)
    return counts


def test_bulk_mail_gets_its_share_though_the_transactional_lane_is_never_empty(
    claimer: Claimer, hand: Hand
) -> None:
    put_many(150)
    put_many(150, lane=Lane.BULK)

    counts = shares(claimer, hand, seconds=10)

    # Ten a second for ten seconds, and what lies ahead.
    assert sum(counts.values()) == pytest.approx(100, abs=10)
    assert 0.08 <= counts[Lane.BULK] / counts[Lane.TRANSACTIONAL] <= 0.12


@pytest.mark.parametrize("lane", list(Lane))
def test_a_lane_that_is_alone_has_the_whole_rate(
    claimer: Claimer, hand: Hand, lane: Lane
) -> None:
    put_many(120, lane=lane)

    assert shares(claimer, hand, seconds=8)[lane] == pytest.approx(80, abs=9)


def test_bulk_mail_does_not_save_up_its_share(claimer: Claimer, hand: Hand) -> None:
    put_many(60)
    shares(claimer, hand, seconds=4)
    put_many(60)
    put_many(60, lane=Lane.BULK)

    counts = shares(claimer, hand, seconds=1)

    assert counts[Lane.BULK] <= 3


def test_large_messages_are_not_claimed_all_at_once(
    claimer: Claimer, hand: Hand
) -> None:
    messages = put_many(3)
    Message.objects.update(size_bytes=40 * 1024 * 1024)

    assert pks(claimer.claim(50)) == [messages[0].pk]


def test_mail_of_another_account_is_left_alone(claimer: Claimer, hand: Hand) -> None:
    mine, theirs, shared = put(), put(), put()
    Message.objects.filter(pk=theirs.pk).update(pace_key="other/eu-west-1")
    Message.objects.filter(pk=shared.pk).update(mailer="news")

    assert pks(claimer.claim(50)) == [mine.pk, shared.pk]


def test_mail_that_backs_off_is_not_claimed(claimer: Claimer, hand: Hand) -> None:
    message = put()
    Message.objects.update(ready_at_us=hand.now_us + 1)
    assert claimer.claim(50).empty

    hand.now_us += 1
    assert pks(claimer.claim(50)) == [message.pk]


def test_mail_whose_time_is_over_fails_in_place_of_being_sent(
    claimer: Claimer, hand: Hand
) -> None:
    old, young = put(expires_s=60.0), put(expires_s=3600.0)
    hand.move(61)

    assert pks(claimer.claim(50)) == [young.pk]
    assert (state(old), fresh(old).reason) == (MessageState.FAILED, "expired")


def test_what_is_too_old_does_not_hide_what_comes_after_it(
    claimer: Claimer, hand: Hand
) -> None:
    """Or a drain would stop at the first old newsletter."""
    _, young = put(expires_s=60.0), put()
    hand.move(61)

    first = claimer.claim(1, may_leave=True)
    assert (pks(first), first.empty) == ([], False)

    assert pks(claimer.claim(1)) == [young.pk]


def test_a_great_deal_that_is_held_is_parked_over_several_claims(
    claimer: Claimer, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PARKED_AT_ONCE", 2)
    monkeypatch.setattr(selection, "PARK_FOR_S", 0.0)
    put_many(5, sender="held@example.com")
    other = put()
    place(HoldScope.SENDER, "held@example.com", probe_at_us=None)

    claims = [claimer.claim(1) for _ in range(4)]

    # Nothing that is held goes meanwhile, and nobody takes the queue for empty.
    assert [pks(claim) for claim in claims] == [[], [], [], [other.pk]]
    assert [claim.unfinished for claim in claims] == [True, True, True, False]
    assert not any(claim.empty for claim in claims)
    assert Message.objects.parked().count() == 5
