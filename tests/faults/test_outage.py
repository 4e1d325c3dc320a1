"""SES does not answer, for as long as it likes.

With real workers for three quarters of a minute, and for hours that a moved clock makes
short: there the queue, the deliverer and SES are real, in this process.
"""

from __future__ import annotations

import time
from collections import Counter

import pytest

from seacucumber.enums import HoldCause, MessageState, Uncertain
from seacucumber.models import Hold, Message
from seacucumber.testing import Fault, LocalSES, errors
from tests.checker import evidence, violations
from tests.days import HOUR_S, MINUTE_S, OUTAGES, Days, states, tried_in_doubt
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.extent import at_length, only_in_full
from tests.faults.test_death import SHORT
from tests.office import wait_until
from tests.queue import put, put_many, state

LONG = only_in_full(*OUTAGES) or ("500 of SES, sends only",)
GATEWAY = "502 of a gateway, sends only"
QUEUED = MessageState.QUEUED
SENT = MessageState.SENT


def copies(ses: LocalSES) -> int:
    by_message = Counter(entry.tags["cucumber_message"] for entry in ses.inbox)
    return sum(number - 1 for number in by_message.values())


def lost_and_held() -> dict[str, int]:
    found = states()
    return {"lost": found["FAILED"], "held": found["HELD"]}


def assert_well(ses: LocalSES) -> None:
    found = evidence(ses.inbox, copies_allowed=tried_in_doubt())
    assert violations(found) == []
    assert not Hold.objects.exists()


@pytest.mark.home("mariadb", broker="redis")
def test_an_outage_under_load_gives_up_nothing(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(rate=50, worker_settings={**SHORT, "CUCUMBER_RATE_LIMIT": 50})
    send_one_by_one(100)
    for _ in range(2):
        room.start_worker(processes=2)
    room.start_beat()
    wait_until(lambda: len(room.ses.inbox) == 100, "all is well")
    for fault in (
        Fault.answer(errors.internal_failure()),
        Fault.answer(errors.bad_gateway(), operation="*"),
        Fault.reset(),
    ):
        room.ses.faults.add(fault)
        send_one_by_one(60)
        time.sleep(15)
        room.ses.faults.clear()
    room.settle()

    found = room.evidence(copies_allowed=tried_in_doubt())
    assert violations(found) == []
    assert states() == {"SENT": 280}
    assert not Hold.objects.exists()
    figures(messages=280, seconds=45, in_doubt=tried_in_doubt(), **lost_and_held())


@pytest.mark.home(only=True)
@pytest.mark.parametrize("kind", LONG)
@pytest.mark.django_db
def test_an_outage_of_hours_gives_up_nothing(
    ses: LocalSES, days: Days, figures: Figures, kind: str
) -> None:
    hours = at_length(2, 6)
    put_many(40)
    with days.outage(kind):
        days.wait(hours / 2 * HOUR_S)
        later = put_many(40)
        days.wait(hours / 2 * HOUR_S)
        [hold] = Hold.objects.all()
        assert hold.cause == HoldCause.SES_SILENT
        assert sum(state(message) != QUEUED for message in later) <= 3
        asked = hold.probes

    uncertain = Message.objects.filter(state=MessageState.UNCERTAIN)
    in_doubt = set(uncertain.values_list("pk", flat=True))
    days.wait(2 * MINUTE_S)
    waiting = set(Message.objects.exclude(state=SENT).values_list("pk", flat=True))
    assert waiting <= in_doubt
    days.wait(20)

    assert states() == {"SENT": 140}
    assert_well(ses)
    figures(
        kind=kind,
        messages=140,
        hours=hours,
        asked=asked,
        tried_in_doubt=tried_in_doubt(),
        twice=copies(ses),
        **lost_and_held(),
    )


@pytest.mark.home(only=True)
@pytest.mark.django_db
def test_six_hours_in_which_what_must_not_go_out_twice_does_not(
    ses: LocalSES, days: Days, figures: Figures
) -> None:
    with days.outage(GATEWAY):
        put_many(6, uncertain=Uncertain.HOLD)
        days.wait(30)
        put_many(40, uncertain=Uncertain.HOLD)
        days.wait(6 * HOUR_S)
        risked = tried_in_doubt()
        assert risked <= 20
    days.wait(HOUR_S)

    assert states() == {"SENT": 106 - risked, "HELD": risked}
    assert_well(ses)
    figures(messages=106, hours=6, in_doubt=risked, twice=copies(ses), lost=0)


@pytest.mark.home(only=True)
@pytest.mark.django_db
def test_an_outage_that_comes_and_goes_gives_up_nothing(
    ses: LocalSES, days: Days, figures: Figures
) -> None:
    days.also.append(lambda: put_many(3))
    for _ in range(15):
        with days.outage(GATEWAY):
            days.wait(20)
        days.wait(10)
    days.also.clear()
    days.wait(5 * MINUTE_S)

    assert set(states()) == {"SENT"}
    assert_well(ses)
    figures(messages=states().total(), in_doubt=tried_in_doubt(), **lost_and_held())


@pytest.mark.home(only=True)
@pytest.mark.django_db
def test_where_a_third_fails_no_account_and_no_message_is_held(
    ses: LocalSES, days: Days, figures: Figures
) -> None:
    placed: list[str] = []
    ses.faults.add(Fault.answer(errors.bad_gateway(), probability=0.3))
    days.also.append(lambda: put_many(5))
    days.also.append(
        lambda: placed.extend(Hold.objects.values_list("cause", flat=True))
    )
    days.wait(at_length(10, 20) * MINUTE_S)
    days.also.clear()
    ses.faults.clear()
    days.wait(5 * MINUTE_S)

    assert set(states()) == {"SENT"}
    assert placed == []
    assert_well(ses)
    figures(messages=states().total(), in_doubt=tried_in_doubt(), **lost_and_held())


@pytest.mark.home(only=True)
@pytest.mark.django_db
def test_one_message_alone_is_tried_for_as_long_as_it_takes(
    ses: LocalSES, days: Days, figures: Figures
) -> None:
    hours = at_length(0.5, 2)
    lonely = put()
    with days.outage("500 of SES, sends only"):
        days.wait(hours * HOUR_S)
        assert state(lonely) == QUEUED
    days.wait(2 * MINUTE_S)

    assert state(lonely) == SENT
    figures(hours=hours, **lost_and_held())
