"""Topics and subscriptions."""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.ses.arns import ACCOUNT_ID, arn
from seacucumber.testing.ses.policies import allows
from seacucumber.testing.sns import refusals
from seacucumber.testing.sns.delivery_policies import read_dead_letters, read_delays
from seacucumber.testing.sns.envelopes import Stationery
from seacucumber.testing.sns.post import Parcel, Poster
from seacucumber.testing.sqs.queues import Queues

PENDING = "PendingConfirmation"


@dataclass(slots=True, kw_only=True)
class Subscription:
    """Who gets what is published.

    Args:
        token: What confirms it.
        raw: True: the message goes out as it is, without an envelope.
    """

    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    raw: bool = False
    confirmed: bool = False
    #: ``DeliveryPolicy`` and ``RedrivePolicy``, as they were set.
    policies: dict[str, str] = field(default_factory=dict)
    token: str = field(default_factory=lambda: secrets.token_hex(64))


@dataclass(slots=True, kw_only=True)
class Topic:
    """A standard topic and its attributes as they were set."""

    arn: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def signature_version(self) -> str:
        """1 by default, as with AWS."""
        return self.attributes.get("SignatureVersion", "1")

    @property
    def policy(self) -> str:
        """Who may publish, as JSON; by default whatever belongs to the account."""
        return self.attributes.get("Policy") or _default_policy(self.arn)


class Topics:
    """All topics and subscriptions. Safe to use from any thread."""

    def __init__(self, stationery: Stationery, poster: Poster, queues: Queues) -> None:
        self.stationery = stationery
        self._poster = poster
        self._queues = queues
        self._lock = threading.RLock()
        self._topics: dict[str, Topic] = {}
        self._subscriptions: dict[str, Subscription] = {}

    def arns(self) -> list[str]:
        """Return the ARNs of all topics, in order."""
        with self._lock:
            return sorted(self._topics)

    def find(self, topic_arn: str) -> Topic:
        """Return a topic.

        Raises:
            Refusal: if there is none.
        """
        with self._lock:
            topic = self._topics.get(topic_arn)
        if topic is None:
            raise Refusal(refusals.topic_missing())
        return topic

    def create(self, name: str, attributes: Mapping[str, str]) -> Topic:
        """Add a topic, or return the one that is there."""
        topic_arn = arn("sns", self.stationery.region, name)
        with self._lock:
            topic = self._topics.setdefault(topic_arn, Topic(arn=topic_arn))
            topic.attributes.update(attributes)
            return topic

    def delete(self, topic_arn: str) -> None:
        """Remove a topic and its subscriptions; nothing happens if there is none."""
        with self._lock:
            self._topics.pop(topic_arn, None)
            for row in self.subscriptions(topic_arn):
                del self._subscriptions[row.arn]

    def subscriptions(self, topic_arn: str = "") -> list[Subscription]:
        """Return the subscriptions, of one topic or of all."""
        with self._lock:
            rows = list(self._subscriptions.values())
        return [row for row in rows if topic_arn in ("", row.topic_arn)]

    def subscription(self, subscription_arn: str) -> Subscription:
        """Return a subscription.

        Raises:
            Refusal: if there is none.
        """
        with self._lock:
            row = self._subscriptions.get(subscription_arn)
        if row is None:
            raise Refusal(refusals.subscription_missing())
        return row

    def subscribe(
        self,
        topic_arn: str,
        protocol: str,
        endpoint: str,
        *,
        raw: bool = False,
        confirmed: bool = False,
    ) -> Subscription:
        """Subscribe, or ask a pending endpoint again.

        A queue of the same account needs no confirmation; a web address is asked.
        """
        topic = self.find(topic_arn)
        with self._lock:
            row = next(
                (
                    row
                    for row in self.subscriptions(topic_arn)
                    if (row.protocol, row.endpoint) == (protocol, endpoint)
                ),
                None,
            )
            if row is None:
                row = Subscription(
                    arn=f"{topic_arn}:{uuid.uuid4()}",
                    topic_arn=topic_arn,
                    protocol=protocol,
                    endpoint=endpoint,
                    raw=raw,
                )
                self._subscriptions[row.arn] = row
            row.confirmed = row.confirmed or confirmed or protocol == "sqs"
        if not row.confirmed:
            self._ask(topic, row)
        return row

    def _ask(self, topic: Topic, row: Subscription) -> None:
        envelope = self.stationery.confirmation(
            topic.arn,
            token=row.token,
            epoch_s=time.time(),
            version=topic.signature_version,
        )
        self._poster.post(_parcel(row.endpoint, envelope))

    def confirm(self, topic_arn: str, token: str) -> Subscription:
        """Confirm a subscription.

        Raises:
            Refusal: if no subscription of the topic has this token.
        """
        self.find(topic_arn)
        for row in self.subscriptions(topic_arn):
            if secrets.compare_digest(row.token.encode(), token.encode()):
                row.confirmed = True
                return row
        raise Refusal(refusals.invalid_parameter("Invalid token"))

    def unsubscribe(self, subscription_arn: str) -> None:
        """End a subscription; nothing happens if there is none."""
        with self._lock:
            self._subscriptions.pop(subscription_arn, None)

    def may_publish(self, topic_arn: str, service: str, source_arn: str) -> bool:
        """Tell whether a topic is there and lets a service publish to it."""
        with self._lock:
            topic = self._topics.get(topic_arn)
        return topic is not None and allows(
            topic.policy,
            service=service,
            action="sns:Publish",
            resource_arn=topic_arn,
            source_arn=source_arn,
        )

    def publish(self, topic_arn: str, message: str, subject: str | None = None) -> str:
        """Hand a message to everybody who has subscribed; return its id.

        Raises:
            Refusal: if there is no such topic.
        """
        topic = self.find(topic_arn)
        message_id = str(uuid.uuid4())
        for row in self.subscriptions(topic_arn):
            if row.confirmed:
                self._hand_out(topic, row, message, subject, message_id)
        return message_id

    def _hand_out(
        self,
        topic: Topic,
        row: Subscription,
        message: str,
        subject: str | None,
        message_id: str,
    ) -> None:
        # The real clock, which the reader's idea of "too old" goes by as well.
        envelope = self.stationery.notification(
            topic.arn,
            message,
            message_id=message_id,
            subject=subject,
            epoch_s=time.time(),
            version=topic.signature_version,
            subscription_arn=row.arn,
        )
        if row.protocol != "sqs":
            parcel = _parcel(row.endpoint, envelope, row, message)
            self._poster.post(self._with_policies(parcel, topic, row))
            return
        self._queues.deliver(
            row.endpoint,
            message if row.raw else json.dumps(envelope),
            service="sns.amazonaws.com",
            source_arn=topic.arn,
        )

    def _with_policies(self, parcel: Parcel, topic: Topic, row: Subscription) -> Parcel:
        if delivery := row.policies.get("DeliveryPolicy"):
            parcel = replace(parcel, delays_s=read_delays(delivery))
        redrive = row.policies.get("RedrivePolicy")
        if not redrive:
            return parcel
        bury = partial(
            self._queues.deliver,
            read_dead_letters(redrive),
            service="sns.amazonaws.com",
            source_arn=topic.arn,
        )
        return replace(parcel, dead_letters=bury)

    def clear(self) -> None:
        """Remove all topics and subscriptions."""
        with self._lock:
            self._topics.clear()
            self._subscriptions.clear()


def _parcel(
    url: str,
    envelope: Mapping[str, str],
    row: Subscription | None = None,
    message: str = "",
) -> Parcel:
    """Return a post; ``row`` and ``message`` are those of a notification."""
    headers = {
        "x-amz-sns-message-type": envelope["Type"],
        "x-amz-sns-message-id": envelope["MessageId"],
        "x-amz-sns-topic-arn": envelope["TopicArn"],
    }
    if row is not None:
        headers["x-amz-sns-subscription-arn"] = row.arn
    if row is None or not row.raw:
        return Parcel(url=url, headers=headers, body=json.dumps(envelope))
    return Parcel(
        url=url, headers={**headers, "x-amz-sns-rawdelivery": "true"}, body=message
    )


def _default_policy(topic_arn: str) -> str:
    return json.dumps(
        {
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [
                {
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": ["SNS:Publish", "SNS:Subscribe"],
                    "Resource": topic_arn,
                    "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT_ID}},
                }
            ],
        }
    )
