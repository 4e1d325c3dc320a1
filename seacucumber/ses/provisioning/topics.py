"""The topic that SES publishes events to, and what is subscribed to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seacucumber.conf import DEFAULT_REGION, Mailer
from seacucumber.ses.inbound.messaging_clients import get_messaging_clients
from seacucumber.ses.inbound.parts import Part, Standing, differing, settled
from seacucumber.ses.provisioning import policies
from seacucumber.ses.throttle import asking

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

#: SNS's word in place of the ARN of a subscription that nobody has confirmed.
_PENDING = "pendingconfirmation"
_UNCONFIRMED = (
    "it waits for this project to confirm it: deploy the settings, then run this again"
    " with --yes"
)


@dataclass(slots=True)
class Topic:
    """A topic by its name.

    Args:
        change: Whether to make what is missing; else it is only looked at.
        arn: Empty until it is known.
    """

    mailer: Mailer
    name: str
    change: bool
    arn: str = ""

    def ensure(self, configuration_set: str) -> Part:
        """Look at the topic, and make it if that is wanted.

        Args:
            configuration_set: What may publish to it.

        Raises:
            AccountError: if AWS refuses.
        """
        what = f"SNS topic {self.name}"
        self.arn = self._find()
        made = not self.arn
        if made:
            if not self.change:
                return Part(what=what, standing=Standing.MISSING)
            with asking("sns:CreateTopic"):
                self.arn = self._client.create_topic(Name=self.name)["TopicArn"]
        with asking("sns:GetTopicAttributes"):
            known = self._client.get_topic_attributes(TopicArn=self.arn)["Attributes"]
        # A new one lets the whole account publish.
        stands = "" if made else known.get("Policy", "")
        policy = policies.topic_policy(self.arn, configuration_set)
        wanted = {
            "Policy": policies.joined(stands, policy),
            # SHA-256; version 1 is SHA-1.
            "SignatureVersion": "2",
        }
        names = differing(known, wanted)

        def update() -> None:
            for name in names:
                with asking("sns:SetTopicAttributes"):
                    self._client.set_topic_attributes(
                        TopicArn=self.arn,
                        AttributeName=name,
                        AttributeValue=wanted[name],
                    )

        return settled(
            what, ", ".join(names), update if self.change else None, made=made
        )

    def ensure_subscription(
        self, protocol: str, endpoint: str, name: str, *, lost_posts_arn: str = ""
    ) -> Part:
        """Look at a subscription, and make it if that is wanted.

        Args:
            protocol: ``sqs`` or ``https``.
            endpoint: Queue or web address; empty if there is none yet.
            name: What people call it.
            lost_posts_arn: The queue for what a web address has not taken.

        Raises:
            AccountError: if AWS refuses.
        """
        wanted = _wanted(protocol, lost_posts_arn)
        what = f"subscription of {name}"
        arn = self._find_subscription(protocol, endpoint) if self.arn else ""
        if arn.lower().replace(" ", "") == _PENDING:
            if not self.change:
                return Part(what=what, standing=Standing.DIFFERS, why=_UNCONFIRMED)
            # SNS asks for the confirmation once more.
            self._subscribe(protocol, endpoint, wanted)
            return Part(what=what, standing=Standing.CHANGED, why=_UNCONFIRMED)
        if not arn and not (self.change and endpoint):
            return Part(what=what, standing=Standing.MISSING)
        if not arn:
            self._subscribe(protocol, endpoint, wanted)
            why = "" if protocol == "sqs" else _UNCONFIRMED
            return Part(what=what, standing=Standing.CREATED, why=why)
        with asking("sns:GetSubscriptionAttributes"):
            answer = self._client.get_subscription_attributes(SubscriptionArn=arn)
        names = differing(answer["Attributes"], wanted)

        def update() -> None:
            for name in names:
                with asking("sns:SetSubscriptionAttributes"):
                    self._client.set_subscription_attributes(
                        SubscriptionArn=arn,
                        AttributeName=name,
                        AttributeValue=wanted[name],
                    )

        return settled(what, ", ".join(names), update if self.change else None)

    def _subscribe(
        self, protocol: str, endpoint: str, attributes: dict[str, str]
    ) -> None:
        with asking("sns:Subscribe"):
            self._client.subscribe(
                TopicArn=self.arn,
                Protocol=protocol,
                Endpoint=endpoint,
                Attributes=attributes,
                ReturnSubscriptionArn=True,
            )

    def _find(self) -> str:
        where: dict[str, Any] = {}
        while True:
            with asking("sns:ListTopics"):
                page = self._client.list_topics(**where)
            for row in page.get("Topics", []):
                if row["TopicArn"].endswith(f":{self.name}"):
                    return row["TopicArn"]
            if not page.get("NextToken"):
                return ""
            where["NextToken"] = page["NextToken"]

    def _find_subscription(self, protocol: str, endpoint: str) -> str:
        where: dict[str, Any] = {"TopicArn": self.arn}
        while True:
            with asking("sns:ListSubscriptionsByTopic"):
                page = self._client.list_subscriptions_by_topic(**where)
            for row in page.get("Subscriptions", []):
                if (row["Protocol"], row["Endpoint"]) == (protocol, endpoint):
                    return row["SubscriptionArn"]
            if not page.get("NextToken"):
                return ""
            where["NextToken"] = page["NextToken"]

    @property
    def _client(self) -> SNSClient:
        region = self.mailer.ses_region_name or DEFAULT_REGION
        return get_messaging_clients(self.mailer).sns(region)


def _wanted(protocol: str, lost_posts_arn: str) -> dict[str, str]:
    if protocol == "sqs":
        return {"RawMessageDelivery": "true"}
    wanted = {
        # A web address must get the envelope: only that is signed.
        "RawMessageDelivery": "false",
        "DeliveryPolicy": policies.delivery_policy(),
    }
    if lost_posts_arn:
        wanted["RedrivePolicy"] = policies.lost_posts_policy(lost_posts_arn)
    return wanted
