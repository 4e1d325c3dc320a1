"""``manage.py ses_events`` as an operator uses it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from seacucumber.models import Event
from seacucumber.ses_events import Consumed, Consumer
from seacucumber.testing import LocalSES
from tests import child_processes
from tests.queue import drain, put
from tests.services import child_environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def queue(ses: LocalSES, settings: Any) -> str:
    url = ses.send_events_to_queue(configuration_set="news")
    settings.CUCUMBER_CONFIGURATION_SET = "news"
    settings.CUCUMBER_EVENT_QUEUES = [url]
    return url


def ses_events(*arguments: str) -> str:
    out = StringIO()
    call_command("ses_events", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_once_takes_what_is_there_and_says_what_it_was(
    ses: LocalSES, queue: str
) -> None:
    put()
    drain()
    ses.wait_for_events()

    assert ses_events("--once") == (
        "ses-events: 2 received, 2 new (0 of others' mail), 0 known, 0 left as"
        " unreadable.\n"
    )
    assert Event.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(60)
def test_a_failure_that_nobody_knows_ends_it_with_a_status(
    queue: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever supervises the process sees that, and not a queue that stands still."""
    settings.CUCUMBER_EVENT_QUEUES = [queue, f"{queue}-empty"]

    def step(self: Consumer, **kwargs: Any) -> Consumed:
        if self.queue.url == queue:
            raise ZeroDivisionError("nobody expects this")
        time.sleep(0.05)
        return Consumed()

    monkeypatch.setattr("seacucumber.ses_events.Consumer.step", step)

    with pytest.raises(CommandError, match="ses-events: nobody expects this"):
        ses_events()


@pytest.mark.django_db
def test_a_profile_that_is_not_there_is_named(queue: str, settings: Any) -> None:
    settings.CUCUMBER_SES_PROFILE = "nobody"

    with pytest.raises(CommandError, match="nobody"):
        ses_events("--once")


@pytest.mark.django_db
def test_json_has_the_same_by_queue(ses: LocalSES, queue: str) -> None:
    put()
    drain()
    ses.wait_for_events()

    assert json.loads(ses_events("--once", "--json")) == {
        queue: {"received": 2, "new": 2, "foreign": 0, "known": 0, "unreadable": 0}
    }


@pytest.mark.django_db
def test_without_queues_it_says_what_is_missing(ses: LocalSES) -> None:
    with pytest.raises(CommandError, match="CUCUMBER_EVENT_QUEUES"):
        ses_events("--once")


@pytest.mark.django_db
def test_a_queue_that_cannot_be_read_fails_the_command(
    ses: LocalSES, queue: str, settings: Any
) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [queue.replace("ses-events", "gone")]

    with pytest.raises(CommandError, match=r"gone: sqs:ReceiveMessage"):
        ses_events("--once")


@pytest.mark.django_db
def test_status_tells_whether_events_arrive(ses: LocalSES, queue: str) -> None:
    assert ses_events("--status") == "No event of our own mail has ever come in.\n"

    put()
    drain()
    ses.wait_for_events()
    ses_events("--once")

    assert ": working since 20" in ses_events("--status")
    [(name, row)] = json.loads(ses_events("--status", "--json")).items()
    assert name.endswith(" news")
    assert row["flow"] == "working"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_stop(
    ses: LocalSES, queue: str, settings: Any, stop: signal.Signals
) -> None:
    """It sits in a long poll when the signal comes, and goes at once."""
    more = {
        "CUCUMBER_ENDPOINT_URL": ses.url,
        "CUCUMBER_SES_ACCESS_KEY_ID": settings.CUCUMBER_SES_ACCESS_KEY_ID,
        "CUCUMBER_SES_SECRET_ACCESS_KEY": settings.CUCUMBER_SES_SECRET_ACCESS_KEY,
        "CUCUMBER_EVENT_QUEUES": [queue],
    }
    process = child_processes.start(
        [sys.executable, "-m", "django", "ses_events", "--json"],
        cwd=ROOT,
        env=child_environment(
            str(connection.settings_dict["NAME"]),
            SEACUCUMBER_TEST_SETTINGS=json.dumps(more),
        ),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        put()
        drain()
        give_up_s = time.monotonic() + 30
        while Event.objects.count() < 2 and time.monotonic() < give_up_s:
            time.sleep(0.1)
        process.send_signal(stop)
        out, _ = process.communicate(timeout=15)
    finally:
        process.kill()

    assert process.returncode == 0
    assert json.loads(out)[queue]["new"] == 2
