"""Events that get lost, come twice, late, out of order, or before the answer."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from seacucumber.testing import Clock, Fault, LocalSES
from tests.testing.listeners import SIMULATOR, events, kinds
from tests.testing.mail import call, client


@pytest.fixture
def queue(ses: LocalSES) -> str:
    return ses.send_events_to_queue(configuration_set="news")


def send(v2: Any, *to: str) -> str:
    arguments = call(to=to or ["ann@example.net"], ConfigurationSetName="news")
    return str(v2.send_email(**arguments)["MessageId"])


def test_lost_event_is_heard_by_nobody_and_known_to_the_judge(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    ses.faults.add(Fault.event_lost("Send", times=1))

    lost_of = send(v2)
    send(v2)
    ses.wait_for_events()

    assert kinds(events(sqs, queue)) == ["Delivery", "Send", "Delivery"]
    lost = [row for row in ses.emitted if row.copies == 0]
    assert [(row.kind, row.ses_message_id) for row in lost] == [("Send", lost_of)]


def test_event_comes_twice_with_the_same_feedback_id(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    ses.faults.add(Fault.event_twice("Bounce"))

    send(v2, f"bounce@{SIMULATOR}")
    ses.wait_for_events()

    sent, *bounces = events(sqs, queue)
    assert kinds([sent, *bounces]) == ["Send", "Bounce", "Bounce"]
    assert len({row["bounce"]["feedbackId"] for row in bounces}) == 1


def test_late_event_is_overtaken(ses: LocalSES, v2: Any, sqs: Any, queue: str) -> None:
    ses.faults.add(Fault.event_late(0.1, "Send"))

    send(v2)
    ses.wait_for_events()

    delivery, sent = events(sqs, queue)
    assert kinds([delivery, sent]) == ["Delivery", "Send"]
    assert sent["mail"]["timestamp"] <= delivery["delivery"]["timestamp"]


def test_late_event_comes_when_the_clock_is_set_forward(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    ses.faults.add(Fault.event_late(3600.0, "Delivery"))

    send(v2)
    with pytest.raises(TimeoutError, match="1 events or posts are left"):
        ses.wait_for_events(0.05)
    assert kinds(events(sqs, queue)) == ["Send"]

    ses.advance(3600)
    ses.wait_for_events()
    assert kinds(events(sqs, queue)) == ["Delivery"]


def test_random_delays_put_events_out_of_order(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    ses.configure(event_delay_s=(0.0, 0.2))

    for _ in range(20):
        send(v2)
    ses.wait_for_events()

    found = events(sqs, queue)
    assert len(found) == 40
    assert kinds(found) != ["Send", "Delivery"] * 20


def test_events_come_before_the_answer(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    ses.faults.add(Fault.latency(30.0, after_accepting=True))
    sending = threading.Thread(target=_send_in_vain, args=(v2,))

    sending.start()
    ses.wait_for(1)
    ses.wait_for_events()

    assert sending.is_alive()
    assert kinds(events(sqs, queue)) == ["Send", "Delivery"]
    ses.stop()
    sending.join()


def _send_in_vain(v2: Any) -> None:
    # The server may end before it answers, or answer at its end.
    with suppress(BotoCoreError):
        send(v2)


def test_fault_of_an_event_concerns_no_call_and_the_other_way_round(
    ses: LocalSES, v2: Any, sqs: Any, queue: str
) -> None:
    ses.faults.add(Fault.event_lost("*", tag="campaign"))
    ses.faults.add(Fault.latency(0.0, operation="*"))

    v2.send_email(**call(tags={"campaign": "1"}, ConfigurationSetName="news"))
    send(v2)
    ses.wait_for_events()

    assert kinds(events(sqs, queue)) == ["Send", "Delivery"]


def test_fault_without_an_event_cannot_be_one_of_events() -> None:
    with pytest.raises(ValueError, match="LOST, TWICE and LATE"):
        Fault.event_lost("")


def test_reset_forgets_what_was_on_its_way() -> None:
    with LocalSES(verified=["example.com"], clock=Clock()) as ses:
        ses.send_events_to_queue(configuration_set="news")
        ses.faults.add(Fault.event_late(3600.0))
        v2 = client(ses.url)
        send(v2)
        v2.close()

        ses.reset()

        ses.wait_for_events(0.1)
        assert ses.emitted == []
        assert ses.configuration_sets == {}
