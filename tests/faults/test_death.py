"""Workers die in the middle of work, or are asked to stop."""

from __future__ import annotations

import pytest

from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.models import Attempt, Message
from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.extent import at_length
from tests.office import wait_until

MESSAGES = at_length(600, 1000)
#: Short times, so that what a dead worker held comes back while the test waits.
SHORT = {
    "CUCUMBER_RATE_LIMIT": 200,
    "CUCUMBER_CONNECT_TIMEOUT": 1,
    "CUCUMBER_READ_TIMEOUT": 1,
    "CUCUMBER_LEASE": 14,
    "CUCUMBER_UNCERTAIN_WAIT": 1,
}


def test_a_killed_worker_loses_nothing_and_repeats_only_what_was_under_way(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=200, ses=("--latency", "0.1-0.3"), worker_settings=SHORT)
    send_one_by_one(MESSAGES)
    doomed = room.start_worker(processes=4)
    room.sweep()
    wait_until(lambda: len(room.ses.inbox) > MESSAGES // 3, "a third is sent")

    pids = doomed.pool_pids()
    doomed.kill()
    open_ones = Attempt.objects.filter(outcome=AttemptOutcome.OPEN)
    under_way = set(open_ones.values_list("message__uid", flat=True))
    assert under_way
    assert {int(worker.rpartition(":")[2]) for worker in _workers(open_ones)} <= pids
    room.start_worker(processes=4)
    room.settle()

    found = room.evidence(copies_allowed=len(under_way))
    assert violations(found) == []
    assert Message.objects.filter(state=MessageState.SENT).count() == MESSAGES
    repeated = {m.uid for m in found.messages if len(found.accepted(m)) > 1}
    assert repeated <= under_way
    figures(messages=MESSAGES, in_doubt=len(under_way), lost=0)


@pytest.mark.home("mariadb")
def test_a_worker_that_is_asked_to_stop_leaves_nothing_in_doubt(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(
        rate=60,
        ses=("--latency", "0.1-0.3"),
        worker_settings={**SHORT, "CUCUMBER_RATE_LIMIT": 60},
    )
    send_one_by_one(700)
    for _ in range(2):
        worker = room.start_worker(processes=2)
        room.sweep()
        enough = len(room.ses.inbox) + 20
        wait_until(lambda: len(room.ses.inbox) > enough, "mail flows")  # noqa: B023
        worker.stop()
        assert worker.process.returncode == 0
        assert not Attempt.objects.filter(outcome=AttemptOutcome.OPEN).exists()
    room.start_worker(processes=2)
    room.settle()

    assert len(room.ses.inbox) == 700
    assert violations(room.evidence()) == []
    # On a busy machine some are late for their slots, and leave in later ones.
    assert set(Attempt.objects.values_list("outcome", flat=True)) <= {
        AttemptOutcome.ACCEPTED,
        AttemptOutcome.LATE,
    }
    figures(messages=700, stops=2, in_doubt=0)


def _workers(attempts: object) -> set[str]:
    return set(attempts.values_list("worker", flat=True))  # type: ignore[attr-defined]
