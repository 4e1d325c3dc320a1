"""A scenario that does not end by itself; `test_end_of_a_run` starts and ends it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.faults.conftest import OpenMailRoom, send_one_by_one
from tests.office import wait_until


def test_mail_flows_until_the_run_is_ended(open_mail_room: OpenMailRoom) -> None:
    """Answers of SES never come: a worker that may finish would take its time."""
    room = open_mail_room(ses=("--latency", "90-100"))
    room.start_beat()
    room.start_worker()
    send_one_by_one(20)
    wait_until(lambda: room.ses.counters.posts, "a worker waits for SES")
    Path(os.environ["SEACUCUMBER_TEST_READY_FILE"]).touch()
    time.sleep(300)
