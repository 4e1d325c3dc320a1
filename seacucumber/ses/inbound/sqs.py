"""Taking messages from an SQS queue, and telling it that they are stored.

Source: the API reference of SQS, ReceiveMessage and DeleteMessageBatch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seacucumber.conf import Mailer
from seacucumber.ses.inbound.messaging_clients import LONG_POLL_S, get_messaging_clients
from seacucumber.ses.throttle import asking

#: "Valid values: 1 to 10", of both operations.
BATCH_SIZE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMessage:
    """One message that was received and is hidden from others for a while.

    Args:
        receipt: What deletes it.
        received: How often it has been received, this time included.
    """

    id: str
    body: str = field(repr=False)
    receipt: str = field(repr=False)
    received: int = 1


def receive(
    mailer: Mailer, queue_url: str, *, wait_s: int = LONG_POLL_S
) -> list[QueueMessage]:
    """Return up to ten messages; wait for the first of them, up to 20 seconds.

    Raises:
        AccountError: if SQS does not answer, or denies it.
    """
    with asking("sqs:ReceiveMessage"):
        client = get_messaging_clients(mailer).sqs(queue_url)
        answer = client.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=BATCH_SIZE,
            WaitTimeSeconds=min(wait_s, LONG_POLL_S),
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
    return [
        QueueMessage(
            id=row.get("MessageId", ""),
            body=row.get("Body", ""),
            receipt=row["ReceiptHandle"],
            received=int(row.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
        )
        for row in answer.get("Messages", [])
        if "ReceiptHandle" in row
    ]


def delete(mailer: Mailer, queue_url: str, messages: Sequence[QueueMessage]) -> int:
    """Delete up to ten messages, and return how many are gone.

    One that stays comes again, once its time out of sight is over.

    Raises:
        AccountError: if SQS does not answer, or denies it.
    """
    if not messages:
        return 0
    with asking("sqs:DeleteMessage"):
        client = get_messaging_clients(mailer).sqs(queue_url)
        answer = client.delete_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message.receipt}
                for number, message in enumerate(messages)
            ],
        )
    return len(answer.get("Successful", []))
