"""What holds keep back, and what probes them."""

from __future__ import annotations

import pytest

from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.holds.lifecycle import lift
from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models import Hold, Message
from tests.delivery.claimers import Hand, new_claimer, pks, place
from tests.queue import put, put_many

pytestmark = pytest.mark.django_db


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

    assert claimer.claim(50).messages == []

    other = get_mailer()
    Hold.objects.update(pace_key="other/eu-west-1")
    assert len(new_claimer(other).claim(50).messages) == 3


@pytest.mark.parametrize("scope", [HoldScope.ACCOUNT, HoldScope.SENDER])
def test_exactly_one_message_probes_a_hold(
    claimer: Claimer, hand: Hand, scope: HoldScope
) -> None:
    messages = {message.pk for message in put_many(3)}
    value = "post@example.com" if scope is HoldScope.SENDER else ""
    hold = place(scope, value, probe_at_us=hand.now_us + 1)
    assert claimer.claim(50).messages == []

    hand.now_us += 1
    [probe] = claimer.claim(50).messages

    assert probe.pk in messages
    assert probe.probes == (hold,)
    assert claimer.claim(50).messages == []
    assert new_claimer().claim(50).messages == []


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

    assert claimer.claim(50).messages == []


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

    [probe] = claimer.claim(50).messages

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
