"""A project that comes from django-ses keeps its receivers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from seacucumber import django_ses_signals
from seacucumber.enums import EventVia
from seacucumber.ses.inbound.event import read_event
from seacucumber.ses_events import ingest_events
from tests.ses.event_samples import PUBLISHED, bare

pytestmark = pytest.mark.django_db

KINDS = {
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Delivery": "delivery",
    "Send": "send",
    "Open": "open",
    "Click": "click",
}


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def receive(sender: Any, signal: Any, **kwargs: Any) -> None:
        heard.append(kwargs)

    received = [
        getattr(django_ses_signals, f"{kind}_received") for kind in KINDS.values()
    ]
    for signal in received:
        signal.connect(receive)
    yield heard
    for signal in received:
        signal.disconnect(receive)


@pytest.mark.parametrize("name", KINDS)
def test_the_names_of_django_ses_get_its_arguments(
    name: str, heard: list[dict[str, Any]]
) -> None:
    event = read_event(bare(PUBLISHED[name]))
    assert event is not None

    ingest_events([event], via=EventVia.WEBHOOK)

    [kwargs] = heard
    kind = KINDS[name]
    assert set(kwargs) == {"mail_obj", f"{kind}_obj", "raw_message"}
    assert kwargs["mail_obj"] == PUBLISHED[name]["mail"]
    assert kwargs[f"{kind}_obj"] == PUBLISHED[name][kind]
    assert json.loads(kwargs["raw_message"]) == PUBLISHED[name]
