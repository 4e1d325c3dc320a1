"""Octets that must not change, or not in this way."""

from __future__ import annotations

import base64
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from seacucumber.envelope import Defaults, from_mime
from seacucumber.envelope.octets import is_clean, with_final_line_end
from seacucumber.exceptions import InvalidMessage
from tests.envelope import assert_wire_format, frozen, message, parsed

SIGNED = (
    b"From: a@example.com\r\nContent-Type: multipart/signed; boundary=s;"
    b' protocol="application/pgp-signature"\r\n\r\n'
    b"--s\r\nContent-Type: text/plain;   charset=utf-8\r\n"
    b"Content-Transfer-Encoding: %s\r\n\r\n%s\r\n"
    b"--s\r\nContent-Type: application/pgp-signature\r\n\r\nMIAG\r\n--s--\r\n"
)
SEVEN_BIT = SIGNED % (b"7bit", b"Hi  \r\n\r\n  there")
EIGHT_BIT = SIGNED % (b"8bit", "grün".encode())
DKIM = (
    b"DKIM-Signature: v=1; b=x\r\nFrom: a@example.com\r\nX-A:  b\r\n c\r\n\r\nHi \r\n"
)


@pytest.mark.parametrize(
    "octets",
    [SEVEN_BIT, DKIM, DKIM.replace(b"\r\n", b"\n"), b"X-Long: " + b"x" * 900 + b"\r\n"],
)
def test_an_attached_message_goes_octet_for_octet(octets):  # RFC 1847 2.1
    mail = message()
    mail.attach("in.eml", octets, "message/rfc822")
    raw = frozen(mail).raw
    assert_wire_format(raw)
    wired = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert wired.rstrip(b"\r\n") in raw
    part = list(parsed(raw).walk())[2]
    assert part.get_content_type() == "message/rfc822"
    assert part["Content-Transfer-Encoding"] == "7bit"  # RFC 2046 5.2.1
    assert part.get_filename() == "in.eml"


@pytest.mark.parametrize(
    "octets", [EIGHT_BIT, DKIM + "ü".encode(), SIGNED % (b"7bit", b"x" * 999)]
)
def test_an_attached_message_whose_signature_would_not_survive_is_refused(octets):
    mail = message()
    mail.attach("in.eml", octets, "message/rfc822")
    with pytest.raises(InvalidMessage, match=r"in\.eml.*signature") as caught:
        frozen(mail)
    assert caught.value.field == "attachments"


def test_a_signed_part_that_is_not_seven_bit_is_refused_by_type():
    signed = MIMEMultipart("signed", protocol="application/pgp-signature")
    text = MIMEText("x")
    text.set_payload("grün\n".encode())
    text.replace_header("Content-Transfer-Encoding", "8bit")
    signed.attach(text)
    signed.attach(MIMEApplication(b"sig", "pgp-signature"))
    mail = message()
    mail.attachments.append(signed)
    with pytest.raises(InvalidMessage, match="text/plain") as caught:
        frozen(mail)
    assert caught.value.field == "attachments"
    with pytest.raises(InvalidMessage, match="signed part"):
        from_mime(EIGHT_BIT.decode(), "a@example.com", ["b@example.com"], Defaults())


def test_a_str_of_json_is_utf8():
    mail = message()
    mail.attach("a.json", '{"a": "é日"}', "application/json")
    part = list(parsed(frozen(mail).raw).walk())[2]
    assert part.get_payload(decode=True) == '{"a": "é日"}'.encode()


def test_the_mime_version_is_there_without_a_body():  # RFC 2045 4
    mail = message(body="")
    mail.attach("a.pdf", b"%PDF", "application/pdf")
    assert parsed(frozen(mail).raw).get_all("MIME-Version") == ["1.0"]


@pytest.mark.parametrize("text", ["=" * 400, "ü" + "x" * 300, ("a" * 77 + "ü ") * 9])
def test_a_line_of_quoted_printable_has_76_characters(text):  # RFC 2045 6.7 (5)
    raw = frozen(message(body=text)).raw
    head, _, body = raw.partition(b"\r\n\r\n")
    if b"quoted-printable" not in head:
        return  # Django 5.2 leaves ASCII as it is, up to 998 characters a line
    assert max(map(len, body.split(b"\r\n"))) <= 76


def test_a_delivery_status_has_the_blocks_that_it_had():  # RFC 3464 2.1
    blocks = b"Reporting-MTA: dns; a.example\r\n\r\nAction: failed\r\n"
    mail = message()
    mail.attach(None, blocks, "message/delivery-status")
    raw = frozen(mail).raw
    assert b"\r\n\r\n" + blocks + b"\r\n--" in raw


@pytest.mark.parametrize("charset", ["utf-16", "utf-32-le"])
def test_a_charset_without_octet_lines_is_refused(charset):  # RFC 2046 4.1.1
    mail = message(body="日本語\nzwei")
    mail.encoding = charset
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == "encoding"


def test_text_that_is_base64_carries_the_octets_it_was_given():  # RFC 2045 6.8
    octets = "日本\r\n語\r\n".encode()
    part = MIMEText("x")
    part.set_payload(octets)
    part.set_param("charset", "utf-8")
    part.replace_header("Content-Transfer-Encoding", "8bit")
    mail = message()
    mail.attachments.append(part)
    raw = frozen(mail).raw
    assert base64.b64encode(octets) in raw


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b"", True),
        (b"A: b\r\n\r\nbody\r\n", True),
        (b"x" * 998 + b"\r\n", True),
        (b"x" * 999 + b"\r\n", False),
        (b"a\nb\r\n", False),
        (b"a\rb\r\n", False),
        (b"a\0b\r\n", False),
        ("ü\r\n".encode(), False),
    ],
)
def test_only_seven_bit_lines_of_998_octets_are_clean(raw, clean):
    assert is_clean(raw) is clean


def test_the_last_line_ends():
    assert with_final_line_end(b"a") == b"a\r\n"
    assert with_final_line_end(b"a\r\n") == b"a\r\n"
