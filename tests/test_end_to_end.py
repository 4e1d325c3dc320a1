"""From ``send()`` to SES through a broker and a worker process.

What happens to mail when any of them dies is in `tests.faults`.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from seacucumber import suppression
from seacucumber.enums import MessageState
from seacucumber.models import Hold, Message
from tests.checker import violations
from tests.office import MailRoom, wait_until

MESSAGES = 20


@pytest.mark.django_db(transaction=True)
def test_each_mail_arrives_once(settings: Any) -> None:
    limit = {"CUCUMBER_RATE_LIMIT": 100}
    with MailRoom(settings, rate=100, worker_settings=limit) as room:
        room.start_worker(processes=1)

        for number in range(MESSAGES):
            mail.send_mail(
                f"Message {number}", "Hi", "post@example.com", ["ann@example.org"]
            )
        room.settle()

        assert violations(room.evidence()) == []
        assert {row.subject for row in room.ses.inbox} == {
            f"Message {number}" for number in range(MESSAGES)
        }
        assert set(Message.objects.values_list("state", flat=True)) == {
            MessageState.SENT
        }


@pytest.mark.django_db(transaction=True)
def test_the_logs_of_a_run_name_no_recipient_and_no_subject(settings: Any) -> None:
    """Sent, refused and suppressed. Each mail room asks it as well, at its end."""
    with MailRoom(settings) as room:
        suppression.add("bo@example.org")
        room.start_worker(processes=1)
        for sender, to in (
            ("post@example.com", "ann@example.org"),
            ("post@unverified.example", "cy@example.org"),
            ("post@example.com", "bo@example.org"),
        ):
            mail.send_mail(f"News for {to}", "Hi", sender, [to])
        wait_until(lambda: Hold.objects.exists(), "the sender is held")
        wait_until(lambda: len(room.ses.inbox) == 1, "one mail has left")

        assert "seacucumber" in room.logs()
        assert room.named_in_logs() == set()

        with (room.folder / "worker0.log").open("a") as log:
            log.write("cy@example.org: News for ann@example.org")
        assert room.named_in_logs() == {
            *("ann@example.org", "cy@example.org", "News for ann@example.org"),
        }
        (room.folder / "worker0.log").unlink()
