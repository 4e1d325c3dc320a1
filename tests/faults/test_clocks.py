"""Clocks of hosts that are wrong, or jump; on SQLite that is the database's, too."""

from __future__ import annotations

import time

import pytest

from seacucumber import tasks
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import MessageState
from seacucumber.figures.clocks import HostOff, read_wrong_clocks
from seacucumber.models import Hold, Message
from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.extent import FULL
from tests.faults.test_death import SHORT
from tests.faults.wall_clock import LIBRARY, WallClock
from tests.office import MailRoom, wait_until
from tests.queue import now_us

MESSAGES = 80
DAY_S, HOURS_S = 86_400, 7200
#: Long enough for a busy machine: nothing may wait for two of them.
LEASE_S = 20.0
SETTINGS = {**SHORT, "CUCUMBER_LEASE": LEASE_S, "CUCUMBER_RATE_LIMIT": 50}
#: Where there is no libfaketime, nothing is at home.
_SERVERS = ("postgres", "mariadb")
_POSTGRES, _MARIADB, _SQLITE = (
    name if LIBRARY else "nowhere" for name in (*_SERVERS, "sqlite")
)


def wrong_hosts() -> dict[str, HostOff]:
    return {each.host: each for each in read_wrong_clocks(now_us())}


def longest_wait_s() -> float:
    """Return how long the message was in the queue that was there for the longest."""
    rows = Message.objects.values_list("created_at", "state_at_us")
    return max(state_us / US_PER_S - created.timestamp() for created, state_us in rows)


def pull_the_plug(room: MailRoom) -> None:
    """End the workers at once: under libfaketime, Celery takes its time to do so."""
    for worker in room.workers:
        worker.kill()


def judge(room: MailRoom, figures: Figures, *, messages: int) -> None:
    found = room.evidence()
    twice = sum(len(found.accepted(row)) > 1 for row in found.messages)
    sent = Message.objects.filter(state=MessageState.SENT).count()
    waited_s = longest_wait_s()
    figures(
        messages=messages,
        lost=messages - sent,
        twice=twice,
        longest_wait_in_leases=f"{waited_s / LEASE_S:.1f}",
    )
    assert violations(found) == [], room.logs()[-3000:]
    assert (sent, twice) == (messages, 0)
    assert waited_s < 2 * LEASE_S
    assert not Hold.objects.exists()


@pytest.mark.home(_POSTGRES, only=True, databases=_SERVERS)
def test_a_host_that_is_a_day_off_stops_nobody_and_is_named(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=100, worker_settings=SETTINGS)
    astray = WallClock(room.folder, "astray", ahead_s=DAY_S)
    room.start_worker(clock=WallClock(room.folder, "steady"))
    room.start_beat()
    send_one_by_one(MESSAGES // 2)
    room.start_worker(clock=astray)
    room.settle(sweeping=False)

    def refused() -> bool:
        send_one_by_one(MESSAGES // 16)
        room.settle(sweeping=False)
        return any(each.refused for each in wrong_hosts().values())

    # Whoever gets the wake-up: what the wrong host gets, it passes on.
    wait_until(refused, "SES has refused what the wrong host signs")
    send_one_by_one(MESSAGES // 4)
    room.settle(sweeping=False)
    pull_the_plug(room)

    judge(room, figures, messages=Message.objects.count())
    found = wrong_hosts()
    assert found.keys() == {"astray"}
    assert abs(found["astray"].database_s - DAY_S) < 60


@pytest.mark.home(_MARIADB if FULL else "nowhere", only=True, databases=_SERVERS)
def test_hosts_that_are_off_by_seconds_and_minutes_deliver_and_are_named(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=100, worker_settings=SETTINGS)
    off_s = {"a": 15, "b": -15, "c": 240, "d": -240}
    for host, ahead_s in off_s.items():
        clock = WallClock(room.folder, host, ahead_s=ahead_s)
        room.start_worker(processes=1, clock=clock)
    for _ in range(4):
        send_one_by_one(MESSAGES // 4)
        room.sweep()
        time.sleep(0.5)
    room.settle()

    def named() -> bool:
        for _ in off_s:
            tasks.sweep.delay()
        return wrong_hosts().keys() == off_s.keys()

    wait_until(named, "each host is named")
    pull_the_plug(room)
    judge(room, figures, messages=MESSAGES)
    for host, found in wrong_hosts().items():
        assert abs(found.database_s - off_s[host]) < 5
        assert not found.refused


@pytest.mark.home(_SQLITE, only=True, databases=("sqlite",))
def test_a_host_whose_clock_jumps_hours_ahead_and_back_goes_on_at_once(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(
        rate=50, worker_settings={**SETTINGS, "CUCUMBER_RATE_LIMIT": 50}
    )
    clock = WallClock(room.folder, "jumpy")
    room.start_worker(clock=clock)
    room.start_beat(every_s=1.0)
    send_one_by_one(MESSAGES // 4)
    wait_until(lambda: room.ses.inbox, "mail flows")
    for ahead_s in (HOURS_S, -HOURS_S):
        clock.set(ahead_s)
        send_one_by_one(MESSAGES // 4)
        time.sleep(3)
        clock.set(0)
        time.sleep(1)
    send_one_by_one(MESSAGES // 4)
    back_s = time.monotonic()
    room.settle(sweeping=False)

    found = room.evidence()
    twice = sum(len(found.accepted(row)) > 1 for row in found.messages)
    reached = sum(bool(found.accepted(row)) for row in found.messages)
    figures(messages=MESSAGES, lost=MESSAGES - reached, twice=twice)
    assert (reached, twice) == (MESSAGES, 0)
    assert time.monotonic() - back_s < 2 * LEASE_S
    wait_until(lambda: not Hold.objects.exists(), "nothing is held")
    pull_the_plug(room)
