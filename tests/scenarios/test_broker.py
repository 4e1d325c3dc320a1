"""The broker may go away: mail is queued, and goes out when it is back."""

from __future__ import annotations

import time

from django.core import mail

from tests.checker import violations
from tests.scenarios.conftest import OpenMailRoom


def test_mail_sent_without_a_broker_is_delivered_when_it_is_back(
    open_mail_room: OpenMailRoom,
) -> None:
    room = open_mail_room(worker_settings={"CUCUMBER_RATE_LIMIT": 50})
    room.start_worker()
    room.start_beat()
    room.broker.stop()

    longest_s = 0.0
    for number in range(100):
        start_s = time.monotonic()
        mail.send_mail(
            f"Message {number}", "", "post@example.com", [f"r{number}@example.org"]
        )
        longest_s = max(longest_s, time.monotonic() - start_s)
    assert longest_s < 1.0  # The promise of the README.

    room.broker.start()
    room.settle(within_s=90, sweeping=False)
    assert len(room.ses.inbox) == 100
    assert violations(room.evidence()) == []
