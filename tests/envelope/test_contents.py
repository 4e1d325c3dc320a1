"""Bodies, alternatives and attachments."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage
from django.utils.safestring import mark_safe

from seacucumber.exceptions import InvalidMessage
from tests.envelope import assert_wire_format, frozen, message, parsed, parts
from tests.envelope.strict import findings


@pytest.mark.parametrize(
    "body",
    [
        "",
        "grün\n.\nFrom here\n",  # B30
        "x" * 5000,
        "x" * 5000 + "ü",
        "a\rb\r\nc\nd",
        "nul\0here",  # B10
        "日本語\n" * 400,
        "\n\n",
        "trailing blank \n",
    ],
)
def test_any_text_arrives(body):
    raw = frozen(message(body=body)).raw
    assert_wire_format(raw)
    expected = "\n".join(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert parts(raw) == [("text/plain", None, expected.rstrip("\n"))]


def test_text_from_a_template_is_plain_text():
    mail = message(subject=mark_safe("<b>"), body=mark_safe("a\n" * 5))
    mail.attach_alternative(mark_safe("<p>ü</p>"), "text/html")
    raw = frozen(mail).raw
    assert parsed(raw)["Subject"] == "<b>"
    assert parts(raw) == [
        ("text/plain", None, "a\na\na\na\na"),
        ("text/html", None, "<p>ü</p>"),
    ]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("body", {"body": "half \ud83d pair"}),  # B11
        ("alternatives", {"alternatives": [("half \ud83d", "text/html")]}),
        ("attachments", {"attachments": [("a.txt", "half \ud83d", "text/plain")]}),
        ("attachments", {"attachments": [("\ud83d.txt", b"x", "image/png")]}),
        ("attachments", {"attachments": [("a\r\nX: y", b"x", "image/png")]}),  # B27
        ("attachments", {"attachments": [("a\0b", b"x", "image/png")]}),
    ],
)
def test_what_cannot_be_encoded_is_refused_by_field(field, change):
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(**change))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "mimetype",
    [
        *("junk", "", "a/b\r\nX: y", "a/", "/b", "a/b/c", None, 5),
        *('a/b; c="', "a/b; c", "a/b; =c", "a/b; c=d e", "a/b; c=(d)"),  # RFC 2045 5.1
    ],
)
@pytest.mark.parametrize("field", ["alternatives", "attachments"])
def test_a_bad_mime_type_is_refused(field, mimetype):  # B28
    mail = message()
    item = ("x", b"x", mimetype) if field == "attachments" else ("x", mimetype)
    getattr(mail, field).append(item)
    with pytest.raises(InvalidMessage, match="MIME type") as caught:
        frozen(mail)
    assert caught.value.field == field


@pytest.mark.parametrize("item", [("a.txt",), "a.txt", None, ("a", None, "text/plain")])
def test_an_attachment_that_is_none_is_refused(item):
    mail = message()
    mail.attachments.append(item)
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == "attachments"


@pytest.mark.parametrize(
    "filename",
    [
        "report.pdf",
        "größe ümläut.pdf",
        "../../etc/passwd",  # B27
        "invoice\u202efdp.exe",
        "n" * 300,
        "日" * 300,
        'with "quotes" and \\.pdf',
        "n" * 2000,
        "a; b=c.pdf",
    ],
)
def test_any_file_name_arrives_as_one_name(filename):
    mail = message()
    mail.attach(filename, b"%PDF", "application/pdf")
    raw = frozen(mail).raw
    assert_wire_format(raw)
    assert parts(raw)[1] == ("application/pdf", filename, b"%PDF")


def test_a_charset_that_lacks_a_character_is_refused():
    mail = message(body="100 €")
    mail.encoding = "iso-8859-1"
    with pytest.raises(InvalidMessage, match="iso-8859-1 does not have") as caught:
        frozen(mail)
    assert caught.value.field == "body"


def test_an_unknown_charset_is_refused():
    mail = message()
    mail.encoding = "klingon"
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == "encoding"


def test_another_charset_is_kept():
    mail = message(body="grün")
    mail.encoding = "iso-8859-1"
    raw = frozen(mail).raw
    assert_wire_format(raw)
    assert parts(raw) == [("text/plain", None, "grün")]
    assert parsed(raw).get_content_charset() == "iso-8859-1"


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: inner\r\n\r\nHi\r\n",
        "Subject: inn\u00e9r\n\nHi\n",
        b"no header at all",  # B29
        b"\xff\xfe\0broken\r\r\n",
        b"",
        EmailMessage("inner", "grün", "a@example.com", ["b@example.com"]),
    ],
)
def test_an_attached_message_can_go_out_whatever_it_holds(content):
    mail = message()
    mail.attach("mail.eml", content, "message/rfc822")
    raw = frozen(mail).raw
    assert_wire_format(raw)
    types = [part.get_content_type() for part in parsed(raw).walk()]
    assert types[:3] == ["multipart/mixed", "text/plain", "message/rfc822"]


def test_an_attached_message_whose_mime_is_broken_is_not_repaired():  # B29
    mail = message()
    broken = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n"
    mail.attach("mail.eml", broken, "message/rfc822")
    assert broken in frozen(mail).raw


@pytest.mark.parametrize(
    "mimetype",
    [
        "text/calendar; method=REQUEST; charset=UTF-8",
        'text/calendar;charset="iso-8859-1";method=REQUEST',
        "text/calendar; method=REQUEST",
    ],
)
def test_a_text_has_one_charset_which_is_the_messages(mimetype):  # RFC 2045 5
    mail = message()
    mail.attach_alternative("SUMMARY:grün\n", mimetype)
    mail.attach("meeting.ics", "SUMMARY:grün\n", mimetype)
    raw = frozen(mail).raw
    assert findings(raw) == []
    found = [
        part
        for part in parsed(raw).walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert len(found) == 2
    for part in found:
        assert part.get_content().strip() == "SUMMARY:grün"
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Type"].params["method"] == "REQUEST"


@pytest.mark.parametrize("filename", ["", None])
def test_an_attachment_without_a_name_has_none(filename):  # RFC 2045 5.1
    mail = message()
    mail.attach(filename, b"%PDF", "application/pdf")
    raw = frozen(mail).raw
    assert findings(raw) == []
    assert list(parsed(raw).walk())[2].get_filename() is None
