"""What a caller gave reaches the reader as it was: headers, octets, attached mail."""

from __future__ import annotations

import random
from email.mime.text import MIMEText

import pytest

from seacucumber.envelope.fold import fold_at_blanks
from seacucumber.envelope.free_text import is_encoded, read_text, write_text
from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen, message, parsed
from tests.envelope.corpus import FOREIGN, WORDS
from tests.envelope.strict import findings

TOKEN = "eyJhbGciOiJSUzI1NiJ9." + "QUJD" * 60
LONG = {
    "Archived-At": f"<https://lists.example.com/{'a' * 200}>",  # RFC 5064 2.1
    "Supersedes": f"<{'b' * 150}@example.com>",  # RFC 4021 2.1.46
    "Autocrypt": f"addr=a@example.com; keydata={'mQEN' * 200}",  # Autocrypt 1.1
    "Authentication-Results": f"mx.example.com; dkim=pass header.b={'c' * 120}",
    "List-Unsubscribe": f"<https://example.com/u?{'d' * 300}>",  # RFC 8058 3.1
    "X-Token": TOKEN,
    "X-SMTPAPI": '{"unique_args":{"id":"' + "e" * 200 + '"},"to":["a","b"]}',
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_word_of_ascii_is_not_encoded(name):
    """RFC 2047 5: encoded-words are for what is not ASCII; RFC 5322 2.1.1: 998."""
    raw = frozen(message(headers={name: LONG[name]})).raw
    assert b"=?" not in raw
    assert findings(raw) == []
    assert parsed(raw)[name].replace("\r\n", "") == LONG[name]


@pytest.mark.parametrize("body", ["Hi\r\n", "grün\r\n"])
@pytest.mark.parametrize("name", LONG)
def test_nor_is_it_in_an_attached_message(name, body):
    inner = f"From: a@example.com\r\n{name}: {LONG[name]}\r\n\r\n{body}".encode()
    mail = message()
    mail.attach("in.eml", inner, "message/rfc822")
    raw = frozen(mail).raw
    assert b"=?" not in raw
    assert LONG[name].split(" ")[-1].encode() in raw


@pytest.mark.parametrize(
    ("name", "is_free"),
    [("X-Token", True), ("Subject", True), ("Comments", True), ("Archived-At", False)],
)
def test_a_word_over_998_octets_is_encoded_or_refused(name, is_free):
    """RFC 5322 2.1.1; RFC 2047 5 has encoded-words in free text only."""
    text = "x" * 1200
    mail = message(subject=text) if name == "Subject" else message(headers={name: text})
    if is_free:
        raw = frozen(mail).raw
        assert findings(raw) == []
        assert parsed(raw)[name].strip() == text
        return
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == name


def test_three_thousand_subjects_come_back_equal_in_words_that_fit():
    """RFC 2047 2 and 5: 75 a word, 76 a line, a blank between, none of them empty."""
    rng = random.Random(4)
    for _ in range(3000):
        words = rng.choices([*WORDS, *FOREIGN], k=rng.choice((1, 3, 8, 40)))
        text = rng.choice((" ", " ", "  ")).join(words)
        value = write_text("Subject", text)
        assert (read_text(value, "x") if is_encoded(value) else value) == text
        lines = fold_at_blanks("Subject", value, 78).split("\r\n")
        assert "?==?" not in value
        assert "??=" not in value
        for line in lines:
            assert len(line) <= (76 if "=?" in line else 78)
            assert all(len(word) <= 75 for word in line.split() if "=?" in word)


@pytest.mark.parametrize("text", ["日本\r\n語\r\n", "ein ü\r\nzwei\r\n"])
def test_a_text_attachment_keeps_its_line_ends(text):  # RFC 2045 6.8
    mail = message()
    mail.attach("a.txt", text, "text/plain")
    part = list(parsed(frozen(mail).raw).walk())[2]
    assert part.get_payload(decode=True) == text.encode()


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32"])
def test_a_text_of_wide_characters_keeps_its_octets(charset):  # RFC 2045 6.8
    octets = "日本\n語\r\nü\n".encode(charset)
    part = MIMEText("x")
    part.set_payload(octets)
    part.replace_header("Content-Transfer-Encoding", "8bit")
    part.set_param("charset", charset)
    mail = message()
    mail.attach("a.txt", octets, "text/plain")
    mail.attachments.append(part)
    found = list(parsed(frozen(mail).raw).walk())[2:]
    assert [each.get_payload(decode=True) for each in found] == [octets, octets]


def test_utf8_in_the_headers_of_an_attached_message_is_utf8():  # RFC 6532 3.2
    mail = message()
    inner = "From: Zoë <zoe@example.com>\r\nSubject: café\r\n\r\nHi\r\n".encode()
    mail.attach("in.eml", inner, "message/rfc822")
    raw = frozen(mail).raw
    assert b"unknown-8bit" not in raw
    found = list(parsed(raw).walk())[3]
    assert found["Subject"] == "café"
    assert found["From"].addresses[0].display_name == "Zoë"


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("From: zoë@example.com".encode(), "From"),  # SES has no SMTPUTF8
        (b"Subject: caf\xe9", "Subject"),
        (b"X-Note: caf\xe9", "X-Note"),
    ],
)
@pytest.mark.parametrize("above", [b"", b"Content-Type: message/rfc822\r\n\r\n"])
def test_other_octets_there_are_refused_naming_attachment_and_header(
    header, named, above
):
    mail = message()
    mail.attach("in.eml", above + header + b"\r\n\r\nHi\r\n", "message/rfc822")
    with pytest.raises(InvalidMessage, match=rf"in\.eml.*{named}") as caught:
        frozen(mail)
    assert caught.value.field == "attachments"
