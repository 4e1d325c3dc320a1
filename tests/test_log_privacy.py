"""The log at INFO names no recipient, no subject and no body, whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from seacucumber import log_masks, suppression
from seacucumber.conf import get_mailer
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import HoldScope
from seacucumber.log_masks import masked
from seacucumber.models import Hold, Message
from seacucumber.tasks.v1_5 import take_over
from seacucumber.testing import LocalSES
from tests.office import use_backend
from tests.queue import drain, put
from tests.ses_events.notifications import tell, told

#: In every recipient, subject and body here, and in nothing else.
CANARY = "quetzal"
TO = f"{CANARY}.nest@readers.example"
SUBJECT = f"The {CANARY} has flown"


@dataclass
class Log:
    """What a handler at INFO has written."""

    text: StringIO

    def read(self) -> str:
        return self.text.getvalue()


@pytest.fixture
def log() -> Iterator[Log]:
    """Everything that this project's logger writes at INFO, with tracebacks."""
    text = StringIO()
    handler = logging.StreamHandler(text)
    logger = logging.getLogger("seacucumber")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield Log(text)
    logger.removeHandler(handler)
    logger.setLevel(level)


def post(**values: Any) -> mail.EmailMessage:
    letter = mail.EmailMessage(
        **{
            "subject": SUBJECT,
            "body": f"{CANARY} {CANARY}",
            "from_email": "news@example.com",
            "to": [TO],
            **values,
        }
    )
    letter.send()
    return letter


@pytest.mark.django_db
@pytest.mark.usefixtures("wakeups")
def test_a_whole_run_names_nobody(log: Log, ses: LocalSES, settings: Any) -> None:
    """Sent, bounced, suppressed, refused, held, taken over, and a broken database."""
    use_backend(settings)
    post()
    drain()
    tell(told(Message.objects.latest("id"), "Bounce", recipients=(TO,)))
    suppression.add(TO)
    post()
    post(from_email=f"{CANARY}@unverified.example", to=[f"{CANARY}.2@b.example"])
    drain()
    take_over("a" * 32, "news@example.com", [TO, CANARY], f"Subject: {SUBJECT}\n\nHi")
    hold, _ = lifecycle.pause(
        get_mailer().pace_key,
        scope=HoldScope.SENDER,
        value=f"{CANARY}@x.example",
        why="A test",
        actor="ann",
    )
    lifecycle.resume(hold)
    logger = logging.getLogger("seacucumber")
    try:
        raise DatabaseError(
            f"null value\nDETAIL:  Failing row contains (1, {TO}, {SUBJECT})."
        )
    except DatabaseError as error:
        logger.exception("It cannot be stored: %s", error)
    assert Message.objects.count() >= 3
    assert Hold.objects.exists()
    assert log.read()
    assert CANARY not in log.read()


#: What the database is asked to do, and does not: a row that is there, a statement
#: that is none, a value that is none of its type. SQLite names none, or takes them.
REFUSED = (
    f"UPDATE seacucumber_suppressed SET address = '{TO}'",
    f"SELEKT '{SUBJECT}' FROM '{TO}'",
    f"UPDATE seacucumber_message SET size_bytes = '{CANARY}'",
)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", REFUSED)
def test_what_a_database_refuses_names_nobody(log: Log, statement: str) -> None:
    suppression.add(TO)
    suppression.add(f"{CANARY}.2@readers.example")
    put()
    said = ""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        said = str(error)
        logging.getLogger("seacucumber").exception("It is not stored: %s", error)
    if connection.vendor != "sqlite":
        # The database has told it, so that there was something to hide.
        assert CANARY in said
        assert "It is not stored" in log.read()
    assert CANARY not in log.read()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "junk",
    [
        f"{SUBJECT} {TO}",
        f'{{"Type": "{CANARY}", "Message": "{TO}"}}',
        f'{{"Type": "Notification", "TopicArn": "{CANARY}", "Message": "{TO}",'
        f' "Subject": "{SUBJECT}", "SigningCertURL": "https://{CANARY}.example/"}}',
    ],
)
def test_junk_that_is_posted_is_not_in_the_log(
    log: Log, client: Client, settings: Any, junk: str
) -> None:
    settings.CUCUMBER_SNS_TOPICS = ["arn:aws:sns:eu-west-1:123456789012:ses"]
    answer = client.post(
        reverse("seacucumber:sns"), junk, content_type="text/plain; charset=UTF-8"
    )
    assert answer.status_code >= 400
    assert log.read()
    assert CANARY not in log.read()


@pytest.mark.parametrize(
    ("text", "told_as"),
    [
        ("<ann@example.org>", "<a***@example.org>"),
        ('"ann"@example.org', "a***@example.org"),
        ("zoë@bücher.example!", "z***@bücher.example!"),
        (
            "Key (address)=(ann@example.org) exists",
            "Key (address)=(a***@example.org) exists",
        ),
        ("x\nDETAIL:  Key (ann) exists.", "x"),
        ("x\nLINE 1: SELECT 'ann'", "x"),
        ("Duplicate entry 'ann-1' for key 'a'", "Duplicate entry '***' for key 'a'"),
        ("https://ann:secret@proxy.example:80/", "https://proxy.example:80/"),
        (
            'invalid input syntax for type integer: "ann"',
            'invalid input syntax for type integer: "***"',
        ),
        ('syntax error at or near "ann"', 'syntax error at or near "***"'),
        ("syntax to use near 'ann's' at line 1", "syntax to use near '***' at line 1"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_what_others_tell_is_masked(text: str, told_as: str) -> None:
    assert masked(text) == told_as


def test_an_error_keeps_its_traceback_and_loses_what_it_names(log: Log) -> None:
    log_masks.install()
    try:
        try:
            raise KeyError(TO)
        except KeyError as error:
            raise ValueError(f"{TO} is odd") from error
    except ValueError:
        logging.getLogger("seacucumber").exception("Broke")
    assert "test_log_privacy.py" in log.read()
    assert "ValueError: q***@readers.example is odd" in log.read()
    assert CANARY not in log.read()


def test_the_texts_of_mailers_and_mail_tell_no_secrets(settings: Any) -> None:
    settings.CUCUMBER_ENDPOINT_URL = "https://ann:secret-1@ses.example"
    settings.CUCUMBER_CLIENT_CONFIG = {
        "proxies": {"https": "http://ann:secret-2@proxy.example:8080"}
    }
    settings.CUCUMBER_SES_ACCESS_KEY_ID = "AKIAEXAMPLE"
    settings.CUCUMBER_SES_SECRET_ACCESS_KEY = "secret-3"
    mailer = get_mailer()
    assert "secret-1" in str(mailer.endpoint_url)
    assert "secret-2" in str(mailer.client_config)
    assert mailer.ses_secret_access_key == "secret-3"
    for text in (repr(mailer), str(mailer)):
        assert "secret-" not in text
