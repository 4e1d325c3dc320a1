"""Signals that end processes: nothing in doubt, and nothing frightening in the log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.models import Attempt, Message
from tests import child_processes
from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.office import wait_until

SLOW = ("--latency", "0.5-0.8")
SETTINGS = {"CUCUMBER_RATE_LIMIT": 60, "CUCUMBER_LEASE": 70}


@pytest.mark.home("postgres")
def test_sigterm_to_the_whole_process_group_leaves_nothing_in_doubt(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=60, ses=SLOW, worker_settings=SETTINGS)
    send_one_by_one(100)
    worker = room.start_worker(processes=3)
    room.sweep()
    wait_until(lambda: len(room.ses.inbox) > 40, "mail flows")

    os.killpg(worker.process.pid, signal.SIGTERM)
    worker.stop()

    assert worker.process.returncode == 0
    assert not Attempt.objects.filter(outcome=AttemptOutcome.OPEN).exists()
    assert not Message.objects.filter(state=MessageState.SENDING).exists()
    assert "Traceback" not in room.logs()
    room.start_worker(processes=2)
    room.settle()
    assert violations(room.evidence()) == []
    assert len(room.ses.inbox) == 100
    figures(messages=100, in_doubt=0)


@pytest.mark.home("sqlite", only=True)
def test_the_limits_that_a_project_has_for_its_own_tasks_cut_no_call(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(
        rate=60,
        ses=("--latency", "2.5-3"),
        worker_settings={
            **SETTINGS,
            "CELERY_TASK_TIME_LIMIT": 2,
            "CELERY_TASK_SOFT_TIME_LIMIT": 1,
        },
    )
    send_one_by_one(20)
    room.start_worker(processes=2)

    room.settle()

    assert len(room.ses.inbox) == 20
    outcomes = Attempt.objects.values_list("outcome", flat=True)
    assert set(outcomes) <= {AttemptOutcome.ACCEPTED, AttemptOutcome.LATE}
    assert "time limit" not in room.logs()
    figures(messages=20, cut=0)


@pytest.mark.home("mariadb")
def test_a_drain_that_is_asked_to_stop_settles_what_it_has_begun(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=60, ses=SLOW, worker_settings=SETTINGS)
    send_one_by_one(150)
    drain = child_processes.start(
        [sys.executable, "manage.py", "ses_queue", "drain"],
        env=room.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: len(room.ses.inbox) > 20, "mail flows")

    drain.send_signal(signal.SIGTERM)
    out, errors = drain.communicate(timeout=60)

    sent = Message.objects.filter(state=MessageState.SENT).count()
    assert f"{sent} sent, 0 failed." in out
    assert drain.returncode == 0
    assert "Traceback" not in errors
    left = Message.objects.exclude(state=MessageState.SENT)
    assert {message.state for message in left} == {MessageState.QUEUED}
    assert len(room.ses.inbox) == sent < 150
    figures(messages=150, sent=sent, in_doubt=0)
