"""Finding attempts by their time, which has no index."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.models import Attempt, Message
from tests.queue import put

pytestmark = pytest.mark.django_db

BEGIN_US = 1_700_000_000_000_000


def made(message: Message, number: int) -> list[int]:
    """Make attempts, one a microsecond; return their ids."""
    Attempt.objects.bulk_create(
        Attempt(message=message, number=each, begun_at_us=BEGIN_US + each, worker="w:1")
        for each in range(number)
    )
    return list(Attempt.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("number", [1, 2, 199, 200, 201, 5_000])
def test_the_last_that_was_begun_before_a_moment_is_found(number: int) -> None:
    pks = made(put(), number)

    for each in {0, 1, number // 2, number - 1, number}:
        found = Attempt.objects.last_begun(BEGIN_US + each)
        assert found == (pks[each - 1] if each else pks[0] - 1)


def test_there_may_be_gaps() -> None:
    pks = made(put(), 5_000)
    Attempt.objects.filter(pk__gt=pks[100], pk__lt=pks[4_000]).delete()

    assert Attempt.objects.last_begun(BEGIN_US + 101) >= pks[100]
    assert Attempt.objects.last_begun(BEGIN_US + 101) < pks[4_000]
    assert Attempt.objects.last_begun(BEGIN_US + 4_500) == pks[4_499]


def test_ids_may_count_in_steps() -> None:
    """As those of MySQL do in a cluster of three, where one host after the other takes
    the writes (``auto_increment_increment``): no sample need meet a row.
    """
    pks = made(put(), 6_100)
    kept = [pks[0], *pks[2::3]]
    Attempt.objects.exclude(pk__in=kept).delete()

    for each in (2, 700, 1_999):
        begun_us = BEGIN_US + pks.index(kept[each])
        assert kept[each - 1] <= Attempt.objects.last_begun(begun_us) < kept[each]


def test_where_there_are_none_there_is_none() -> None:
    assert Attempt.objects.last_begun(BEGIN_US) == 0


def test_it_takes_few_queries_for_any_number(
    django_assert_max_num_queries: Any,
) -> None:
    made(put(), 10)
    with django_assert_max_num_queries(4):
        Attempt.objects.last_begun(BEGIN_US + 5)

    made(put(), 3_000)
    with django_assert_max_num_queries(4):
        Attempt.objects.last_begun(BEGIN_US + 5)
