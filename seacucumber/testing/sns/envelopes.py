"""What SNS posts and puts into queues.

Source: "Amazon SNS message and JSON formats", SNS developer guide.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from seacucumber.testing.sns.signature import Signer


def stamp(epoch_s: float) -> str:
    """Return a moment as SNS and SES write it, with milliseconds."""
    moment = datetime.fromtimestamp(epoch_s, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationery:
    """Makes envelopes and signs them.

    Args:
        region: Of the topic; it is part of the URLs.
    """

    signer: Signer
    region: str

    def notification(
        self,
        topic_arn: str,
        message: str,
        *,
        message_id: str,
        subject: str | None,
        epoch_s: float,
        version: str,
        subscription_arn: str,
    ) -> dict[str, str]:
        """Return the envelope of a published message."""
        envelope = {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": topic_arn,
            **({} if subject is None else {"Subject": subject}),
            "Message": message,
            "Timestamp": stamp(epoch_s),
        }
        link = self._url(Action="Unsubscribe", SubscriptionArn=subscription_arn)
        return {**self.signed(envelope, version), "UnsubscribeURL": link}

    def confirmation(
        self, topic_arn: str, *, token: str, epoch_s: float, version: str
    ) -> dict[str, str]:
        """Return the question whether a subscription is wanted."""
        envelope = {
            "Type": "SubscriptionConfirmation",
            "MessageId": str(uuid.uuid4()),
            "Token": token,
            "TopicArn": topic_arn,
            "Message": (
                f"You have chosen to subscribe to the topic {topic_arn}.\nTo confirm "
                "the subscription, visit the SubscribeURL included in this message."
            ),
            "SubscribeURL": self._url(
                Action="ConfirmSubscription", TopicArn=topic_arn, Token=token
            ),
            "Timestamp": stamp(epoch_s),
        }
        return self.signed(envelope, version)

    def signed(self, envelope: Mapping[str, str], version: str) -> dict[str, str]:
        """Return an envelope with its signature."""
        return {
            **envelope,
            "SignatureVersion": version,
            "Signature": self.signer.sign(envelope, version),
            "SigningCertURL": self.signer.certificate_url(self.region),
        }

    def _url(self, **query: str) -> str:
        return f"https://sns.{self.region}.amazonaws.com/?{urlencode(query)}"
