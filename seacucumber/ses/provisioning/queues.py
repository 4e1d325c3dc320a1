"""The queue that events wait in, and the one for those that nobody can store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from seacucumber.conf import DEFAULT_REGION, Mailer
from seacucumber.exceptions import AccountError, NotFound
from seacucumber.ses.inbound.messaging_clients import get_messaging_clients
from seacucumber.ses.inbound.parts import Part, Standing, differing, settled
from seacucumber.ses.provisioning import policies
from seacucumber.ses.throttle import asking

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: SQS's words for a queue that is not there.
_NO_QUEUE = ("NonExistentQueue", "QueueDoesNotExist")
_KEPT = {"MessageRetentionPeriod": str(policies.RETENTION_S)}


@dataclass(slots=True)
class Queue:
    """A queue by its name.

    Args:
        change: Whether to make what is missing; else it is only looked at.
        url: Empty until it is known, and so is the ARN.
    """

    mailer: Mailer
    name: str
    change: bool
    url: str = ""
    arn: str = ""

    def ensure_dead_letters(self) -> Part:
        """Look at the queue of dead letters, and make it if that is wanted.

        Raises:
            AccountError: if AWS refuses.
        """
        return self._ensure(lambda: _KEPT)

    def ensure(self, *, topic_arn: str, dead_letters_arn: str) -> Part:
        """Look at the queue of events, and make it if that is wanted.

        Args:
            topic_arn: What may send to it.

        Raises:
            AccountError: if AWS refuses.
        """
        return self._ensure(
            lambda: {
                **_KEPT,
                "VisibilityTimeout": str(policies.VISIBILITY_S),
                "RedrivePolicy": policies.redrive_policy(dead_letters_arn),
                "Policy": policies.queue_policy(self.arn, topic_arn),
            }
        )

    def _ensure(self, wanted_of: Callable[[], Mapping[str, str]]) -> Part:
        what = f"SQS queue {self.name}"
        self.url = self._find()
        made = not self.url
        if made:
            if not self.change:
                return Part(what=what, standing=Standing.MISSING)
            with asking("sqs:CreateQueue"):
                self.url = self._client.create_queue(QueueName=self.name)["QueueUrl"]
        with asking("sqs:GetQueueAttributes"):
            answer = self._client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=["All"]
            )
        known = {str(name): value for name, value in answer["Attributes"].items()}
        self.arn = known["QueueArn"]
        wanted = dict(wanted_of())
        if "Policy" in wanted:
            policy = policies.joined(known.get("Policy", ""), wanted["Policy"])
            wanted["Policy"] = policy
        names = differing(known, wanted)

        def update() -> None:
            with asking("sqs:SetQueueAttributes"):
                self._client.set_queue_attributes(
                    QueueUrl=self.url,
                    Attributes=cast(Any, {name: wanted[name] for name in names}),
                )

        return settled(
            what, ", ".join(names), update if self.change else None, made=made
        )

    def _find(self) -> str:
        try:
            with asking("sqs:GetQueueUrl"):
                return self._client.get_queue_url(QueueName=self.name)["QueueUrl"]
        except AccountError as error:
            if isinstance(error, NotFound) or error.code.endswith(_NO_QUEUE):
                return ""
            raise

    @property
    def _client(self) -> SQSClient:
        region = self.mailer.ses_region_name or DEFAULT_REGION
        return get_messaging_clients(self.mailer).queues(region)
