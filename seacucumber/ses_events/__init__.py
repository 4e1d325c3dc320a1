"""What SES tells of mail that it has accepted: stored once, and acted on."""

from __future__ import annotations

from seacucumber.ses_events.connection import events_connected, known_routes
from seacucumber.ses_events.ingest import IngestResult, MatchedEvent, ingest_events
from seacucumber.ses_events.sqs_consumer import (
    Consumed,
    Consumer,
    EventQueue,
    consume,
    queues,
)

__all__ = [
    "Consumed",
    "Consumer",
    "EventQueue",
    "IngestResult",
    "MatchedEvent",
    "consume",
    "events_connected",
    "ingest_events",
    "known_routes",
    "queues",
]
