"""Mail to the mailbox simulator, in figures that SES has counted.

AWS leaves it out of an account's reputation ("Using the mailbox simulator manually",
SES developer guide).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from seacucumber import usage
from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.enums import GuardLevel, Lane, MessageState
from seacucumber.figures.ranges import SPANS
from seacucumber.figures.traffic import Counts, read_traffic
from seacucumber.guard import judge
from seacucumber.models import Message
from seacucumber.testing import LocalSES
from tests.admin import seed
from tests.guard.figures import told
from tests.office import use_backend
from tests.queue import drain, now_us

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wakeups")]

DOMAIN = "simulator.amazonses.com"


@pytest.fixture(autouse=True)
def _backend(settings: Any) -> None:
    use_backend(settings)


def send(*to: str) -> None:
    """Have SES accept a mail, in the quarter that its newest point is of."""
    mail.EmailMessage("Hi", "", to=list(to)).send()
    drain()


def sent_when_ses_counted(ses: LocalSES) -> None:
    """Each is sent in the quarter that SES counts it in."""
    for entry in ses.inbox:
        Message.objects.filter(uid=entry.tags["cucumber_message"]).update(
            state_at_us=int(entry.epoch_s * clock.US_PER_S)
        )


def counted(*, simulator: bool = False) -> Counts:
    now = seed.now() + timedelta(seconds=1)
    return read_traffic(seed.key(), SPANS["24h"], now, simulator=simulator).last_day


def test_what_the_queue_has_sent_to_the_simulator_is_in_no_rate(ses: LocalSES) -> None:
    send("ann@example.org", f"success@{DOMAIN}", f"bounce+news.1@{DOMAIN}")
    send(f"complaint@{DOMAIN}", f"suppressionlist@{DOMAIN}", f"ooto@{DOMAIN}")
    assert [len(entry.recipients) for entry in ses.inbox] == [3, 3]
    usage.refresh()
    sent_when_ses_counted(ses)

    assert counted() == Counts(attempts=1)
    assert counted(simulator=True) == Counts(attempts=6, bounces=2, complaints=1)


def test_real_mail_of_another_quarter_loses_nothing() -> None:
    """Nor goes any below zero, should SES not count the simulator itself."""
    told(1000, bounces=60, age_s=7200)
    told(10, age_s=3600)
    seed.seed_refreshes(age=timedelta())
    us = clock.after_us(now_us(), -3600.0)
    mail.EmailMessage("Hi", "", to=[f"bounce@{DOMAIN}", f"success@{DOMAIN}"]).send()
    Message.objects.update(state=MessageState.SENT, state_at_us=us)

    assert counted() == Counts(attempts=1008, bounces=60)


def test_mail_that_has_not_left_is_not_taken_out() -> None:
    told(200, bounces=10)
    seed.seed_refreshes(age=timedelta())
    mail.EmailMessage("Hi", "", to=[f"bounce@{DOMAIN}"]).send()
    Message.objects.update(state_at_us=clock.after_us(now_us(), -3600.0))

    assert counted() == Counts(attempts=200, bounces=10)


@pytest.mark.parametrize(
    ("simulator", "level"), [(False, GuardLevel.WELL), (True, GuardLevel.BULK_STOPPED)]
)
def test_the_guard_sees_the_same(
    settings: Any, *, simulator: bool, level: GuardLevel
) -> None:
    settings.CUCUMBER_GUARD_VOLUME = 100
    settings.CUCUMBER_GUARD_SIMULATOR = simulator
    told(200, bounces=25)
    us = clock.after_us(now_us(), -3600.0)
    for number in range(25):
        mail.EmailMessage("Hi", "", to=[f"bounce+{number}@{DOMAIN}"]).send()
    Message.objects.update(state=MessageState.SENT, state_at_us=us, lane=Lane.BULK)

    found = judge(get_mailer(), now_us(), counts_from=None, bulk_stopped_us=0)

    assert found.level is level
