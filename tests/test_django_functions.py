"""What Django documents of its functions for sending mail holds for what SES gets.

https://docs.djangoproject.com/en/stable/topics/email/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import django
import pytest
from django.core import mail
from django.core.mail import (
    EmailAlternative,
    EmailAttachment,
    EmailMessage,
    EmailMultiAlternatives,
)

from seacucumber.models import Message
from seacucumber.testing import LocalSES
from seacucumber.testing.inbox import Accepted
from tests.office import default_connection
from tests.queue import drain
from tests.test_backend import connection, old_arguments

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("backend", "ses"),
]

PEOPLE = ["ann@example.org", "bo@example.org"]


def delivered(ses: LocalSES) -> Sequence[Accepted]:
    drain()
    return list(ses.inbox)


def test_all_recipients_of_send_mail_see_each_other(ses: LocalSES) -> None:
    assert mail.send_mail("Hello", "Hi", "post@example.com", PEOPLE) == 1
    (got,) = delivered(ses)
    assert got.message["To"] == "ann@example.org, bo@example.org"
    assert sorted(got.recipients) == PEOPLE
    assert got.message.get_content() == "Hi\r\n"


def test_html_message_is_an_alternative_of_the_text(ses: LocalSES) -> None:
    mail.send_mail("Hello", "Hi", "post@example.com", PEOPLE, html_message="<p>Hi")
    (got,) = delivered(ses)
    assert got.message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in got.message.iter_parts()] == [
        *("text/plain", "text/html"),
    ]


def test_recipients_of_send_mass_mail_see_those_of_their_own_mail(
    ses: LocalSES, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Shop <shop@example.com>"
    rows = (
        ("One", "Hi", "post@example.com", PEOPLE[:1]),
        ("Two", "Hi", None, PEOPLE[1:]),
    )
    assert mail.send_mass_mail(rows) == 2
    found = {got.subject: got.message for got in delivered(ses)}
    assert found["One"]["To"] == "ann@example.org"
    assert found["Two"]["To"] == "bo@example.org"
    assert found["Two"]["From"] == "Shop <shop@example.com>"


def names(addresses: list[str]) -> list[Any]:
    """Return a setting of people as each Django wants it."""
    if django.VERSION >= (6, 0):
        return addresses
    return [("Somebody", address) for address in addresses]


@pytest.mark.parametrize(
    ("function", "setting"),
    [(mail.mail_admins, "ADMINS"), (mail.mail_managers, "MANAGERS")],
)
def test_admins_and_managers_get_mail_of_the_server(
    ses: LocalSES, settings: Any, function: Callable[..., None], setting: str
) -> None:
    settings.SERVER_EMAIL = "root@example.com"
    settings.EMAIL_SUBJECT_PREFIX = "[größer] "
    setattr(settings, setting, names(PEOPLE))
    function("Down", "It is.", html_message="<p>It is.")
    (got,) = delivered(ses)
    assert got.message["Subject"] == "[größer] Down"
    assert got.message["From"] == "root@example.com"
    assert sorted(got.recipients) == PEOPLE
    assert got.message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("function", [mail.mail_admins, mail.mail_managers])
def test_without_admins_and_managers_there_is_no_mail(
    settings: Any, function: Callable[..., None]
) -> None:
    settings.ADMINS = settings.MANAGERS = []
    function("Down", "It is.")
    assert not Message.objects.exists()


def test_what_fails_silently_raises_nothing(settings: Any) -> None:
    settings.SERVER_EMAIL = "nobody"
    settings.ADMINS = names(PEOPLE)
    bad = EmailMessage("Hello", "Hi", "nobody", PEOPLE)
    with old_arguments():
        assert mail.send_mail("a", "b", "nobody", PEOPLE, fail_silently=True) == 0
        rows = [("a", "b", "nobody", PEOPLE)]
        assert mail.send_mass_mail(rows, fail_silently=True) == 0
        assert connection(fail_silently=True).send_messages([bad]) == 0
    assert not Message.objects.exists()


def test_one_connection_takes_any_number_of_messages(ses: LocalSES) -> None:
    """``with`` opens and closes it; `open()` twice opens nothing anew."""
    with old_arguments(), default_connection() as opened:
        opened.open()
        EmailMessage("One", "Hi", "post@example.com", PEOPLE, connection=opened).send()
        mail.send_mail("Two", "Hi", "post@example.com", PEOPLE, connection=opened)
        assert (
            opened.send_messages(
                [EmailMessage("Three", "Hi", "post@example.com", PEOPLE)]
            )
            == 1
        )
    assert {got.subject for got in delivered(ses)} == {"One", "Two", "Three"}


def test_the_named_tuples_of_attachments_and_alternatives_are_taken(
    ses: LocalSES,
) -> None:
    sent = EmailMultiAlternatives("Hello", "I am Ann", "post@example.com", PEOPLE)
    sent.alternatives.append(EmailAlternative("<p>I am Ann", "text/html"))
    sent.attachments.append(EmailAttachment("a.csv", "a,b", "text/csv"))
    assert sent.body_contains("I am")
    assert not sent.body_contains("you are")
    sent.send()
    (got,) = delivered(ses)
    assert [part.get_content_type() for part in got.message.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        "text/csv",
    ]


@pytest.mark.parametrize(("is_local", "hours"), [(True, 9), (False, 0)])
def test_the_date_is_in_local_time_if_the_settings_say_so(
    ses: LocalSES, settings: Any, is_local: bool, hours: int
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    settings.EMAIL_USE_LOCALTIME = is_local
    mail.send_mail("Hello", "Hi", "post@example.com", PEOPLE)
    (got,) = delivered(ses)
    offset = parsedate_to_datetime(got.message["Date"]).utcoffset()
    assert (offset.total_seconds() if offset else 0) == hours * 3600


def test_a_message_is_rendered_and_counted_by_django_after_it_was_sent() -> None:
    sent = EmailMessage(
        *("Hello", "Hi", "post@example.com", PEOPLE[:1]),
        cc=["cy@example.org"],
        bcc=PEOPLE[1:],
    )
    assert sent.send() == 1
    assert sorted(sent.recipients()) == [*PEOPLE, "cy@example.org"]
    assert sent.message()["Subject"] == "Hello"
