"""Free text: the reader is shown what was written, in words that fit (RFC 2047)."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.utils import formataddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seacucumber.envelope.fold import fold_at_blanks
from seacucumber.envelope.free_text import is_encoded, read_text, write_text
from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen, message, parsed
from tests.envelope.corpus import FOREIGN, WORDS
from tests.envelope.strict import findings

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=300
) | st.lists(st.sampled_from([*WORDS, *FOREIGN, "", "=?", "x" * 90])).map(" ".join)
ENCODED = re.compile(r"=\?[^?\s]+\?[bq]\?[^?\s]+\?=")


def shown(value):
    return read_text(value, "x") if is_encoded(value) else value


@given(st.sampled_from(["Subject", "X-Note", "X-" + "n" * 60, "X-" + "n" * 74]), TEXT)
def test_text_comes_back_equal_in_words_and_lines_that_fit(name, text):
    value = write_text(name, text)
    expected = text.strip(" \t")
    if is_encoded(expected):
        assert shown(value) == shown(expected)  # Header.encode() may have written it
    else:
        assert shown(value) == expected
    lines = fold_at_blanks(name, value, 78).split("\r\n")[:-1]
    assert "".join(lines).removeprefix(f"{name}:").removeprefix(" ") == value
    assert all(len(line) <= 998 for line in lines)
    # RFC 2047 2: 75 characters a word, 76 a line with one, a blank between two.
    assert all(len(line) <= 76 for line in lines if "=?" in line)
    assert all(len(word) <= 75 for word in value.split() if "=?" in word)
    assert all(ENCODED.fullmatch(word) for word in value.split() if "=?" in word)


@pytest.mark.parametrize(
    "text",
    [
        "plain text",
        "a  b",
        '{"token":"' + "x" * 500 + '"}',
        "a\tb",
        "x" * 997,
        Header("Grüße an alle", "iso-8859-1").encode(),
        "=?utf-8?b?w7w=?= and more",
    ],
)
def test_plain_ascii_and_what_python_has_encoded_stay_octet_for_octet(text):
    assert write_text("Subject", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "=?",
        "a =?b",
        "=?utf-8?q?a?==?utf-8?q?b?=",
        "=?utf-8?q?a b?=",
        "=?utf-8?x?a?=",
        "=?utf-8?q??=",
        "x=?utf-8?q?a?=",
        # What can be decoded by no rule or no charset is not of Python's making.
        "=?utf-8?q?=C3?= =?utf-8?q?=BC?=",  # RFC 2047 5: an integral number
        "=?klingon?q?a?=",  # RFC 2047 6.3: shown as ordinary text
        "=?x-no?b?DQpCY2M6IGU=?=",
        "=?utf-8?q?=GG?=",
        "=?utf-8?b?w7?=",
        "=?rot13?q?a?=",
        "=?utf-8?q?a?= =?klingon?q?a?=",
    ],
)
def test_what_only_looks_like_an_encoded_word_is_shown_as_it_was_written(text):
    value = write_text("Subject", text)
    assert value != text
    assert shown(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?Hi=0D=0AReply-To:_e@v.il=0D=0A=0D=0ANew_body?=",
        "=?utf-8?q?=00?=",
        "=?utf-8?q?=1B[31m?=",
        "=?utf-8?b?DQpCY2M6IGU=?=",
        "=?utf-7?q?+AA0-?=",
        "=?utf-16?b?DQo=?=",
        "=?utf-8?q?=E2=80=A8?=",
        "fine =?utf-8?q?a?= =?utf-8?q?=0A?=",
    ],
)
def test_an_encoded_word_that_hides_something_is_refused_by_name(text):
    for change in ({"subject": text}, {"headers": {"X-Note": text}}):
        with pytest.raises(InvalidMessage) as caught:
            frozen(message(**change))
        assert caught.value.field in ("subject", "X-Note")


def test_a_word_over_998_octets_is_encoded_in_free_text_and_refused_elsewhere():
    assert shown(write_text("Subject", "x" * 998)) == "x" * 998
    with pytest.raises(InvalidMessage) as caught:
        write_text("Archived-At", "x" * 998, is_free=False)
    assert caught.value.field == "Archived-At"


def subject_of(raw):
    """Return the subject without the folding before it, which Python's parser keeps."""
    return parsed(raw)["Subject"].strip()


def name_of(raw):
    """Return the name in To as the older API reads it.

    The one of today keeps the folding between two encoded-words of a phrase.
    """
    value = message_from_bytes(raw)["To"].replace("\r\n", "")
    return str(make_header(decode_header(value))).rpartition(" <")[0]


LONG = "Grüße an alle, die heute noch nicht gegangen sind, von uns allen hier im Büro"


@pytest.mark.parametrize(
    "text",
    [
        Header(LONG, "utf-8").encode(),
        Header(LONG, "iso-8859-1", header_name="X-Note").encode(linesep="\r\n"),
        Header("word " * 40 + "end").encode(),
        "a\n\tb",
    ],
)
def test_what_python_has_folded_becomes_one_line(text):  # RFC 5322 2.2.3
    assert "\n" in text
    one_line = text.replace("\r\n", "\n").replace("\n", "")
    expected = str(make_header(decode_header(one_line)))
    raw = frozen(message(subject=text, headers={"X-Note": text})).raw
    assert subject_of(raw) == parsed(raw)["X-Note"].strip() == expected


def test_a_display_name_that_python_has_folded_becomes_one_line():
    name = Header(LONG, "utf-8").encode()
    assert "\n" in name
    raw = frozen(message(to=[f"{name} <ann@example.com>"])).raw
    assert parsed(raw)["To"].addresses[0].addr_spec == "ann@example.com"
    assert name_of(raw) == LONG


@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?a?=\n =?utf-8?q?=0D=0ABcc:_e@v.il?=",
        "=?utf-8?q?a?=\n =?klingon?q?a?=",
        "a\n =?",
        "a\nBcc: evil@example.com",
        "a\n b\r\nBcc: evil@example.com",
        "a\n\n b",
        "a\n \r\n b",
        "a\x0b\n b",
    ],
)
def test_what_is_folded_and_hides_something_is_refused_by_name(text):
    for change in (
        {"subject": text},
        {"headers": {"X-Note": text}},
        {"to": [f"{text} <ann@example.com>"]},
    ):
        with pytest.raises(InvalidMessage) as caught:
            frozen(message(**change))
        assert caught.value.field in ("subject", "X-Note", "to")


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("name", [LONG, "ü" * 200, f"{LONG} {LONG}", "Bü " + "x" * 90])
def test_words_of_pythons_that_are_too_long_are_cut(name, charset):
    """RFC 2047 2: at most 75 characters; Header writes up to 78, formataddr any."""
    mail = message(
        subject=Header(name, charset).encode(),
        to=[formataddr((name, "ann@example.com"), charset)],
    )
    assert max(map(len, [*mail.subject.split(), *mail.to[0].split()])) > 75
    raw = frozen(mail).raw
    assert findings(raw) == []
    assert subject_of(raw) == name
    assert name_of(raw) == name


@pytest.mark.parametrize("text", ["=?klingon?q?a?=", "=?utf-8?q?=C3?="])
def test_a_display_name_that_cannot_be_decoded_is_shown_as_it_was_written(text):
    mail = parsed(frozen(message(to=[f"{text} <ann@example.com>"])).raw)
    assert mail["To"].addresses[0].display_name == text
