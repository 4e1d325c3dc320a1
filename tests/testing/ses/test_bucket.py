"""The arithmetic of the limits, with a clock that the test moves."""

from __future__ import annotations

import pytest

from seacucumber.testing.ses.bucket import DAY_S, Clock, RollingSum, TokenBucket


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def hand() -> Hand:
    return Hand()


def admitted(bucket: TokenBucket, cost: int = 1) -> bool:
    """Do what SES does with a message."""
    if not bucket.has_room():
        return False
    bucket.spend(cost)
    return True


def test_one_second_of_mail_may_come_at_once(hand: Hand) -> None:
    bucket = TokenBucket(50, 50, hand)

    assert [admitted(bucket) for _ in range(51)] == [True] * 50 + [False]


def test_rate_holds_over_a_minute(hand: Hand) -> None:
    bucket = TokenBucket(50, 50, hand)

    count = 0
    for _ in range(60 * 1000):
        count += admitted(bucket)
        hand.now_s += 0.001

    # The burst at the start, then the rate.
    assert count == pytest.approx(50 + 60 * 50, abs=1)


def test_message_to_five_at_one_a_second_bars_the_next_five_seconds(
    hand: Hand,
) -> None:
    """The example of the AWS Messaging blog."""
    bucket = TokenBucket(1, 1, hand)
    assert admitted(bucket, 5)

    hand.now_s += 3.9
    assert not admitted(bucket)
    hand.now_s += 0.2
    assert admitted(bucket)


def test_debt_of_twenty_recipients_at_fifty_a_second(hand: Hand) -> None:
    bucket = TokenBucket(50, 50, hand)
    for _ in range(49):
        assert admitted(bucket)
    assert admitted(bucket, 20)
    assert bucket.tokens == -19

    hand.now_s += 0.375
    assert not admitted(bucket)
    hand.now_s += 0.0625
    assert admitted(bucket)


def test_fraction_of_a_recipient_per_second(hand: Hand) -> None:
    bucket = TokenBucket(0.25, 1, hand)
    assert admitted(bucket)
    assert not admitted(bucket)

    hand.now_s += 4
    assert bucket.tokens == 1.0
    hand.now_s += 3600
    assert bucket.tokens == 1.0


def test_change_of_the_rate_keeps_what_was_earned(hand: Hand) -> None:
    bucket = TokenBucket(10, 10, hand)
    bucket.spend(30)
    hand.now_s += 1

    bucket.resize(1, 1)

    assert bucket.tokens == -10
    hand.now_s += 20
    assert bucket.tokens == 1


def test_clock_that_goes_backwards_earns_nothing(hand: Hand) -> None:
    bucket = TokenBucket(10, 10, hand)
    bucket.spend(10)

    hand.now_s -= 100

    assert bucket.tokens == 0


def test_sum_of_a_day_forgets_what_is_older(hand: Hand) -> None:
    usage = RollingSum(DAY_S, hand)
    usage.add(5)
    hand.now_s += DAY_S - 1
    usage.add(2)
    assert usage.total() == 7

    hand.now_s += 1

    assert usage.total() == 2


def test_sum_with_a_lag_leaves_the_newest_out(hand: Hand) -> None:
    usage = RollingSum(DAY_S, hand)
    usage.add(5)
    hand.now_s += 60
    usage.add(2)

    assert usage.total(lag_s=30) == 5
    assert usage.total() == 7


def test_clock_goes_forward_only() -> None:
    clock = Clock(lambda: 10.0, lambda: 1_000.0)

    clock.advance(5)

    assert (clock.monotonic_s(), clock.epoch_s()) == (15.0, 1_005.0)
    for seconds in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="only goes forward"):
            clock.advance(seconds)
