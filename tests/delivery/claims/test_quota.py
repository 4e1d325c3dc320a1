"""The last part of the day is kept for mail that somebody waits for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.enums import Lane
from seacucumber.models import Hold, QuotaSlice
from tests.delivery.claimers import Hand, pace, pks
from tests.queue import put

pytestmark = pytest.mark.django_db


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
    assert claimer.claim(50).messages == []

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

    assert claimer.claim(50).messages == []


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
