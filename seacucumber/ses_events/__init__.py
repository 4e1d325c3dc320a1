"""What SES tells of mail that it has accepted: stored once, and acted on."""

from __future__ import annotations

from seacucumber.ses_events.connection import events_connected, known_routes
from seacucumber.ses_events.ingest import Taken, TakenIn, take_in
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
    "Taken",
    "TakenIn",
    "consume",
    "events_connected",
    "known_routes",
    "queues",
    "take_in",
]
