"""From ``send()`` to SES through a broker and a worker process.

What happens to mail when any of them dies is in `tests.faults`.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from seacucumber.enums import MessageState
from seacucumber.models import Message
from tests.checker import violations
from tests.office import MailRoom

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
