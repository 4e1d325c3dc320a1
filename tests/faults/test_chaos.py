"""Everything at once: SES refuses, drops and hangs while workers are killed."""

from __future__ import annotations

import time

import pytest

from seacucumber.enums import AttemptOutcome
from seacucumber.models import Attempt
from seacucumber.testing import Fault, errors
from tests.checker import AMBIGUOUS, RESTING, violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.test_death import SHORT
from tests.office import MailRoom

MESSAGES = 1000
KILLS = 3


def add_faults(room: MailRoom) -> None:
    for fault in (
        Fault.answer(errors.rate_exceeded(), probability=0.05),
        Fault.answer(errors.unavailable(), probability=0.03),
        Fault.reset(after_accepting=True, probability=0.02),
        Fault.reset_before_reading(probability=0.01),
    ):
        room.ses.faults.add(fault)


@pytest.mark.home("postgres", only=True)
def test_nothing_is_lost_and_every_copy_was_in_doubt(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(
        rate=400,
        ses=("--latency", "0.02-0.1", "--seed", "7"),
        worker_settings={
            **SHORT,
            "CUCUMBER_RATE_LIMIT": 400,
            "CUCUMBER_RETRY_DELAY": 0.5,
        },
    )
    add_faults(room)
    workers = [room.start_worker(processes=2), room.start_worker(processes=2)]
    room.start_beat()
    send_one_by_one(MESSAGES)
    for round_ in range(KILLS):
        time.sleep(2)
        workers.pop(0).kill()
        if round_ == 1:
            # Emptied, too: no wake-up survives it.
            room.broker.stop()
            room.broker.start()
        workers.append(room.start_worker(processes=2))
    room.settle()

    in_doubt = Attempt.objects.filter(outcome__in=AMBIGUOUS).count()
    found = room.evidence(copies_allowed=in_doubt)
    # Faults were injected; throttles among them are none of the pace's.
    found.rate_rejections = 0
    assert violations(found) == []
    assert {message.state for message in found.messages} <= RESTING
    assert Attempt.objects.filter(outcome=AttemptOutcome.THROTTLED).exists()
    assert Attempt.objects.filter(outcome=AttemptOutcome.UNKNOWN).exists()
    figures(messages=MESSAGES, kills=KILLS, in_doubt=in_doubt, lost=0)
