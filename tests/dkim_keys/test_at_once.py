"""Several people, workers and beats at the same key in the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connections

from seacucumber import dkim_keys
from seacucumber.dkim_keys import WrongState
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey
from tests.dkim_keys.conftest import Time, Zone
from tests.dkim_keys.keys import active, again, history, new, published

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(works: Sequence[Callable[[], Any]]) -> Counter[str]:
    """Run all at the same time; return how often each ended in which way."""
    start, ends = threading.Barrier(len(works)), Counter[str]()

    def run(work: Callable[[], Any]) -> None:
        start.wait(10)
        try:
            work()
            ends["done"] += 1
        except Exception as error:  # noqa: BLE001 - the test counts them
            ends[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


@pytest.mark.parametrize("with_old", [True, False])
def test_of_many_that_are_activated_one_signs(
    zone: Zone, time: Time, with_old: bool
) -> None:
    if with_old:
        active(zone, time)
    keys = [published(zone, time) for _ in range(4)]

    ends = at_once(
        [lambda key=key: dkim_keys.activate(key, actor="ann") for key in keys]
    )

    assert set(ends) <= {"done", WrongState.__name__}
    assert ends["done"] > 0
    # One after the other is all right; at no time were there two.
    states = Counter(DkimKey.objects.values_list("state", flat=True))
    assert states[DkimState.ACTIVE] == 1
    assert states[DkimState.RETIRING] == ends["done"] - 1 + with_old
    assert states[DkimState.PUBLISHED] == 4 - ends["done"]


def test_same_key_is_activated_once(zone: Zone, time: Time) -> None:
    key = published(zone, time)

    ends = at_once(
        [lambda: dkim_keys.activate(again(key), actor="ann") for _ in range(4)]
    )

    assert ends == {"done": 1, WrongState.__name__: 3}
    assert [to for _, to, _ in history(key)].count("active") == 1


def test_many_who_rotate_get_one_successor(zone: Zone, time: Time) -> None:
    key = active(zone, time)

    ends = at_once(
        [lambda: dkim_keys.rotate(again(key), actor="ann") for _ in range(4)]
    )

    assert ends == {"done": 4}
    assert key.successors.count() == 1


def test_beats_that_overlap_prepare_one_successor(zone: Zone, time: Time) -> None:
    key = active(zone, time)
    time.passes(days=181)

    ends = at_once([dkim_keys.advance] * 4)

    assert ends == {"done": 4}
    assert key.successors.count() == 1


def test_each_key_is_looked_at_by_one(zone: Zone) -> None:
    keys = [new(f"a{number}.example.com") for number in range(4)]
    looks: list[int] = []

    ends = at_once([lambda: looks.append(dkim_keys.check_due())] * 4)

    assert ends == {"done": 4}
    assert sum(looks) == len(keys)


def test_revoked_key_does_not_come_back(zone: Zone, time: Time) -> None:
    """Whoever is first: what is destroyed stays destroyed."""
    for _ in range(5):
        key = published(zone, time)
        seen = again(key)
        at_once(
            [
                lambda seen=seen: dkim_keys.activate(seen, actor="ann"),
                lambda key=key: dkim_keys.revoke(
                    again(key), actor="bob", reason="Lost."
                ),
                dkim_keys.reencrypt,
            ]
        )
        kept = again(key)
        if kept.state != DkimState.REVOKING:
            dkim_keys.revoke(kept, actor="bob", reason="Lost.")
        assert again(key).private_key_sealed == ""
        assert not DkimKey.objects.filter(state=DkimState.ACTIVE).exists()
