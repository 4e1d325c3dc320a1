"""One message kills every worker that takes it: it fails, and it alone."""

from __future__ import annotations

import pytest
from django.core import mail

from seacucumber.enums import MessageState
from seacucumber.models import Attempt, Message
from tests.checker import AMBIGUOUS
from tests.faults.conftest import Figures, OpenMailRoom, send_one_by_one
from tests.faults.deadly import DEADLY, DIES_IN
from tests.faults.extent import only_in_full

MESSAGES = 1000
SETTINGS = {
    "CUCUMBER_RATE_LIMIT": 400,
    "CUCUMBER_CONNECT_TIMEOUT": 0.5,
    "CUCUMBER_READ_TIMEOUT": 1,
    "CUCUMBER_LEASE": 14,
    "CUCUMBER_UNCERTAIN_WAIT": 1,
}


@pytest.mark.home("postgres", pool="prefork", only=True)
@pytest.mark.parametrize("dies_in", ["sending", *only_in_full("claimed")])
def test_one_deadly_message_among_a_thousand(
    open_mail_room: OpenMailRoom,
    figures: Figures,
    monkeypatch: pytest.MonkeyPatch,
    dies_in: str,
) -> None:
    monkeypatch.setenv(DIES_IN, dies_in)
    # Here the sweeps are this process's own.
    monkeypatch.setattr("seacucumber.delivery.upkeep.recovery.SUSPECT_WAIT_S", 1.0)
    room = open_mail_room(rate=400, worker_settings=SETTINGS)
    send_one_by_one(MESSAGES // 2)
    mail.EmailMessage(
        "Deadly", DEADLY.decode(), "post@example.com", ["reader@example.org"]
    ).send()
    send_one_by_one(MESSAGES // 2 - 1)
    room.start_worker(processes=2)

    room.settle()

    failed = Message.objects.get(state=MessageState.FAILED)
    sent = Message.objects.filter(state=MessageState.SENT).count()
    copies = len(room.ses.inbox) - sent
    doubts = Attempt.objects.filter(outcome__in=AMBIGUOUS).count()
    figures(messages=MESSAGES, sent=sent, failed=1, reason=failed.reason, copies=copies)
    assert (failed.subject, failed.reason) == ("Deadly", "poison")
    assert sent == MESSAGES - 1
    assert "no other message in hand" in failed.last_error
    # What was under way when a worker died.
    assert copies <= doubts
