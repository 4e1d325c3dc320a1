"""The database stops, becomes read-only and loses sessions, and no worker dies."""

from __future__ import annotations

import time

import pytest

from tests.faults.conftest import Figures, Home
from tests.faults.database_room import DatabaseRoom, Outcome, open_database_room
from tests.faults.own_servers import CommitCutter, OwnMariaDB, OwnPostgres, find

MESSAGES = 240
_KINDS = {"postgres": OwnPostgres, "mariadb": OwnMariaDB}
#: Where a server cannot be started, nothing is at home.
_POSTGRES = "postgres" if find("initdb") else "nowhere"
_MARIADB = "mariadb" if find("mariadbd") else "nowhere"
#: Longer than a lease, so that others take for dead what is only kept waiting.
_LONG_S = 19.0


@pytest.mark.home(_POSTGRES, only=True, databases=tuple(_KINDS))
def test_a_database_that_fails_in_every_way_sends_nothing_twice(
    home: Home, figures: Figures
) -> None:
    with open_database_room(_KINDS[home.database]) as room:
        room.start_workers()
        faults = (loses_sessions, becomes_read_only, restarts, is_away)
        for fault in faults:
            # Afresh for each: what was left over may have gone out during the last.
            before = len(room.ses.inbox)
            room.enqueue(MESSAGES // len(faults))
            room.wait_for(before + 10)
            fault(room)

        judge(room, room.outcome(), figures, faults=len(faults))


@pytest.mark.home(_MARIADB, only=True, databases=tuple(_KINDS))
def test_a_session_that_is_cut_during_commit_sends_nothing_twice(
    home: Home, figures: Figures
) -> None:
    with open_database_room(_KINDS[home.database]) as room:
        room.enqueue(MESSAGES)
        cutter = CommitCutter(room.server.port, every=25)
        room.start_workers(port=cutter.port)
        room.wait_for(MESSAGES // 2)
        becomes_read_only(room)
        outcome = room.outcome()
        cutter.close()

        judge(room, outcome, figures, commits_cut=cutter.cuts)
        assert cutter.cuts > 5


def judge(
    room: DatabaseRoom, outcome: Outcome, figures: Figures, **more: object
) -> None:
    lost = MESSAGES - outcome.reached
    figures(messages=MESSAGES, lost=lost, twice=outcome.twice, **more)
    assert outcome == Outcome(MESSAGES, MESSAGES, twice=0), room.logs()[-5000:]


def loses_sessions(room: DatabaseRoom) -> None:
    for _ in range(10):
        room.server.cut()
        time.sleep(0.3)


def becomes_read_only(room: DatabaseRoom) -> None:
    room.server.read_only(True)
    time.sleep(_LONG_S)
    room.server.read_only(False)


def restarts(room: DatabaseRoom) -> None:
    for _ in range(2):
        room.server.kill()
        room.server.start()


def is_away(room: DatabaseRoom) -> None:
    room.server.kill()
    time.sleep(_LONG_S)
    room.server.start()
