"""Pools that shrink and renew their processes, and a worker that quits at once."""

from __future__ import annotations

import os
import signal

import pytest

from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.models import Attempt, Message
from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.test_death import SHORT
from tests.office import MailRoom, wait_until

MESSAGES = 300
SETTINGS = {**SHORT, "CUCUMBER_RATE_LIMIT": 100}
SLOW = ("--latency", "0.1-0.3")


def open_room(open_mail_room: OpenMailRoom) -> MailRoom:
    room = open_mail_room(rate=100, ses=SLOW, worker_settings=SETTINGS)
    send_one_by_one(MESSAGES)
    return room


def under_way() -> int:
    return Attempt.objects.filter(outcome=AttemptOutcome.OPEN).count()


def judge(room: MailRoom, figures: Figures, *, copies_allowed: int = 0) -> None:
    """Expect that all was sent, and that only what was in doubt left twice."""
    found = room.evidence(copies_allowed=copies_allowed)
    sent = Message.objects.filter(state=MessageState.SENT).count()
    twice = sum(len(found.accepted(row)) > 1 for row in found.messages)
    lost = MESSAGES - len({row.subject for row in room.ses.inbox})
    figures(messages=MESSAGES, lost=lost, twice=twice, in_doubt=copies_allowed)
    assert violations(found) == []
    assert (sent, lost) == (MESSAGES, 0)


@pytest.mark.home("postgres", broker="redis", only=True)
@pytest.mark.parametrize(
    "options",
    [
        ("--autoscale", "4,1"),
        ("--max-tasks-per-child", "1"),
    ],
    ids=["autoscale", "max-tasks"],
)
def test_a_pool_that_renews_its_processes_sends_everything_once(
    open_mail_room: OpenMailRoom, figures: Figures, options: tuple[str, ...]
) -> None:
    room = open_room(open_mail_room)
    room.start_worker(options=options)

    room.settle()

    judge(room, figures)


@pytest.mark.home("mariadb", broker="redis", only=True)
def test_a_worker_that_quits_at_once_repeats_only_what_was_in_doubt(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_room(open_mail_room)
    worker = room.start_worker()
    room.sweep()
    wait_until(lambda: len(room.ses.inbox) > 50, "mail flows")

    os.killpg(worker.process.pid, signal.SIGQUIT)
    worker.process.wait(60)
    in_doubt = under_way()
    room.start_worker()
    room.settle()

    judge(room, figures, copies_allowed=in_doubt)
