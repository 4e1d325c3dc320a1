"""What two readers from npm make of our mail is what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from email.header import decode_header, make_header
from email.utils import parseaddr
from functools import cache

import pytest
from django.core.mail import EmailMultiAlternatives

from seacucumber.envelope.free_text import is_encoded
from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen
from tests.envelope.corpus import messages
from tests.envelope.odd_corpus import odd_messages
from tests.oracles.mailauth import verdicts
from tests.oracles.postal_mime import Named, Reading, readings
from tests.oracles.test_mailauth import key, passes, record, signer

pytestmark = pytest.mark.verifier


@cache
def ordinary() -> list[tuple[EmailMultiAlternatives, bytes]]:
    """Return 500 messages as projects send them, frozen."""
    return [
        (mail, frozen(mail).raw)
        for mail in messages(500, seed=77)
        if isinstance(mail, EmailMultiAlternatives)
    ]


@cache
def odd() -> list[tuple[EmailMultiAlternatives, bytes]]:
    """Return more than 200 messages that nobody expects, as far as they are taken."""

    def taken() -> Iterator[tuple[EmailMultiAlternatives, bytes]]:
        for mail, _ in odd_messages(900):
            try:
                yield mail, frozen(mail).raw
            except InvalidMessage:
                continue

    return list(taken())


def read(
    pairs: list[tuple[EmailMultiAlternatives, bytes]],
) -> Iterator[tuple[EmailMultiAlternatives, Reading]]:
    mails, raws = zip(*pairs, strict=True)
    yield from zip(mails, readings(raws), strict=True)


def mailbox(text: str) -> Named:
    name, address = parseaddr(text)
    return Named(name, address)


def lines(text: str) -> list[str]:
    """Return a text without the kind of its line ends, and without blank ones last."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


def assert_same_files(mail: EmailMultiAlternatives, reading: Reading) -> None:
    """Inline images have no name; they were not attached as a tuple."""
    given = [item for item in mail.attachments if isinstance(item, tuple)]
    shown = [each for each in reading.attachments if each.mimetype != "image/png"]
    assert len(shown) == len(given)
    for (name, content, mimetype), file in zip(given, shown, strict=True):
        assert file.mimetype == mimetype
        # postal-mime decodes what looks like an encoded-word even where RFC 2231 has
        # said that it is none (RFC 2047 5 forbids it in a parameter).
        if name and "=?" not in name:
            assert (file.filename or "").strip() == name.strip()
        if isinstance(content, bytes):
            assert file.octets == content
        else:
            assert lines(file.octets.decode()) == lines(str(content))


def test_postal_mime_shows_500_ordinary_messages_as_they_were_meant() -> None:
    for mail, reading in read(ordinary()):
        assert reading.subject == mail.subject
        assert reading.sender == [mailbox(mail.from_email)]
        assert reading.to == [mailbox(each) for each in mail.to]
        assert reading.cc == [mailbox(each) for each in mail.cc]
        assert reading.reply_to == [mailbox(each) for each in mail.reply_to]
        assert "bcc" not in reading.headers
        assert lines(reading.text) == lines(str(mail.body))
        html = [lines(str(each.content)) for each in mail.alternatives]
        assert html == ([lines(reading.html)] if reading.html else [])
        assert_same_files(mail, reading)


def meant(text: str) -> str:
    """Return what text says that may be of Python's own encoded-words, or literal."""
    text = text.strip(" \t\n")
    if not (text.isascii() and is_encoded(text)):
        return text
    # RFC 2231 5: a language, which Python 3.11 takes for part of the charset.
    return str(make_header(decode_header(text.replace("*en", ""))))


def test_postal_mime_shows_odd_messages_as_they_were_meant() -> None:
    pairs = odd()
    assert len(pairs) >= 200
    for mail, reading in read(pairs):
        assert reading.subject == meant(str(mail.subject))
        (sender,), (to,) = reading.sender, reading.to
        assert sender.address == mail.from_email.rpartition(" ")[2].strip("<>")
        quoted = mail.from_email.rpartition(" <")[0].strip('"')
        assert sender.name == quoted.strip(" \t")
        assert to.address == mail.to[0].rpartition(" ")[2].strip("<>")
        if mail.to[0].startswith("ann"):
            assert to.name == ""
        elif '"' not in mail.to[0]:
            assert to.name == meant(mail.to[0].rpartition(" <")[0])
        assert lines(reading.text) == lines(str(mail.body))
        assert_same_files(mail, reading)


def test_mailauth_finds_the_author_and_the_signature_of_each() -> None:
    pairs = [*ordinary(), *odd()]
    ours = signer(key(), oversign=True)
    found = verdicts([ours.sign(raw) for _, raw in pairs], record(key()))
    for (mail, _), signatures in zip(pairs, found, strict=True):
        (verdict,) = signatures
        assert passes(verdict), verdict
        assert verdict.author == mail.from_email.rpartition(" ")[2].strip("<>")
