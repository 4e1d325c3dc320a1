"""What SES would tell of mail that was sent, as SQS hands it over or SNS posts it."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from django.core import mail

from benchmarks import letters
from benchmarks.backends import REGION, TOPIC
from seacucumber.enums import MessageState
from seacucumber.models import Message
from seacucumber.ses.inbound.sns_certificates import certificates
from seacucumber.testing.sns.envelopes import Stationery
from seacucumber.testing.sns.signature import process_signer


def write_posts(count: int) -> list[bytes]:
    """Return what `write` does as SNS signs and posts it; its certificate is kept."""
    signer = process_signer()
    certificates.keep(signer.certificate_url(REGION), signer.certificate)
    stationery = Stationery(signer=signer, region=REGION)
    envelopes = (
        stationery.notification(
            TOPIC,
            json.loads(body)["Message"],
            message_id=str(uuid.uuid4()),
            subject="Amazon SES Email Event Notification",
            epoch_s=time.time(),
            version="2",
            subscription_arn=f"{TOPIC}:1",
        )
        for body in write(count)
    )
    return [json.dumps(envelope).encode() for envelope in envelopes]


def write(count: int) -> list[str]:
    """Queue mail, call it sent, and return two events for each."""
    mail.get_connection().send_messages(list(letters.compose((count + 1) // 2)))
    Message.objects.update(state=MessageState.SENT, attempts=1)
    rows = Message.objects.order_by("pk").values_list(
        "pk", "uid", "sender", "recipients__address"
    )
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    bodies = [
        json.dumps({"Type": "Notification", "Message": json.dumps(said)})
        for pk, uid, sender, address in rows
        for said in _two(f"ses-{pk}", uid, sender, str(address), now)
    ]
    return bodies[:count]


def _two(
    ses_message_id: str, uid: str, sender: str, address: str, now: str
) -> list[dict[str, Any]]:
    headers = [("From", sender), ("To", address), ("Subject", "News of the day")]
    tags = {
        "ses:configuration-set": ["news"],
        "ses:source-ip": ["192.0.2.1"],
        "ses:from-domain": [sender.rpartition("@")[2]],
        "ses:caller-identity": ["mail"],
        "cucumber_message": [uid],
        "cucumber_attempt": ["1"],
    }
    about = {
        "timestamp": now,
        "messageId": ses_message_id,
        "source": sender,
        "sendingAccountId": "123456789012",
        "destination": [address],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers],
        "tags": tags,
    }
    delivery = {
        "timestamp": now,
        "processingTimeMillis": 900,
        "recipients": [address],
        "smtpResponse": "250 2.0.0 OK",
        "reportingMTA": "a1-2.smtp-out.example.net",
    }
    return [
        {"eventType": "Send", "mail": about, "send": {}},
        {"eventType": "Delivery", "mail": about, "delivery": delivery},
    ]
