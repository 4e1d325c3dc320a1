"""The last gate: bytes that say something else than was meant do not leave."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage as Mime

import pytest

from seacucumber.envelope.policy import WIRE
from seacucumber.envelope.readback import check_readback
from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen, message, parsed
from tests.envelope.corpus import messages

PLAIN = b"Subject: a\r\nFrom: b@example.com\r\nContent-Type: text/plain\r\n\r\nHi\r\n"
MIXED = (
    b'Subject: a\r\nContent-Type: multipart/mixed;\r\n boundary="x"\r\n\r\n'
    b"--x\r\n\r\none\r\n--x\r\nContent-Type: text/html\r\n\r\ntwo\r\n--x--\r\n"
)
NESTED = b"A: b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nHi\r\n"


def tree_of(raw):
    return message_from_bytes(raw, policy=WIRE)


@pytest.mark.parametrize(
    "raw", [PLAIN, MIXED, NESTED, b"A: b\r\n", b"A: b\r\n c\r\n\r\n"]
)
def test_bytes_that_say_what_was_meant_pass(raw):
    check_readback(raw, tree_of(raw))


@pytest.mark.parametrize(
    ("raw", "meant", "forged"),
    [
        (PLAIN, b"a\r\n", b"a\r\nReply-To: e@v.il\r\n"),
        (PLAIN, b"Subject: a\r\n", b""),
        (PLAIN, b"a\r\n", b"a\r\n\r\nNew body\r\n"),
        (PLAIN, b"a\r\n", b"a\r\nno header\r\n"),
        (PLAIN, b"text/plain", b"text/html"),
        (MIXED, b"--x--", b"--x\r\n\r\nthree\r\n--x--"),
        (MIXED, b"--x\r\nContent-Type: text/html", b"--y"),
        (MIXED, b"text/html", b"text/plain"),
        (MIXED, b"text/html\r\n", b"text/html\r\nX-Forged: yes\r\n"),
        (NESTED, b"Subject: in\r\n", b"Subject: in\r\nX-Forged: yes\r\n"),
    ],
)
def test_bytes_that_say_something_else_are_refused(raw, meant, forged):
    assert raw.count(meant) >= 1
    with pytest.raises(InvalidMessage, match="than was meant"):
        check_readback(raw.replace(meant, forged, 1), tree_of(raw))


def test_every_message_of_the_corpus_passes():
    for mail in messages(100, seed=9):
        frozen(mail)


HIDING = "=?utf-8?q?a=0D=0AX-Forged:_yes=0D=0A=0D=0Abody?="


@pytest.mark.parametrize("name", ["subject", "comments", "x-note", "keywords"])
def test_what_pythons_parser_has_decoded_is_checked_after(name):
    """Python 3.12.1 decodes it when it is set, and would write its CR LF."""
    part = Mime()
    part.set_content("Hi\n")
    part[name] = HIDING
    mail = message()
    mail.attachments.append(part)
    try:
        raw = frozen(mail).raw
    except InvalidMessage:
        return
    assert b"\r\nX-Forged" not in raw


@pytest.mark.parametrize(
    "filename",
    [
        HIDING,
        "=?utf-8?b?DQpYLUZvcmdlZDogeWVzDQo=?=",
        "=?utf-8?q?a?= =?utf-8?q?b?=.pdf",
        "=?utf-8?q?=22=3B_filename=3Dx.exe?=",
    ],
)
def test_a_file_name_is_never_decoded(filename):
    mail = message()
    mail.attach(filename, b"%PDF", "application/pdf")
    raw = frozen(mail).raw
    assert b"\r\nX-Forged" not in raw
    assert b"=?" not in raw
    part = list(parsed(raw).walk())[-1]
    assert part.get_filename() == filename
