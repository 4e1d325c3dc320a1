"""Messages: hidden while somebody works on them, back if they were not deleted.

Source: "Amazon SQS visibility timeout" and "dead-letter queues", SQS developer guide.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from seacucumber.testing import LocalSES
from tests.testing.listeners import bodies
from tests.testing.mail import refusal


@pytest.fixture
def url(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="events")["QueueUrl"])


def receive(sqs: Any, url: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=url, **{"MaxNumberOfMessages": 10, **more}
    ).get("Messages", [])
    return found


def test_message_comes_as_it_was_sent(sqs: Any, url: str) -> None:
    body = '{"subject": "Grüße 👋"}'
    sent = sqs.send_message(QueueUrl=url, MessageBody=body)

    [message] = receive(sqs, url, AttributeNames=["All"])

    md5 = hashlib.md5(body.encode()).hexdigest()
    assert message["Body"] == body
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == md5
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60


def test_received_message_is_hidden_until_its_timeout(
    ses: LocalSES, sqs: Any, url: str
) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    first = receive(sqs, url)
    hidden = receive(sqs, url)
    # "The default visibility timeout for a message is 30 seconds."
    ses.advance(29)
    still_hidden = receive(sqs, url)
    ses.advance(1)
    [again] = receive(sqs, url, AttributeNames=["ApproximateReceiveCount"])

    assert len(first) == 1
    assert hidden == still_hidden == []
    assert again["MessageId"] == first[0]["MessageId"]
    assert again["Attributes"] == {"ApproximateReceiveCount": "2"}


def test_deleted_message_is_gone(ses: LocalSES, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    [message] = receive(sqs, url)

    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    ses.advance(31)

    assert receive(sqs, url) == []


def test_old_handle_deletes_nothing(ses: LocalSES, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    [slow] = receive(sqs, url)
    ses.advance(31)
    receive(sqs, url)

    sqs.delete_message(QueueUrl=url, ReceiptHandle=slow["ReceiptHandle"])
    ses.advance(31)

    assert len(receive(sqs, url)) == 1


def test_visibility_can_be_changed(ses: LocalSES, sqs: Any, url: str) -> None:
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="hello")
    back, away = receive(sqs, url)

    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=back["ReceiptHandle"], VisibilityTimeout=0
    )
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=away["ReceiptHandle"], VisibilityTimeout=600
    )

    assert [row["MessageId"] for row in receive(sqs, url)] == [back["MessageId"]]
    ses.advance(599)
    assert away["MessageId"] not in {row["MessageId"] for row in receive(sqs, url)}
    ses.advance(1)
    assert away["MessageId"] in {row["MessageId"] for row in receive(sqs, url)}


def test_visible_message_cannot_be_hidden(ses: LocalSES, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    [message] = receive(sqs, url, VisibilityTimeout=0)

    code, status, _ = refusal(
        sqs.change_message_visibility,
        QueueUrl=url,
        ReceiptHandle=message["ReceiptHandle"],
        VisibilityTimeout=60,
    )

    assert (code, status) == ("AWS.SimpleQueueService.MessageNotInflight", 400)


def test_too_many_receives_make_a_dead_letter(
    ses: LocalSES, sqs: Any, url: str
) -> None:
    dead_url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
    redrive = {
        "deadLetterTargetArn": dead_arn["Attributes"]["QueueArn"],
        "maxReceiveCount": 2,
    }
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(redrive)}
    )
    sqs.send_message(QueueUrl=url, MessageBody="poison")

    counts = []
    for _ in range(3):
        counts.append(len(receive(sqs, url)))
        ses.advance(31)

    assert counts == [1, 1, 0]
    assert bodies(sqs, dead_url) == ["poison"]


def test_long_poll_waits_for_a_message(sqs: Any, url: str) -> None:
    def send_soon() -> None:
        time.sleep(0.1)
        sqs.send_message(QueueUrl=url, MessageBody="hello")

    sending = threading.Thread(target=send_soon)
    sending.start()
    found = receive(sqs, url, WaitTimeSeconds=20)
    sending.join()

    assert [row["Body"] for row in found] == ["hello"]


def test_long_poll_ends_without_a_message(sqs: Any, url: str) -> None:
    assert receive(sqs, url, WaitTimeSeconds=1) == []


def test_long_poll_sees_a_message_that_shows_up_again(
    ses: LocalSES, sqs: Any, url: str
) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    receive(sqs, url, VisibilityTimeout=1)

    assert len(receive(sqs, url, WaitTimeSeconds=20)) == 1


def test_end_of_the_server_ends_a_long_poll(ses: LocalSES, sqs: Any, url: str) -> None:
    def poll() -> None:
        # Nothing, or the end of the connection: whichever is quicker.
        with suppress(BotoCoreError):
            assert receive(sqs, url, WaitTimeSeconds=20) == []

    polling = threading.Thread(target=poll)
    polling.start()
    time.sleep(0.1)

    ses.stop()
    polling.join(timeout=5.0)

    assert not polling.is_alive()


def test_at_most_ten_come_at_once(sqs: Any, url: str) -> None:
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))

    assert [len(receive(sqs, url)) for _ in range(3)] == [10, 2, 0]


def test_two_consumers_never_hold_the_same_message(sqs: Any, url: str) -> None:
    for number in range(200):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    found: list[str] = []

    def consume() -> None:
        while rows := receive(sqs, url):
            found.extend(row["Body"] for row in rows)

    consumers = [threading.Thread(target=consume) for _ in range(4)]
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.join()

    assert sorted(found, key=int) == [str(number) for number in range(200)]


def test_delayed_message_comes_later(ses: LocalSES, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    names = ["ApproximateNumberOfMessagesDelayed"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]

    early = receive(sqs, url)
    ses.advance(60)

    assert told == {"ApproximateNumberOfMessagesDelayed": "1"}
    assert early == []
    assert len(receive(sqs, url)) == 1


def test_old_message_vanishes(ses: LocalSES, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="old")

    # "The default message retention period is 4 days."
    ses.advance(4 * 86_400 + 1)

    assert receive(sqs, url) == []


def test_batch_answers_for_each_entry(sqs: Any, url: str) -> None:
    sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": str(number), "MessageBody": "hello"} for number in range(3)],
    )
    rows = receive(sqs, url)
    entries = [
        {"Id": str(number), "ReceiptHandle": row["ReceiptHandle"]}
        for number, row in enumerate(rows)
    ]
    entries[1]["ReceiptHandle"] = "nonsense"

    answer = sqs.delete_message_batch(QueueUrl=url, Entries=entries)

    assert [row["Id"] for row in answer["Successful"]] == ["0", "2"]
    [failed] = answer["Failed"]
    assert (failed["Id"], failed["Code"]) == ("1", "ReceiptHandleIsInvalid")
    assert failed["SenderFault"] is True


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "MessageBody": "a"} for n in range(11)], "TooManyEntries"),
        ([{"Id": "1", "MessageBody": "a"}] * 2, "BatchEntryIdsNotDistinct"),
    ],
)
def test_wrong_batch_is_refused(
    entries: list[Any], code: str, sqs: Any, url: str
) -> None:
    found, status, _ = refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries)

    assert found.startswith(f"AWS.SimpleQueueService.{code}")
    assert status == 400
