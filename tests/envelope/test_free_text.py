"""Free text: the reader is shown what was written, in words that fit (RFC 2047)."""

from __future__ import annotations

import re
from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seacucumber.envelope.folding import fold_at_blanks
from seacucumber.envelope.free_text import is_encoded, read_text, write_text
from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen, message
from tests.envelope.corpus import FOREIGN, WORDS

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
        assert value == expected  # Header.encode() may have written it
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
        f"=?utf-8?q?{'a' * 64}?=",
        "x=?utf-8?q?a?=",
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
        "=?utf-8?q?=C3?= =?utf-8?q?=BC?=",
        "=?klingon?q?a?=",
        "=?utf-8?q?=GG?=",
        "=?utf-8?b?w7?=",
        "=?rot13?q?a?=",
    ],
)
def test_an_encoded_word_that_hides_or_says_nothing_is_refused_by_name(text):
    for change in ({"subject": text}, {"headers": {"X-Note": text}}):
        with pytest.raises(InvalidMessage) as caught:
            frozen(message(**change))
        assert caught.value.field in ("subject", "X-Note")


def test_a_word_over_998_octets_is_encoded_in_free_text_and_refused_elsewhere():
    assert shown(write_text("Subject", "x" * 998)) == "x" * 998
    with pytest.raises(InvalidMessage) as caught:
        write_text("Archived-At", "x" * 998, is_free=False)
    assert caught.value.field == "Archived-At"
