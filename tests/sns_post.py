"""Posting to the webhook as SNS does, and as somebody else would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.test import Client
from django.urls import reverse

from seacucumber.testing.sns.envelopes import Stationery, stamp
from seacucumber.testing.sns.signature import Signer, process_signer

REGION = "eu-west-1"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:ses-events"
OTHERS_TOPIC = f"arn:aws:sns:{REGION}:999999999999:ses-events"
HOST = f"https://sns.{REGION}.amazonaws.com"


def now_s() -> float:
    return datetime.now(UTC).timestamp()


def genuine(
    said: Mapping[str, Any] | str,
    *,
    topic: str = TOPIC,
    version: str = "2",
    ago_s: float = 0.0,
    signer: Signer | None = None,
    **changes: str,
) -> dict[str, str]:
    """Return an envelope that SNS has signed, with these changes before that."""
    message = said if isinstance(said, str) else json.dumps(said)
    region = topic.split(":")[3]
    stationery = Stationery(signer=signer or process_signer(), region=region)
    envelope = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": topic,
        "Message": message,
        "Timestamp": stamp(now_s() - ago_s),
        **changes,
    }
    return stationery.signed(envelope, version)


def confirmation(topic: str = TOPIC, token: str = "t" * 64) -> dict[str, str]:
    """Return SNS's question whether a subscription is wanted."""
    region = topic.split(":")[3]
    stationery = Stationery(signer=process_signer(), region=region)
    return stationery.confirmation(topic, token=token, epoch_s=now_s(), version="2")


def post(
    envelope: Mapping[str, Any] | str | bytes,
    *,
    content_type: str = "text/plain; charset=UTF-8",
    **headers: str,
) -> int:
    """Post to the webhook; return the status. Nothing but a status is ever shown."""
    body = json.dumps(envelope) if isinstance(envelope, Mapping) else envelope
    data = body.encode() if isinstance(body, str) else body
    if isinstance(envelope, Mapping):
        headers.setdefault("x-amz-sns-message-type", str(envelope.get("Type", "")))
    client = Client(enforce_csrf_checks=True)
    answer = client.generic(
        "POST",
        reverse("seacucumber:sns"),
        data,
        content_type=content_type,
        headers=headers,
    )
    assert answer.content == b""
    return answer.status_code
