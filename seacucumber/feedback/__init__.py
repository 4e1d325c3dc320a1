"""What SES tells of mail that it has accepted: stored once, and acted on."""

from __future__ import annotations

from seacucumber.feedback.connection import events_connected, known_routes
from seacucumber.feedback.consuming import Consumed, Consumer, Queue, consume, queues
from seacucumber.feedback.taking_in import Taken, TakenIn, take_in

__all__ = [
    "Consumed",
    "Consumer",
    "Queue",
    "Taken",
    "TakenIn",
    "consume",
    "events_connected",
    "known_routes",
    "queues",
    "take_in",
]
