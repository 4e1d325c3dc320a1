"""Work in the database that outlives a deadlock, a lock, a restart."""

from __future__ import annotations

import time

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from seacucumber.db.retry import AWAY_AFTER_S, failed_within, persist
from seacucumber.models import Pace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
def test_work_is_done_again_and_nothing_of_the_first_try_is_left(
    failure: type[Exception],
) -> None:
    tries: list[int] = []

    def work() -> str:
        tries.append(Pace.objects.count())
        Pace.objects.create(key=f"try {len(tries)}")
        if len(tries) < 3:
            raise failure("gone")
        return "done"

    assert persist("default", work, for_s=30.0) == "done"
    assert tries == [0, 0, 0]
    assert [pace.key for pace in Pace.objects.all()] == ["try 3"]


def test_the_last_failure_is_told_when_the_time_is_over() -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise OperationalError("still locked")

    with pytest.raises(OperationalError, match="still locked"):
        persist("default", work, for_s=1.0)
    assert len(tries) >= 2


def test_a_defect_is_not_repeated() -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise IntegrityError("twice")

    with pytest.raises(IntegrityError):
        persist("default", work, for_s=30.0)
    assert tries == [1]


@pytest.mark.parametrize(("for_s", "is_away"), [(0.0, False), (2 * AWAY_AFTER_S, True)])
def test_a_session_that_is_lost_is_no_database_that_is_away(
    for_s: float, is_away: bool
) -> None:
    """Where one is lost every few seconds, what is uncertain must not wait for ever."""
    started_s = time.monotonic()
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        if len(tries) < 3 or time.monotonic() - started_s < for_s:
            raise InterfaceError("gone")

    persist("default", work, for_s=30.0)

    assert failed_within("default", 30.0) is is_away
