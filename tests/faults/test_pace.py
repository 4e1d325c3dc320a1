"""The account's rate, used in full by many processes, and never exceeded."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import pytest
from django.core.management import call_command

from seacucumber.models import Pace
from seacucumber.testing import Accepted
from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.office import MailRoom

RATE = 50.0
MESSAGES = 1000
STRETCHES = 10


def rate_used(inbox: Sequence[Accepted]) -> float:
    """Return which part of the rate was used, as the median of ten stretches.

    A stretch in which the machine had other things to do does not count for the rest.
    """
    size = len(inbox) // STRETCHES
    starts = range(0, size * STRETCHES, size)
    return statistics.median(_rate_per_s(inbox[at : at + size]) for at in starts) / RATE


def _rate_per_s(stretch: Sequence[Accepted]) -> float:
    recipients = sum(len(entry.recipients) for entry in stretch[1:])
    return recipients / (stretch[-1].at_s - stretch[0].at_s)


def deliver_all(room: MailRoom) -> Sequence[Accepted]:
    room.settle()
    assert violations(room.evidence()) == []
    return room.ses.inbox


@pytest.mark.home("postgres")
@pytest.mark.alone
def test_two_workers_use_the_configured_rate_without_one_rejection(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=RATE, worker_settings={"CUCUMBER_RATE_LIMIT": RATE})
    room.start_worker(processes=4)
    room.start_worker(processes=4)

    send_one_by_one(MESSAGES)
    inbox = deliver_all(room)

    assert len(inbox) == MESSAGES
    assert rate_used(inbox) >= 0.97
    figures(messages=MESSAGES, rejections=0, rate_used=f"{rate_used(inbox):.1%}")


@pytest.mark.alone
def test_recipients_count_and_the_rate_is_the_account_s_own(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=RATE)
    call_command("ses_usage")
    assert Pace.objects.get().max_send_rate == RATE
    room.start_worker(processes=4)
    room.start_worker(processes=4)

    def to(number: int) -> list[str]:
        many = 20 if number == MESSAGES // 2 else 1
        return [f"reader{number}.{index}@example.org" for index in range(many)]

    send_one_by_one(MESSAGES, to=to)
    inbox = deliver_all(room)

    assert sum(len(entry.recipients) for entry in inbox) == MESSAGES + 19
    assert rate_used(inbox) >= 0.97
    figures(messages=MESSAGES, rejections=0, rate_used=f"{rate_used(inbox):.1%}")
