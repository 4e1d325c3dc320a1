"""The operations of SQS. One function for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from seacucumber.testing.faults import refusals as general
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.calls import Call, OperationJSON
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.arns import ACCOUNT_ID
from seacucumber.testing.ses.submission import member, text_member, texts_member
from seacucumber.testing.sqs import refusals
from seacucumber.testing.sqs.queue import Message, Queue, md5_of

MAX_BATCH = 10
MAX_VISIBILITY_S = 43_200
MAX_WAIT_S = 20

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_RECEIPT = re.compile(r"[0-9a-f-]{36}#[0-9a-f-]{36}")


def create_queue(account: Account, call: Call) -> Mapping[str, Any]:
    """Add a standard queue."""
    name = text_member(call.fields, "QueueName")
    if not name:
        raise Refusal(refusals.missing_parameter("QueueName"))
    if not _NAME.fullmatch(name):
        raise Refusal(
            refusals.invalid_parameter(
                "Can only include alphanumeric characters, hyphens, or underscores. "
                "1 to 80 in length"
            )
        )
    account.queues.create(name, _texts(call, "Attributes"))
    return {"QueueUrl": _url(call, name)}


def get_queue_url(account: Account, call: Call) -> Mapping[str, Any]:
    """The URL of a queue by its name."""
    name = text_member(call.fields, "QueueName")
    account.queues.find(name)
    return {"QueueUrl": _url(call, name)}


def list_queues(account: Account, call: Call) -> Mapping[str, Any]:
    """All URLs, or those whose name begins with a prefix."""
    prefix = text_member(call.fields, "QueueNamePrefix")
    names = [name for name in account.queues.names() if name.startswith(prefix)]
    return {"QueueUrls": [_url(call, name) for name in names]} if names else {}


def delete_queue(account: Account, call: Call) -> Mapping[str, Any]:
    """Remove a queue."""
    account.queues.delete(_queue(account, call).name)
    return {}


def purge_queue(account: Account, call: Call) -> Mapping[str, Any]:
    """Delete all messages."""
    _queue(account, call).purge()
    return {}


def get_queue_attributes(account: Account, call: Call) -> Mapping[str, Any]:
    """What the queue was told, and how many messages it has."""
    queue = _queue(account, call)
    names = texts_member(call.fields, "AttributeNames")
    depth = queue.depth()
    rows = {
        **queue.attributes.as_dict(),
        "QueueArn": account.queues.arn(queue.name),
        "CreatedTimestamp": str(int(queue.created_epoch_s)),
        "LastModifiedTimestamp": str(int(queue.created_epoch_s)),
        "ApproximateNumberOfMessages": str(depth.visible),
        "ApproximateNumberOfMessagesNotVisible": str(depth.in_flight),
        "ApproximateNumberOfMessagesDelayed": str(depth.delayed),
    }
    if "All" not in names:
        rows = {name: text for name, text in rows.items() if name in names}
    return {"Attributes": rows} if rows else {}


def set_queue_attributes(account: Account, call: Call) -> Mapping[str, Any]:
    """Change attributes; the others stay."""
    queue = _queue(account, call)
    queue.attributes = queue.attributes.changed(_texts(call, "Attributes"))
    return {}


def send_message(account: Account, call: Call) -> Mapping[str, Any]:
    """Put a message in."""
    queue = _queue(account, call)
    return _sent(_send(queue, call.fields))


def _send(queue: Queue, fields: Mapping[str, Any]) -> Message:
    body = text_member(fields, "MessageBody")
    if not body:
        raise Refusal(refusals.missing_parameter("MessageBody"))
    limit_bytes = queue.attributes.number("MaximumMessageSize")
    if len(body.encode("utf-8", "replace")) > limit_bytes:
        raise Refusal(
            refusals.invalid_parameter(
                f"One or more parameters are invalid. Reason: Message must be shorter "
                f"than {limit_bytes} bytes."
            )
        )
    return queue.send(body, delay_s=_seconds(fields, "DelaySeconds", 900))


def _sent(message: Message) -> dict[str, Any]:
    return {"MessageId": message.message_id, "MD5OfMessageBody": message.md5}


def send_message_batch(account: Account, call: Call) -> Mapping[str, Any]:
    """Put up to ten messages in."""
    queue = _queue(account, call)
    return _in_batch(call, lambda entry: _sent(_send(queue, entry)))


def receive_message(account: Account, call: Call) -> Mapping[str, Any]:
    """Hand out up to ten messages, waiting for the first one if asked to."""
    queue = _queue(account, call)
    count = member(call.fields, "MaxNumberOfMessages", int) or 1
    if not 1 <= count <= MAX_BATCH:
        raise Refusal(
            refusals.invalid_parameter(
                f"Value {count} for parameter MaxNumberOfMessages is invalid. Reason: "
                "Must be between 1 and 10, if provided."
            )
        )
    rows = queue.receive(
        count,
        visibility_s=_seconds(call.fields, "VisibilityTimeout", MAX_VISIBILITY_S),
        wait_s=_seconds(call.fields, "WaitTimeSeconds", MAX_WAIT_S),
    )
    wanted = {
        *texts_member(call.fields, "AttributeNames"),
        *texts_member(call.fields, "MessageSystemAttributeNames"),
    }
    return {"Messages": [_received(row, wanted) for row in rows]} if rows else {}


def _received(message: Message, wanted: Iterable[str]) -> dict[str, Any]:
    attributes = {
        "SenderId": ACCOUNT_ID,
        "SentTimestamp": str(int(message.sent_epoch_s * 1000)),
        "ApproximateReceiveCount": str(message.received),
        "ApproximateFirstReceiveTimestamp": str(
            int(message.first_received_epoch_s * 1000)
        ),
    }
    if "All" not in wanted:
        attributes = {name: attributes[name] for name in wanted if name in attributes}
    row: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": md5_of(message.body),
        "Body": message.body,
    }
    if attributes:
        row["Attributes"] = attributes
    return row


def delete_message(account: Account, call: Call) -> Mapping[str, Any]:
    """Delete a message; an old handle is accepted and does nothing."""
    return _delete(_queue(account, call), call.fields)


def _delete(queue: Queue, fields: Mapping[str, Any]) -> dict[str, Any]:
    queue.delete(_receipt(fields))
    return {}


def delete_message_batch(account: Account, call: Call) -> Mapping[str, Any]:
    """Delete up to ten messages."""
    queue = _queue(account, call)
    return _in_batch(call, lambda entry: _delete(queue, entry))


def change_message_visibility(account: Account, call: Call) -> Mapping[str, Any]:
    """Hide a received message for so long from now on."""
    return _hide(_queue(account, call), call.fields)


def _hide(queue: Queue, fields: Mapping[str, Any]) -> dict[str, Any]:
    receipt = _receipt(fields)
    seconds = _seconds(fields, "VisibilityTimeout", MAX_VISIBILITY_S)
    if seconds is None:
        raise Refusal(refusals.missing_parameter("VisibilityTimeout"))
    if not queue.hide(receipt, seconds):
        raise Refusal(refusals.not_in_flight(receipt))
    return {}


def change_message_visibility_batch(account: Account, call: Call) -> Mapping[str, Any]:
    """Hide up to ten received messages."""
    queue = _queue(account, call)
    return _in_batch(call, lambda entry: _hide(queue, entry))


def _in_batch(
    call: Call, run: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> Mapping[str, Any]:
    """Run each entry; one that is refused leaves the others alone."""
    answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
    for entry in _entries(call):
        entry_id = text_member(entry, "Id")
        try:
            answer["Successful"].append({"Id": entry_id, **run(entry)})
        except Refusal as refusal:
            error = refusal.error
            row = {"Id": entry_id, "Code": error.code_v1, "Message": error.message}
            answer["Failed"].append({**row, "SenderFault": True})
    return answer


def _entries(call: Call) -> list[Mapping[str, Any]]:
    entries = member(call.fields, "Entries", list) or []
    if not all(isinstance(row, dict) for row in entries):
        raise Refusal(general.malformed("Entries has an unexpected type."))
    if not entries:
        raise Refusal(refusals.batch_empty())
    if len(entries) > MAX_BATCH:
        raise Refusal(refusals.batch_too_long(len(entries)))
    seen: set[str] = set()
    for entry in entries:
        entry_id = text_member(entry, "Id")
        if entry_id in seen:
            raise Refusal(refusals.batch_ids_repeated(entry_id))
        seen.add(entry_id)
    return entries


def _receipt(fields: Mapping[str, Any]) -> str:
    receipt = text_member(fields, "ReceiptHandle")
    if not receipt:
        raise Refusal(refusals.missing_parameter("ReceiptHandle"))
    if not _RECEIPT.fullmatch(receipt):
        raise Refusal(refusals.receipt_invalid(receipt))
    return receipt


def _queue(account: Account, call: Call) -> Queue:
    url = text_member(call.fields, "QueueUrl")
    if not url:
        raise Refusal(refusals.missing_parameter("QueueUrl"))
    return account.queues.find(url.rpartition("/")[2])


def _url(call: Call, name: str) -> str:
    return f"http://{call.headers.get('host', 'localhost')}/{ACCOUNT_ID}/{name}"


def _texts(call: Call, name: str) -> dict[str, str]:
    rows = member(call.fields, name, dict) or {}
    if not all(isinstance(text, str) for text in rows.values()):
        raise Refusal(general.malformed(f"{name} has an unexpected type."))
    return rows


def _seconds(fields: Mapping[str, Any], name: str, most: int) -> int | None:
    value = member(fields, name, int)
    if value is None:
        return None
    if not 0 <= value <= most:
        raise Refusal(
            refusals.invalid_parameter(
                f"Value {value} for parameter {name} is invalid. Reason: Must be "
                f"between 0 and {most}, if provided."
            )
        )
    return value


OPERATIONS: Mapping[str, OperationJSON] = {
    "CreateQueue": create_queue,
    "GetQueueUrl": get_queue_url,
    "ListQueues": list_queues,
    "DeleteQueue": delete_queue,
    "PurgeQueue": purge_queue,
    "GetQueueAttributes": get_queue_attributes,
    "SetQueueAttributes": set_queue_attributes,
    "SendMessage": send_message,
    "SendMessageBatch": send_message_batch,
    "ReceiveMessage": receive_message,
    "DeleteMessage": delete_message,
    "DeleteMessageBatch": delete_message_batch,
    "ChangeMessageVisibility": change_message_visibility,
    "ChangeMessageVisibilityBatch": change_message_visibility_batch,
}
