"""A local SES whose events come into a queue that is ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from seacucumber import signals
from seacucumber.testing import LocalSES
from tests.ses_events.notifications import Listener

NAMES = (
    *("event_received", "accepted", "delivered", "delayed", "bounced", "complained"),
    *("rejected", "opened", "clicked", "subscription_changed", "message_sent"),
)


@pytest.fixture
def queue(ses: LocalSES, settings: Any) -> str:
    """The URL of the queue that events of the configuration set ``news`` come into."""
    url = ses.send_events_to_queue(configuration_set="news")
    settings.CUCUMBER_CONFIGURATION_SET = "news"
    settings.CUCUMBER_EVENT_QUEUES = [url]
    return url


@pytest.fixture
def heard() -> Iterator[Listener]:
    """Whatever signals are sent."""
    listener = Listener()
    for name in NAMES:
        getattr(signals, name).connect(listener.receiver(name))
    yield listener
    for name in NAMES:
        getattr(signals, name).disconnect(listener.receiver(name))
