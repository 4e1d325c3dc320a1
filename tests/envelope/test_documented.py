"""What Django's documentation promises of messages holds for what leaves.

https://docs.djangoproject.com/en/stable/topics/email/
"""

from __future__ import annotations

from email.message import MIMEPart
from email.mime.text import MIMEText

import django
import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives

from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen, message, parsed, parts
from tests.envelope.strict import findings


def types(raw):
    return [part.get_content_type() for part in parsed(raw).walk()]


def test_alternatives_follow_the_body_in_the_order_they_were_attached():
    """The last one is what readers prefer (RFC 2046 5.1.4)."""
    mail = message(body="text")
    mail.attach_alternative("<p>html</p>", "text/html")
    mail.attach_alternative('{"@type": "x"}', "application/ld+json")
    raw = frozen(mail).raw
    assert types(raw) == [
        *("multipart/alternative", "text/plain", "text/html", "application/ld+json"),
    ]
    assert findings(raw) == []


def test_attachments_stand_beside_the_alternatives_and_not_among_them():
    mail = message(body="text")
    mail.attach_alternative("<p>html</p>", "text/html")
    mail.attach("a.txt", "file", "text/plain")
    assert types(frozen(mail).raw) == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        "text/plain",
    ]


def test_a_message_may_be_html_only():
    mail = EmailMessage("Hello", "<p>Hi</p>", "a@example.com", ["b@example.com"])
    mail.content_subtype = "html"
    assert parts(frozen(mail).raw) == [("text/html", None, "<p>Hi</p>")]


def test_the_type_of_an_attachment_is_guessed_from_its_name():
    mail = message()
    mail.attach("picture.png", b"\x89PNG")
    mail.attach("notes.txt", "text")
    mail.attach("unknown.qqq", b"\0\1")
    assert parts(frozen(mail).raw)[1:] == [
        ("image/png", "picture.png", b"\x89PNG"),
        ("text/plain", "notes.txt", "text"),
        ("application/octet-stream", "unknown.qqq", b"\0\1"),
    ]


def test_bytes_of_a_text_type_that_are_no_utf8_become_binary():
    mail = message()
    mail.attach("a.txt", b"\xff\xfe", "text/plain")
    assert parts(frozen(mail).raw)[1] == (
        "application/octet-stream",
        "a.txt",
        b"\xff\xfe",
    )


def test_an_attachment_may_be_a_tuple_given_to_the_constructor():
    mail = message(
        attachments=[("a.csv", "a,b", "text/csv"), (None, b"x", "application/x-own")]
    )
    assert parts(frozen(mail).raw)[1:] == [
        ("text/csv", "a.csv", "a,b"),
        ("application/x-own", None, b"x"),
    ]


def test_an_attachment_may_be_a_file(tmp_path):
    path = tmp_path / "größe.pdf"
    path.write_bytes(b"%PDF")
    mail = message()
    mail.attach_file(path)
    mail.attach_file(str(path), mimetype="application/x-own")
    assert parts(frozen(mail).raw)[1:] == [
        ("application/pdf", "größe.pdf", b"%PDF"),
        ("application/x-own", "größe.pdf", b"%PDF"),
    ]


def test_an_attachment_may_be_a_mime_part():
    if django.VERSION >= (6, 0):
        part = MIMEPart()
        part.set_content("part", "x-own")
    else:
        part = MIMEText("part\n", "x-own")
    mail = message()
    mail.attach(part)
    assert parts(frozen(mail).raw)[1:] == [("text/x-own", None, "part")]


def test_an_attached_django_message_is_a_message():
    inner = EmailMessage("Inner", "Hi", "a@example.com", ["b@example.com"])
    mail = message()
    mail.attach("inner.eml", inner, "message/rfc822")
    raw = frozen(mail).raw
    assert types(raw)[2:] == ["message/rfc822", "text/plain"]
    assert list(parsed(raw).walk())[3]["Subject"] == "Inner"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"subject": "a\fb"}, "subject"),
        ({"subject": "=?utf-8?q?a=0D=0AX-Forged:_y?="}, "subject"),
        ({"from_email": "no address"}, "from_email"),
        ({"reply_to": ["=?utf-8?q?a=0Ab?= <a@b.example>"]}, "reply_to"),
        ({"headers": {"X-Note": "a\nb"}}, "X-Note"),
        ({"body": "\ud800"}, "body"),
    ],
)
def test_an_attached_django_message_is_checked_as_any_other(change, named):
    mail = message()
    mail.attach("inner.eml", message(**change), "message/rfc822")
    with pytest.raises(InvalidMessage, match=rf"inner\.eml.*whose {named} ") as caught:
        frozen(mail)
    assert caught.value.field == "attachments"


def test_an_attached_django_message_needs_no_recipient_and_stays_the_callers():
    inner = EmailMessage("Grüße", "Hi", "Jörg <a@example.com>", bcc=["s@example.com"])
    mail = message()
    mail.attach("inner.eml", inner, "message/rfc822")
    raw = frozen(mail).raw
    assert findings(raw) == []
    assert b"s@example.com" not in raw
    assert (inner.subject, inner.from_email) == ("Grüße", "Jörg <a@example.com>")


def test_headers_override_from_to_date_and_message_id():
    """ "From" is shown, and here it is the envelope's sender as well: SES knows one."""
    headers = {
        "From": "list@example.com",
        "To": "members@example.com",
        "Date": "Fri, 09 Nov 2001 01:08:47 -0000",
        "Message-ID": "<foo@example.com>",
    }
    envelope = frozen(message(headers=headers))
    found = parsed(envelope.raw)
    assert {name: found.get_all(name) for name in headers} == {
        name: [value] for name, value in headers.items()
    }
    assert [each.address for each in envelope.recipients] == ["ann@example.com"]


@pytest.mark.parametrize("name", ["date", "message-id", "MESSAGE-ID"])
def test_a_header_in_another_spelling_is_there_once(name):
    value = "Fri, 09 Nov 2001 01:08:47 -0000" if name == "date" else "<foo@example.com>"
    raw = frozen(message(headers={name: value})).raw
    assert parsed(raw).get_all(name) == [value]


def test_each_message_gets_a_date_and_an_id_of_its_own():
    first, second = parsed(frozen(message()).raw), parsed(frozen(message()).raw)
    assert first["Date"].datetime is not None
    assert first["Message-ID"] != second["Message-ID"]


def test_blind_copies_are_in_no_header_and_get_the_mail():
    envelope = frozen(message(bcc=["Secret <secret@example.com>"]))
    assert b"secret" not in envelope.raw.lower()
    assert "bcc" not in parsed(envelope.raw)
    assert "secret@example.com" in [each.address for each in envelope.recipients]


def test_several_reply_to_are_one_header():
    raw = frozen(message(reply_to=["a@example.com", "B <b@example.com>"])).raw
    assert parsed(raw).get_all("Reply-To") == ["a@example.com, B <b@example.com>"]


@pytest.mark.parametrize("kind", [EmailMessage, EmailMultiAlternatives])
def test_without_recipients_nothing_is_sent_and_nothing_raised(kind, mailoutbox):
    """``send()`` asks no backend; `tests.test_backend` has ours asked all the same."""
    assert kind("Hello", "Hi", "a@example.com", []).send() == 0
    assert kind("Hello", "Hi", "a@example.com").send() == 0
    assert mailoutbox == []
    assert kind("Hello", "Hi", "a@example.com", bcc=["b@example.com"]).send() == 1
