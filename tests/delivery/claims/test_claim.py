"""One claimer at a time, and who is on duty."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.claims import claim as claiming
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.claims.selection import Claim
from seacucumber.enums import MessageState
from seacucumber.models import Message, Pace
from tests.delivery.claimers import Hand, new_claimer, pks
from tests.queue import USING, fresh, put, put_many, ready_now

pytestmark = pytest.mark.django_db


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
    slots_us = sorted(
        outgoing.slot_us for claim in claims for outgoing in claim.messages
    )
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
