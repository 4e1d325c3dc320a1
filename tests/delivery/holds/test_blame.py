"""What fails alone, and what is beyond chance."""

from __future__ import annotations

from itertools import count

import pytest

from seacucumber.conf import get_mailer
from seacucumber.delivery.holds.blame import fails_alone, is_beyond_chance
from seacucumber.enums import AttemptOutcome
from seacucumber.models import Attempt, Message
from tests.queue import now_us, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

ACCEPTED = AttemptOutcome.ACCEPTED
UNKNOWN = AttemptOutcome.UNKNOWN

_numbers = count(1)


def tries(message: Message, outcome: AttemptOutcome, number: int = 1) -> None:
    Attempt.objects.bulk_create(
        Attempt(
            message=message,
            number=next(_numbers),
            begun_at_us=now_us(),
            ended_at_us=now_us(),
            outcome=outcome,
            worker="host:1",
        )
        for _ in range(number)
    )


def judged(message: Message) -> bool:
    return fails_alone(message.pk, get_mailer().pace_key)


def beyond_chance(calls: int) -> bool:
    key = get_mailer().pace_key
    return is_beyond_chance(calls, pace_key=key, before_us=now_us() + 1)


def test_a_message_that_fails_three_times_among_many_that_do_not_fails_alone() -> None:
    odd, others = put(), put()
    for _ in range(3):
        assert not judged(odd)
        tries(others, ACCEPTED, 150)
        tries(odd, UNKNOWN)

    assert judged(odd)
    assert not judged(others)


def test_few_neighbours_need_more_failures() -> None:
    odd, others = put(), put()
    for _ in range(10):
        tries(others, ACCEPTED)
        tries(odd, UNKNOWN)
    assert not judged(odd)

    for _ in range(4):
        tries(others, ACCEPTED)
        tries(odd, UNKNOWN)
    assert judged(odd)


def test_where_nobody_is_accepted_no_number_of_failures_counts() -> None:
    mine, others = put(), put()
    for _ in range(50):
        tries(others, UNKNOWN, 3)
        tries(mine, UNKNOWN)

    assert not judged(mine)


def test_the_probe_of_an_outage_is_not_to_blame_for_what_went_well_before() -> None:
    probe, others = put(), put()
    tries(others, ACCEPTED, 400)
    tries(probe, UNKNOWN, 45)

    assert not judged(probe)


def test_where_a_third_fails_bad_luck_may_last_for_long() -> None:
    unlucky, others = put(), put()
    for _ in range(10):
        tries(others, UNKNOWN, 10)
        tries(others, ACCEPTED, 20)
        tries(unlucky, UNKNOWN)

    assert not judged(unlucky)


def test_other_accounts_say_nothing() -> None:
    mine, foreign = put(), put()
    Message.objects.filter(pk=foreign.pk).update(pace_key="other/us-east-1")
    for _ in range(10):
        tries(foreign, ACCEPTED, 40)
        tries(mine, UNKNOWN)

    assert not judged(mine)


@pytest.mark.parametrize(
    ("failed", "accepted", "enough"),
    [(0, 200, 3), (10, 190, 5), (60, 140, 12), (200, 0, 20), (0, 0, 20)],
)
def test_how_many_calls_in_a_row_are_beyond_chance_depends_on_how_many_fail_anyway(
    failed: int, accepted: int, enough: int
) -> None:
    others = put()
    tries(others, UNKNOWN, failed)
    tries(others, ACCEPTED, accepted)

    assert [beyond_chance(enough - 1), beyond_chance(enough)] == [False, True]
