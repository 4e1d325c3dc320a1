"""What AWS sends to us: events, over SNS and SQS."""

from __future__ import annotations
