"""The schedule against the strict token bucket that the local SES has."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seacucumber.pacing import FACTOR_MIN, US_PER_S, Schedule
from seacucumber.testing.ses.bucket import TokenBucket

START_US = 1_750_000_000 * US_PER_S


@dataclass(frozen=True, slots=True)
class Send:
    """One message: when it reached SES, and what it cost."""

    at_us: int
    recipients: int


@dataclass(frozen=True, slots=True)
class Mail:
    """One message before it is sent: the wait before it, its size, its bad luck."""

    gap: float
    recipients: int
    lateness: float


def refused(rate_per_s: float, sends: Iterable[Send]) -> int:
    """Return how many sends SES refuses, if it holds one second of the rate."""
    now_s = 0.0
    bucket = TokenBucket(rate_per_s, max(1.0, rate_per_s), lambda: now_s)
    count = 0
    for send in sorted(sends, key=lambda send: send.at_us):
        now_s = (send.at_us - START_US) / US_PER_S
        if bucket.has_room():
            bucket.spend(send.recipients)
        else:
            count += 1
    return count


def paced(schedule: Schedule, mails: Iterable[Mail]) -> list[Send]:
    """Send mail by a schedule: each at its slot, or late by a part of the slack."""
    now_us = START_US
    sends = []
    for mail in mails:
        now_us += int(mail.gap * schedule.interval_us(now_us))
        slot_us, schedule = schedule.reserve(mail.recipients, now_us)
        at_us = max(now_us, slot_us + int(mail.lateness * schedule.slack_us))
        assert at_us <= slot_us + schedule.slack_us
        sends.append(Send(at_us, mail.recipients))
    return sends


RATES = st.floats(min_value=0.2, max_value=1000.0)
MAILS = st.lists(
    st.builds(
        Mail,
        gap=st.one_of(st.just(0.0), st.floats(min_value=0.0, max_value=60.0)),
        recipients=st.one_of(st.just(1), st.integers(min_value=1, max_value=50)),
        lateness=st.one_of(st.sampled_from((0.0, 1.0)), st.floats(0.0, 1.0)),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(rate_per_s=RATES, mails=MAILS)
def test_a_strict_ses_never_refuses_what_is_sent_within_the_slack(
    rate_per_s: float, mails: list[Mail]
) -> None:
    schedule = Schedule(rate_per_s=rate_per_s)

    assert refused(rate_per_s, paced(schedule, mails)) == 0


def mails(*sizes_and_lateness: tuple[int, float]) -> list[Mail]:
    return [Mail(0.0, size, lateness) for size, lateness in sizes_and_lateness]


@pytest.mark.parametrize("rate_per_s", [2, 5, 10, 14, 28, 50, 100, 200])
@pytest.mark.parametrize("small_ones", [1, 2, 5])
def test_mail_to_many_does_not_overtake_what_comes_before_it(
    rate_per_s: float, small_ones: int
) -> None:
    """It would leave SES's bucket in debt, and the late one would be refused."""
    late_then_large = mails(*[(1, 1.0)] * small_ones, (50, 0.0), (1, 0.0))

    assert (
        refused(rate_per_s, paced(Schedule(rate_per_s=rate_per_s), late_then_large))
        == 0
    )


@pytest.mark.parametrize("rate_per_s", [14, 27, 28, 50, 100])
@pytest.mark.parametrize("middle", [2, 5, 8, 10, 15, 20, 30, 50])
def test_mail_to_many_does_not_overtake_mail_to_many(
    rate_per_s: float, middle: int
) -> None:
    sends = paced(
        Schedule(rate_per_s=rate_per_s), mails((1, 0.0), (middle, 1.0), (50, 0.0))
    )

    assert refused(rate_per_s, sends) == 0


@settings(max_examples=300, deadline=None)
@given(
    rate_per_s=st.floats(min_value=1.0, max_value=200.0),
    sizes=st.lists(st.sampled_from((1, 2, 3, 5, 10, 20, 50)), max_size=40),
    late=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_mail_that_was_queued_together_may_overtake_as_it_likes(
    rate_per_s: float, sizes: list[int], late: list[bool]
) -> None:
    together = mails(
        *((size, float(is_late)) for size, is_late in zip(sizes, late, strict=False))
    )

    assert refused(rate_per_s, paced(Schedule(rate_per_s=rate_per_s), together)) == 0


def test_a_schedule_without_the_slack_would_be_refused() -> None:
    """The judge can tell: what is sent much too late does break the limit."""
    on_time = paced(Schedule(rate_per_s=10), mails(*[(1, 0.0)] * 40))
    stalled_us = on_time[20].at_us
    bunched = [Send(max(send.at_us, stalled_us), send.recipients) for send in on_time]

    assert refused(10, on_time) == 0
    assert refused(10, bunched) > 0


@pytest.mark.parametrize("rate_per_s", [0.2, 1, 14, 100, 500])
def test_the_whole_rate_is_used(rate_per_s: float) -> None:
    sends = paced(Schedule(rate_per_s=rate_per_s), mails(*[(1, 0.0)] * 500))

    span_s = (sends[-1].at_us - sends[0].at_us) / US_PER_S
    assert 499 / span_s >= 0.99 * rate_per_s


@pytest.mark.parametrize("rate_per_s", [1, 14, 100])
def test_mail_to_many_uses_the_whole_rate_too(rate_per_s: float) -> None:
    sends = paced(Schedule(rate_per_s=rate_per_s), mails(*[(50, 0.0)] * 100))

    span_s = (sends[-1].at_us - sends[0].at_us) / US_PER_S
    assert 99 * 50 / span_s >= 0.99 * rate_per_s


def test_a_debt_is_paid_before_the_next_message() -> None:
    """AWS: one message to five at one a second bars the next five seconds."""
    first_us, schedule = Schedule(rate_per_s=1).reserve(5, START_US)
    second_us, _ = schedule.reserve(1, START_US)

    assert 5 * US_PER_S <= second_us - first_us < 5.1 * US_PER_S


def test_time_that_nobody_used_is_caught_up_with_but_not_all_of_it() -> None:
    schedule = Schedule(rate_per_s=10, next_slot_us=START_US - 3600 * US_PER_S)

    slot_us, _ = schedule.reserve(1, START_US)

    assert START_US - US_PER_S < slot_us < START_US
    assert slot_us == START_US - schedule.catch_up_us


def test_a_slot_that_is_taken_is_not_given_twice() -> None:
    schedule = Schedule(rate_per_s=10, next_slot_us=START_US + 5 * US_PER_S)

    slot_us, after = schedule.reserve(1, START_US)

    assert slot_us == START_US + 5 * US_PER_S
    assert after.next_slot_us > slot_us


def test_being_throttled_is_a_pause_and_a_lower_rate() -> None:
    slowed = Schedule(rate_per_s=10).slowed_down(START_US)

    assert slowed.first_slot_us(START_US) >= START_US + US_PER_S
    assert slowed.current_factor(START_US) == pytest.approx(0.7)
    assert slowed.interval_us(START_US) == pytest.approx(US_PER_S / 7)


def test_answers_that_were_under_way_together_count_once() -> None:
    once = Schedule(rate_per_s=10).slowed_down(START_US)
    twice = once.slowed_down(START_US + 500_000)
    later = once.slowed_down(START_US + 1_500_000)

    assert twice.factor == once.factor
    assert twice.next_slot_us > once.next_slot_us
    assert later.factor < once.factor


def test_the_rate_climbs_back_to_what_it_was() -> None:
    slowed = Schedule(rate_per_s=10).slowed_down(START_US)
    after_us = [START_US + seconds * US_PER_S for seconds in (10, 20, 30, 3600)]

    factors = [slowed.current_factor(now_us) for now_us in after_us]

    assert factors == pytest.approx([0.8, 0.9, 1.0, 1.0])


def test_the_rate_never_falls_to_nothing() -> None:
    schedule = Schedule(rate_per_s=10)
    now_us = START_US
    for _ in itertools.repeat(None, 100):
        schedule = schedule.slowed_down(now_us)
        now_us += 2 * US_PER_S

    assert schedule.factor == FACTOR_MIN
    assert schedule.interval_us(now_us) <= US_PER_S / (10 * FACTOR_MIN)


def test_a_clock_that_was_set_back_does_not_speed_up_the_rate() -> None:
    slowed = Schedule(rate_per_s=10).slowed_down(START_US)

    assert slowed.current_factor(START_US - 3600 * US_PER_S) == pytest.approx(0.7)
