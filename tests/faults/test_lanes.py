"""A password reset does not wait behind a newsletter."""

from __future__ import annotations

import statistics
import time

import pytest
from django.core import mail

from tests.checker import violations
from tests.faults.conftest import Figures, OpenMailRoom
from tests.office import default_connection, wait_until

RATE = 100.0
RESETS = 20


@pytest.mark.home("mariadb", broker="redis")
def test_a_password_reset_overtakes_a_newsletter(
    open_mail_room: OpenMailRoom, figures: Figures
) -> None:
    room = open_mail_room(
        rate=RATE,
        ses=("--latency", "0.05-0.15"),
        worker_settings={"CUCUMBER_RATE_LIMIT": RATE},
    )
    room.start_worker(processes=2)
    news = [
        mail.EmailMessage(
            "News",
            "Good ones.",
            "news@example.com",
            [f"reader{number}@example.org"],
            headers={"X-Cucumber-Lane": "bulk"},
        )
        for number in range(1500)
    ]
    default_connection().send_messages(news)
    wait_until(lambda: len(room.ses.inbox) > 100, "the newsletter is on its way")

    sent_after: dict[str, int] = {}
    for number in range(RESETS):
        subject = f"Password reset {number}"
        mail.send_mail(subject, "A link.", "post@example.com", ["ann@example.org"])
        sent_after[subject] = len(room.ses.inbox)
        time.sleep(0.2)
    room.settle()

    places = {entry.subject: place for place, entry in enumerate(room.ses.inbox)}
    overtaken_by = {s: places[s] - after for s, after in sent_after.items()}
    # A second's worth of the account's rate, of the fifteen seconds that wait; on a
    # busy machine a worker may stand still for a moment after it has read the queue.
    assert statistics.median(overtaken_by.values()) < RATE, overtaken_by
    assert max(overtaken_by.values()) < 3 * RATE, overtaken_by
    assert violations(room.evidence()) == []
    figures(newsletters=1500, resets=RESETS, overtaken_by=max(overtaken_by.values()))
