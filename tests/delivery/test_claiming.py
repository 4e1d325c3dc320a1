"""Which messages go next, and when."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

from seacucumber.conf import Mailer, get_mailer
from seacucumber.delivery import claiming
from seacucumber.delivery.claiming import Claimer
from seacucumber.delivery.picking import HORIZON_US, Claim
from seacucumber.delivery.settling import lift
from seacucumber.enums import HoldCause, HoldScope, Lane, MessageState
from seacucumber.models import Hold, Message, Pace, QuotaSlice, clock
from seacucumber.models.clock import US_PER_S
from tests.queueing import USING, fresh, put, put_many, ready_now, state

pytestmark = pytest.mark.django_db


@dataclass(slots=True)
class Hand:
    """The database's clock, as the test moves it."""

    now_us: int

    def move(self, seconds: float) -> None:
        self.now_us += int(seconds * US_PER_S)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """The clock stands still until the test moves it."""
    hand = Hand(clock.read_us(USING))
    for name in ("read_us", "now_us", "reckon_us"):
        monkeypatch.setattr(clock, name, lambda using: hand.now_us)
    return hand


@pytest.fixture
def rate(settings: Any) -> Callable[[float], None]:
    """Set the recipients per second."""

    def set_rate(per_s: float) -> None:
        settings.CUCUMBER_RATE_LIMIT = per_s

    set_rate(10)
    return set_rate


@pytest.fixture
def claimer(hand: Hand, rate: Callable[[float], None]) -> Claimer:
    return new_claimer()


def new_claimer(mailer: Mailer | None = None) -> Claimer:
    mailer = mailer or get_mailer()
    Pace.objects.ensure(mailer.pace_key)
    return Claimer(mailer, USING)


def pks(claim: Claim) -> list[int]:
    return [parcel.pk for parcel in claim.parcels]


def pace(**values: Any) -> Pace:
    Pace.objects.filter(key=get_mailer().pace_key).update(**values)
    return Pace.objects.get(key=get_mailer().pace_key)


def place(
    scope: HoldScope,
    value: str = "",
    *,
    cause: HoldCause = HoldCause.CREDENTIALS,
    probe_at_us: int | None,
) -> Hold:
    hold, _ = Hold.objects.place(
        get_mailer().pace_key,
        scope=scope,
        value=value,
        cause=cause,
        detail="Stopped.",
        now_us=0,
    )
    hold.probe_at_us = probe_at_us
    hold.save()
    return hold


# -- lanes and slots -----------------------------------------------------------


def test_an_empty_queue_is_told_apart_from_one_without_a_free_slot(
    claimer: Claimer, hand: Hand
) -> None:
    assert claimer.claim(50).empty

    put()
    pace(next_slot_us=hand.now_us + US_PER_S)
    full = claimer.claim(50)

    assert full.parcels == []
    assert not full.empty
    assert full.next_slot_us == hand.now_us + US_PER_S


def test_a_claimed_message_is_leased_to_the_claimer(
    claimer: Claimer, hand: Hand
) -> None:
    message = put()

    assert pks(claimer.claim(50)) == [message.pk]

    row = fresh(message)
    assert row.state == MessageState.CLAIMED
    assert row.lease_token == claimer.token
    assert row.due_at_us == hand.now_us + 120 * US_PER_S
    assert row.claims == 1


def test_bulk_mail_is_never_ahead_of_transactional_mail(
    claimer: Claimer, hand: Hand
) -> None:
    bulk = [message.pk for message in put_many(9, lane=Lane.BULK)]
    urgent = [message.pk for message in put_many(3)]

    claim = claimer.claim(50)

    assert pks(claim)[:3] == urgent
    assert set(pks(claim)[3:]) <= set(bulk)
    slots_us = [parcel.slot_us for parcel in claim.parcels]
    assert slots_us == sorted(slots_us)


@pytest.mark.parametrize("lane", list(Lane))
def test_a_lane_takes_slots_up_to_its_horizon(
    claimer: Claimer, hand: Hand, lane: Lane
) -> None:
    put_many(30, lane=lane)

    claim = claimer.claim(50)

    slots_us = [parcel.slot_us for parcel in claim.parcels]
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
    assert claim.parcels[0].slot_us <= hand.now_us + 200_000


def test_slots_are_as_far_apart_as_the_recipients_need(
    claimer: Claimer, hand: Hand
) -> None:
    put(recipients=2)
    put(recipients=1)

    first, second = claimer.claim(50).parcels

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
        for parcel in claimer.claim(50).parcels:
            counts[Lane(parcel.lane)] += 1
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


@pytest.mark.django_db(transaction=True)
def test_two_claimers_never_get_the_same_message_or_the_same_slot(
    settings: Any,
) -> None:
    settings.CUCUMBER_RATE_LIMIT = 500
    messages = {message.pk for message in put_many(90)}
    claims: list[Claim] = []
    errors: list[BaseException] = []
    together = threading.Barrier(3)

    def work(claimer: Claimer) -> None:
        try:
            connection.ensure_connection()
            together.wait(30)
            while Message.objects.filter(state=MessageState.QUEUED).exists():
                claims.append(claimer.claim(2))
        except BaseException as error:  # noqa: BLE001 - told by the test's thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(new_claimer(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert errors == []
    claimed = [pk for claim in claims for pk in pks(claim)]
    assert sorted(claimed) == sorted(messages)
    slots_us = sorted(parcel.slot_us for claim in claims for parcel in claim.parcels)
    gaps_us = [b - a for a, b in itertools.pairwise(slots_us)]
    assert min(gaps_us) >= US_PER_S / 500


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_whoever_has_the_pace_and_sees_what_they_did(
    settings: Any,
) -> None:
    settings.CUCUMBER_RATE_LIMIT = 500
    put()
    claimer = new_claimer()
    claims: list[Claim] = []

    def work() -> None:
        try:
            claims.append(claimer.claim(5))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        locked = Pace.objects.lock(get_mailer().pace_key)
        thread.start()
        # Time enough to read what is not yet committed, if that were possible.
        thread.join(0.3)
        locked.next_slot_us = clock.read_us(USING) + US_PER_S // 4
        locked.save()
    thread.join(30)

    assert claims[0].next_slot_us >= locked.next_slot_us


# -- holds ---------------------------------------------------------------------


def test_held_mail_is_put_out_of_sight_and_the_rest_flows(
    claimer: Claimer, hand: Hand
) -> None:
    held = put(sender="bad@example.com")
    free = put()
    place(HoldScope.SENDER, "bad@example.com", probe_at_us=None)

    assert pks(claimer.claim(50)) == [free.pk]
    assert [message.pk for message in Message.objects.parked()] == [held.pk]
    assert claimer.claim(50).empty


def test_mail_flows_again_when_the_hold_is_lifted(claimer: Claimer, hand: Hand) -> None:
    held = put(sender="bad@example.com")
    hold = place(HoldScope.SENDER, "bad@example.com", probe_at_us=None)
    claimer.claim(50)

    lift(hold, hand.now_us)

    assert pks(claimer.claim(50)) == [held.pk]


def test_a_hold_on_the_account_stops_everything_but_not_other_accounts(
    claimer: Claimer, hand: Hand
) -> None:
    put_many(2)
    put(lane=Lane.BULK)
    place(HoldScope.ACCOUNT, cause=HoldCause.OPERATOR, probe_at_us=None)

    assert claimer.claim(50).parcels == []

    other = get_mailer()
    Hold.objects.update(pace_key="other/eu-west-1")
    assert len(new_claimer(other).claim(50).parcels) == 3


@pytest.mark.parametrize("scope", [HoldScope.ACCOUNT, HoldScope.SENDER])
def test_exactly_one_message_probes_a_hold(
    claimer: Claimer, hand: Hand, scope: HoldScope
) -> None:
    messages = {message.pk for message in put_many(3)}
    value = "post@example.com" if scope is HoldScope.SENDER else ""
    hold = place(scope, value, probe_at_us=hand.now_us + 1)
    assert claimer.claim(50).parcels == []

    hand.now_us += 1
    [probe] = claimer.claim(50).parcels

    assert probe.pk in messages
    assert probe.probes == (hold,)
    assert claimer.claim(50).parcels == []
    assert new_claimer().claim(50).parcels == []


def test_parked_mail_can_be_the_probe(claimer: Claimer, hand: Hand) -> None:
    message = put(sender="bad@example.com")
    place(HoldScope.SENDER, "bad@example.com", probe_at_us=hand.now_us + 1)
    claimer.claim(50)
    assert Message.objects.parked().exists()

    hand.now_us += 1
    assert pks(claimer.claim(50)) == [message.pk]


def test_an_operators_stop_is_stronger_than_any_probe(
    claimer: Claimer, hand: Hand
) -> None:
    put()
    place(HoldScope.ACCOUNT, cause=HoldCause.OPERATOR, probe_at_us=None)
    place(HoldScope.SENDER, "post@example.com", probe_at_us=hand.now_us)

    assert claimer.claim(50).parcels == []


def test_a_probe_is_a_message_that_nothing_else_stops(
    claimer: Claimer, hand: Hand
) -> None:
    """Or the account's hold would never lift: its probe fails for the sender."""
    put(sender="bad@example.com")
    good = put()
    place(HoldScope.SENDER, "bad@example.com", probe_at_us=hand.now_us + 60_000_000)
    place(HoldScope.ACCOUNT, cause=HoldCause.ACCOUNT_PAUSED, probe_at_us=hand.now_us)

    assert pks(claimer.claim(50)) == [good.pk]


def test_two_holds_on_the_same_mail_do_not_wait_for_each_other(
    claimer: Claimer, hand: Hand
) -> None:
    message = put()
    paused = place(
        HoldScope.ACCOUNT, cause=HoldCause.ACCOUNT_PAUSED, probe_at_us=hand.now_us
    )
    denied = place(HoldScope.MAILER, "default", probe_at_us=hand.now_us + 60 * US_PER_S)

    [probe] = claimer.claim(50).parcels

    assert probe.pk == message.pk
    # Its acceptance shows that neither is needed any more.
    assert set(probe.probes) == {paused, denied}


def test_a_probe_is_not_a_message_whose_time_is_over(
    claimer: Claimer, hand: Hand
) -> None:
    put(expires_s=1.0)
    good = put()
    hand.move(2)
    place(HoldScope.ACCOUNT, probe_at_us=hand.now_us)

    assert pks(claimer.claim(50)) == [good.pk]


# -- the quota -----------------------------------------------------------------


@pytest.fixture
def quota(claimer: Claimer, hand: Hand) -> Callable[..., None]:
    """Let SES have said what the quota is, and how much of it was used."""

    def learn(used: float, *, of: float = 1000.0) -> None:
        pace(max_24h_send=of, sent_last_24h=used, learned_at_us=hand.now_us)
        hand.move(10)

    return learn


def test_bulk_mail_waits_when_only_the_reserve_is_left(
    claimer: Claimer, quota: Callable[..., None]
) -> None:
    urgent = put()
    put(lane=Lane.BULK)
    quota(900)

    assert pks(claimer.claim(50)) == [urgent.pk]

    [hold] = Hold.objects.all()
    assert (hold.scope, hold.value, hold.cause) == ("lane", "bulk", "quota")
    assert "About 100 of 1000 recipients are left" in hold.detail
    assert hold.probe_at_us is None


def test_bulk_mail_goes_on_when_the_quota_has_freed_up(
    claimer: Claimer, quota: Callable[..., None]
) -> None:
    bulk = put(lane=Lane.BULK)
    quota(950)
    assert claimer.claim(50).parcels == []

    quota(600)

    assert pks(claimer.claim(50)) == [bulk.pk]
    assert not Hold.objects.exists()


@pytest.mark.parametrize("limit", [-1.0, 100_000.0])
def test_bulk_mail_goes_on_when_aws_has_raised_the_quota(
    claimer: Claimer, quota: Callable[..., None], limit: float
) -> None:
    bulk = put(lane=Lane.BULK)
    quota(950)
    claimer.claim(50)

    quota(950, of=limit)

    assert pks(claimer.claim(50)) == [bulk.pk]


def test_what_was_sent_since_the_figure_was_read_counts(
    claimer: Claimer, quota: Callable[..., None], hand: Hand
) -> None:
    quota(890)
    QuotaSlice.objects.add_recipients(
        get_mailer().pace_key, 20, now_us=hand.now_us + 600 * US_PER_S
    )
    hand.move(1200)
    put(lane=Lane.BULK)

    assert claimer.claim(50).parcels == []


def test_claimed_recipients_are_counted_into_the_day(
    claimer: Claimer, quota: Callable[..., None], hand: Hand
) -> None:
    quota(0)
    put(recipients=7)
    claimer.claim(50)

    assert QuotaSlice.objects.day_until(get_mailer().pace_key, hand.now_us) == 7


@pytest.mark.parametrize("limit", [-1.0, None])
def test_without_a_quota_nothing_is_held(
    claimer: Claimer, hand: Hand, limit: float | None
) -> None:
    bulk = put(lane=Lane.BULK)
    pace(max_24h_send=limit, sent_last_24h=1e9, learned_at_us=hand.now_us)

    assert pks(claimer.claim(50)) == [bulk.pk]


# -- who is on duty ------------------------------------------------------------


def test_the_first_attends_and_the_second_is_not_needed(
    claimer: Claimer, hand: Hand
) -> None:
    assert claimer.join()
    assert not new_claimer().join()


def test_one_that_was_not_heard_of_for_three_seconds_is_replaced(
    claimer: Claimer, hand: Hand
) -> None:
    claimer.join()
    hand.move(3.1)

    assert new_claimer().join()


def test_one_that_has_left_is_replaced_at_once(claimer: Claimer, hand: Hand) -> None:
    claimer.join()
    claimer.leave()

    assert new_claimer().join()


def test_more_are_welcome_while_one_is_not_enough(
    claimer: Claimer, rate: Callable[[float], None], hand: Hand
) -> None:
    rate(100)
    claimer = new_claimer()
    claimer.join()
    put_many(10)
    # Nothing was claimed for long: all that can be caught up is to be had.
    assert claimer.claim(2).behind

    assert new_claimer().join()
    assert not new_claimer().join()


def test_an_idle_one_goes_when_nobody_was_woken_up_for_a_while(
    claimer: Claimer, hand: Hand
) -> None:
    claimer.join()
    assert not claimer.claim(50, may_leave=True).dismissed

    hand.now_us += claiming.LINGER_US
    assert claimer.claim(50, may_leave=True).dismissed
    assert new_claimer().join()


def test_a_wake_up_makes_the_one_on_duty_stay(claimer: Claimer, hand: Hand) -> None:
    claimer.join()
    hand.now_us += claiming.LINGER_US
    new_claimer().join()

    assert not claimer.claim(50, may_leave=True).dismissed


def test_at_the_end_of_its_turn_one_is_relieved(claimer: Claimer, hand: Hand) -> None:
    claimer.join()
    messages = put_many(2)
    asking = claimer.claim(1, wants_relief=True)
    assert asking.asks_for_relief
    assert pks(asking) == [messages[0].pk]
    assert not claimer.claim(0, wants_relief=True).relieved

    assert new_claimer().join()

    assert claimer.claim(50, wants_relief=True).relieved
    ready_now(messages[1])
