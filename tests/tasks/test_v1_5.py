"""Mail that Sea Cucumber 1.5 has left in the broker."""

from __future__ import annotations

import inspect
import json
import uuid
from email.message import Message as Mime
from email.mime.text import MIMEText

import pytest

from seacucumber import tasks
from seacucumber.models import BodyChunk, Message
from seacucumber.testing import LocalSES
from tests.celery import app
from tests.conftest import WakeUps
from tests.queue import drain, state

pytestmark = pytest.mark.django_db


def old_mail(
    subject: str = "Hello", body: str = "Hi Ann", charset: str = "us-ascii"
) -> str:
    """Render a mail as Django does, and as 1.5 has put it into its task."""
    mime: Mime = MIMEText(body, "plain", charset)
    mime["Subject"] = subject
    mime["From"] = "post@example.com"
    mime["To"] = "ann@example.org"
    return mime.as_string()


EIGHT_BIT = (
    "Content-Type: text/plain; charset=iso-8859-1\nMIME-Version: 1.0\n"
    "Content-Transfer-Encoding: 8bit\nSubject: Caf\xe9\n"
    "From: post@example.com\nTo: ann@example.org\n\nGr\xfc\xdfe aus dem Caf\xe9\n"
)


def run(mime: str, *, task_id: str | None = None, recipients: object = None) -> bool:
    """Run the task as a worker does with arguments that came as JSON."""
    arguments = json.loads(
        json.dumps(["post@example.com", recipients or ["ann@example.org"], mime])
    )
    result = tasks.send_email.apply(
        args=arguments, task_id=task_id or str(uuid.uuid4())
    )
    queued: bool = result.get()
    return queued


def test_the_task_has_the_name_and_the_arguments_that_old_producers_use() -> None:
    assert tasks.send_email.name == "seacucumber.tasks.SendEmailTask"
    assert "seacucumber.tasks.SendEmailTask" in app.tasks
    signature = inspect.signature(tasks.send_email.run)
    assert list(signature.parameters) == ["from_email", "recipients", "message"]


def test_an_old_mail_joins_the_queue_and_is_delivered(
    ses: LocalSES, wakeups: WakeUps
) -> None:
    assert run(old_mail())

    message = Message.objects.get()
    assert (message.sender, message.subject) == ("post@example.com", "Hello")
    drain()
    [accepted] = ses.inbox
    assert accepted.recipients == ("ann@example.org",)
    assert accepted.message.get_content().strip() == "Hi Ann"


def test_the_recipients_are_those_of_the_task_not_of_the_headers(
    ses: LocalSES, wakeups: WakeUps
) -> None:
    run(old_mail(), recipients=["ann@example.org", "bcc@example.org"])
    drain()

    assert ses.inbox[0].recipients == ("ann@example.org", "bcc@example.org")


def test_the_same_task_delivered_twice_is_one_mail(
    ses: LocalSES, wakeups: WakeUps
) -> None:
    task_id = str(uuid.uuid4())

    assert run(old_mail(), task_id=task_id)
    assert run(old_mail(), task_id=task_id)

    assert Message.objects.get().uid == task_id.replace("-", "")
    drain()
    assert run(old_mail(), task_id=task_id)
    drain()
    assert len(ses.inbox) == 1


def test_two_tasks_are_two_mails_though_they_say_the_same(wakeups: WakeUps) -> None:
    run(old_mail())
    run(old_mail())

    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("mime", "text"),
    [
        (old_mail("Caf\xe9", "Gr\xfc\xdfe", "iso-8859-1"), "Gr\xfc\xdfe"),
        (old_mail("Caf\xe9", "Gr\xfc\xdfe", "utf-8"), "Gr\xfc\xdfe"),
    ],
    ids=["latin-1", "utf-8"],
)
def test_letters_beyond_ascii_arrive(
    ses: LocalSES, wakeups: WakeUps, mime: str, text: str
) -> None:
    assert run(mime)
    drain()

    [accepted] = ses.inbox
    assert accepted.message.get_content().strip() == text
    assert accepted.raw.isascii()


def test_eight_bit_mail_becomes_seven_bit(ses: LocalSES, wakeups: WakeUps) -> None:
    assert run(EIGHT_BIT)
    drain()

    [accepted] = ses.inbox
    assert accepted.raw.isascii()
    assert b"\r\n" in accepted.raw
    assert "Caf" in accepted.subject


def test_mail_that_can_never_be_sent_is_logged_and_not_tried_again(
    wakeups: WakeUps, caplog: pytest.LogCaptureFixture
) -> None:
    assert not run(old_mail(), recipients=["no address"])

    assert not Message.objects.exists()
    assert not BodyChunk.objects.exists()
    assert "cannot be sent" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_up_for_it(wakeups: WakeUps) -> None:
    run(old_mail())

    assert wakeups.aliases == ["default"]
    assert state(Message.objects.get()).label == "queued"
