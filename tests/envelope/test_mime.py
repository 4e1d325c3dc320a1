"""Frozen bytes against what Django itself would send."""

from __future__ import annotations

import pickle
import re
from email import policy
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import django
import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives

from seacucumber.exceptions import InvalidMessage
from tests.envelope import assert_wire_format, frozen, message, parsed, parts
from tests.envelope.corpus import HEADERS, inline_image, messages

STOCK = policy.SMTP.clone(cte_type="7bit")
ADDRESSES = re.compile(
    rb"^(?:From|To|Cc|Reply-To):[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE
)


def djangos_bytes(mail):
    """Return what Django makes of a message, under the standard policy if it can."""
    if django.VERSION >= (6, 0):
        return mail.message(policy=STOCK).as_bytes()
    return mail.message().as_bytes(linesep="\r\n")


def unfolded(raw):
    """Unfold the address headers, and undo a defect of Python 3.11 to 3.13 in them:
    where a comma would be the 79th character of a line, it becomes an encoded-word.
    """
    head, _, body = raw.partition(b"\r\n\r\n")
    head = ADDRESSES.sub(
        lambda m: b" ".join(m[0].split()).replace(b" =?utf-8?q?=2C?=", b",") + b"\r\n",
        head + b"\r\n",
    )
    return head + b"\r\n" + body


def summary(raw):
    mail = parsed(raw)
    headers = {
        name.lower(): " ".join(str(value).split())
        for name, value in mail.items()
        if not name.lower().startswith(("content-", "mime-"))
    }
    return headers, parts(raw)


def free_text(raw):
    mail = parsed(raw)
    names = ("Subject", *HEADERS)
    return {name: mail[name].strip() for name in names if name in mail}


def test_the_content_is_what_django_would_send():
    """Where Python loses a blank between two encoded-words, ours must have it."""
    lost = 0
    for mail in messages(400, seed=3):
        ours, djangos = frozen(mail).raw, djangos_bytes(mail)
        given = {"Subject": mail.subject, **mail.extra_headers}
        expected = {name: given[name] for name in free_text(djangos)}
        assert free_text(ours) == expected
        if free_text(djangos) != expected:
            lost += 1
        else:
            assert summary(unfolded(ours)) == summary(unfolded(djangos))
    assert lost <= 100


def test_attached_mime_is_copied_and_not_changed():
    mixed = MIMEMultipart("mixed")
    mixed.attach(MIMEText("inner"))
    mail = message()
    mail.attachments.append(mixed)
    before = pickle.dumps(mixed)
    raw = frozen(mail).raw
    assert pickle.dumps(mixed) == before
    assert parts(raw)[1] == ("text/plain", None, "inner")


def test_an_image_keeps_its_content_id():
    mail = message()
    mail.attach_alternative('<img src="cid:logo">', "text/html")
    mail.attach(inline_image())
    image = list(parsed(frozen(mail).raw).walk())[-1]
    assert image["Content-ID"] == "<logo>"
    assert image.get_content() == b"\x89PNG\r\n\x1a\n"
    assert image.get_content_disposition() == "inline"


def test_an_older_mime_attachment_with_eight_bit_text_becomes_seven_bit():
    part = MIMEText("x")
    part.set_payload("grün\n".encode())
    part.set_param("charset", "utf-8")
    part.replace_header("Content-Transfer-Encoding", "8bit")
    part.add_header("Content-Disposition", "attachment", filename="grün.txt")
    mail = message()
    mail.attachments.append(part)
    raw = frozen(mail).raw
    assert_wire_format(raw)
    assert parts(raw)[1] == ("text/plain", "grün.txt", "grün")


def test_a_binary_attachment_of_the_older_api_arrives():
    mail = message()
    mail.attachments.append(MIMEApplication(bytes(range(256)), name="a.bin"))
    assert parts(frozen(mail).raw)[1][2] == bytes(range(256))


class Signed(EmailMultiAlternatives):
    """Renders itself, as S/MIME or template packages do."""

    def message(self, **kw):
        mime = super().message(**kw)
        del mime["Subject"]
        mime["Subject"] = "Replaced grün"
        mime["X-Own"] = "yes"
        mime["X-Cucumber-Lane"] = "bulk"
        return mime


def test_a_class_that_renders_itself_keeps_its_mime():
    mail = Signed("Hello", "grün", "Änn <a@example.com>", ["ann@example.com"])
    envelope = frozen(mail)
    result = parsed(envelope.raw)
    assert envelope.subject == result["Subject"] == "Replaced grün"
    assert result["X-Own"] == "yes"
    assert "X-Cucumber-Lane" not in result
    assert parts(envelope.raw) == [("text/plain", None, "grün")]
    assert_wire_format(envelope.raw)


class OldStyle(EmailMessage):
    """Written before there were policies; returns MIME of the older API."""

    def message(self):
        mime = MIMEText(self.body, "plain", "utf-8")
        mime["Subject"] = "Von früher"
        mime["From"] = "other@example.com"
        mime["To"] = "ann@example.com"
        mime["Bcc"] = "secret@example.com"
        return mime


def test_a_class_from_before_policies_works_and_leaks_no_bcc():
    mail = OldStyle("Hello", "grün", "shop@example.com", ["ann@example.com"])
    envelope = frozen(mail)
    assert envelope.sender == "other@example.com"
    assert envelope.subject == "Von früher"
    assert b"secret" not in envelope.raw
    assert parts(envelope.raw) == [("text/plain", None, "grün")]
    assert_wire_format(envelope.raw)


class Untrue(EmailMessage):
    """Raises what it was given."""

    error: Exception

    def message(self, **kw):
        raise self.error


@pytest.mark.parametrize(
    "error", [ValueError("no"), TypeError("no"), LookupError("no")]
)
def test_a_class_that_cannot_render_itself_gives_our_error(error):  # B34
    mail = Untrue("Hello", "Hi", "a@example.com", ["b@example.com"])
    mail.error = error
    with pytest.raises(InvalidMessage, match="cannot be rendered") as caught:
        frozen(mail)
    assert caught.value.__cause__ is error


def test_what_is_not_about_the_message_is_not_disguised():
    mail = Untrue("Hello", "Hi", "a@example.com", ["b@example.com"])
    mail.error = OSError("disk is gone")
    with pytest.raises(OSError, match="disk is gone"):
        frozen(mail)


class TwoSenders(EmailMessage):
    def message(self, **kw):
        mime = MIMEText("Hi")
        mime["From"] = "a@example.com, b@example.com"
        return mime


class NoSender(EmailMessage):
    def message(self, **kw):
        return MIMEText("Hi")


@pytest.mark.parametrize("kind", [TwoSenders, NoSender])
def test_mime_of_ones_own_has_one_sender_too(kind):  # B18
    with pytest.raises(InvalidMessage) as caught:
        frozen(kind("Hello", "Hi", "a@example.com", ["b@example.com"]))
    assert caught.value.field == "From"


def test_a_line_break_in_the_header_of_an_attachment_is_refused():
    part = MIMEText("x")
    part["X-Foo"] = "a\nX-Injected: b"
    mail = message()
    mail.attachments.append(part)
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == "content"


class Careless(policy.Compat32):
    """Writes a header as it is, whatever is in it."""

    def fold_binary(self, name, value):
        return f"{name}: {value}\r\n".encode()


class Injecting(EmailMessage):
    """Renders itself with such a policy."""

    def message(self, **kw):
        mime = MIMEText("Hi", policy=Careless())
        mime["From"] = "a@example.com"
        mime["X-Foo"] = "a\r\nX-Injected: b"
        return mime


def test_what_is_written_is_read_back_before_it_is_queued():
    with pytest.raises(InvalidMessage, match="than was meant") as caught:
        frozen(Injecting("Hello", "Hi", "a@example.com", ["b@example.com"]))
    assert caught.value.field == "content"


@pytest.mark.parametrize("control", ["\x1f", "\f", "\0", "\x7f", "ü\r\n", "ü\x1f"])
def test_a_control_character_in_the_header_of_an_attachment_is_refused(control):
    """RFC 5322 2.2: of a part that is the caller's own, too."""
    part = MIMEBase("application", "pdf")
    part.set_payload("%PDF")
    part.add_header("Content-Disposition", "attachment", filename=f"a{control}b.pdf")
    mail = message()
    mail.attachments.append(part)
    with pytest.raises(InvalidMessage, match="control character") as caught:
        frozen(mail)
    assert caught.value.field == "Content-Disposition"
