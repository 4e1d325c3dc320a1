"""The database's disk is full for a while."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from tests import services
from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.database_room import SETTINGS
from tests.office import MailRoom, Worker, wait_until

MESSAGES = 300
#: More than the file may grow by, and than all tries take.
_BALLAST_BYTES = 4_000_000
#: By how many pages of 4096 bytes the file may grow.
_PAGES_LEFT = 40
#: Longer than a lease, so that what is being sent is taken for a dead worker's.
_LONG_S = 17.0


@pytest.mark.home(only=True)
def test_a_disk_that_is_full_for_longer_than_a_lease_sends_nothing_twice(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    if connection.vendor != "sqlite":
        # Others have no limit that a test may set.
        return
    room = open_mail_room(
        rate=1000, ses=("--latency", "0.1-0.4"), worker_settings=SETTINGS
    )
    send_one_by_one(MESSAGES)
    start_worker_with_little_room(room)
    room.start_beat()
    wait_until(lambda: len(room.ses.inbox) > MESSAGES // 5, "mail flows")

    fill_disk()
    wait_until(lambda: is_full(room), "the disk is full")
    time.sleep(_LONG_S)
    sent_before = len(room.ses.inbox)
    make_room()
    room.settle(sweeping=False)

    assert sent_before < MESSAGES
    assert violations(room.evidence()) == []
    assert len(room.ses.inbox) == MESSAGES
    figures(messages=MESSAGES, sent_before_there_was_room=sent_before, lost=0, twice=0)


def fill_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ballast (bytes BLOB)")
        cursor.execute("INSERT INTO ballast VALUES (zeroblob(%s))", [_BALLAST_BYTES])


def is_full(room: MailRoom) -> bool:
    """Take the pages that the queue gives back, as another program on the disk does."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA freelist_count")
        free = cursor.fetchone()[0]
        if free:
            cursor.execute("INSERT INTO ballast VALUES (zeroblob(%s))", [free * 4000])
    return "disk is full" in room.logs()


def make_room() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE ballast")


def start_worker_with_little_room(room: MailRoom) -> None:
    """Start a worker for which the file must not grow by much: beyond it SQLite says
    what it says on a full disk, https://www.sqlite.org/pragma.html#pragma_max_page_count.
    """
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0] + _PAGES_LEFT
    row = services.database("sqlite")
    row["NAME"] = str(connection.settings_dict["NAME"])
    row["OPTIONS"]["init_command"] += f"; PRAGMA max_page_count={pages}"
    environment = room.environment(DATABASES={"default": row})
    room.workers.append(Worker(environment, 2, room.folder / "worker0.log"))
