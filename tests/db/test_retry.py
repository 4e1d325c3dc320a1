"""Work in the database that outlives a deadlock, a lock, a restart."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from seacucumber.db.retry import persist
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
