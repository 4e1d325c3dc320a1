"""Display names as people and programs read them."""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seacucumber.envelope.display_names import ascii_phrase, write_phrase
from seacucumber.envelope.free_text import encoded_words
from tests.envelope import frozen, message
from tests.envelope.strict import mailbox_name, value_of


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300)
)
def test_encoded_words_are_read_back_by_python(text):
    words = list(encoded_words(text))
    assert max(map(len, words)) <= 75
    assert str(make_header(decode_header(" ".join(words)))) == text


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ann", "Ann"),
        ("Ann Example", "Ann Example"),
        ("J. Doe", '"J. Doe"'),
        ('A "B" C', r'"A \"B\" C"'),
        ("a@b.c", '"a@b.c"'),
        ("Anna von Müller zu Berg", "Anna von =?utf-8?q?M=C3=BCller?= zu Berg"),
        ("Dr. Jörg", "=?utf-8?q?Dr=2E_J=C3=B6rg?="),
        ("日本太郎", "=?utf-8?b?5pel5pys5aSq6YOO?="),
        ("=?utf-8?q?x?=", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?="),
    ],
)
def test_a_name_is_written(name, written):
    assert write_phrase(name) == written


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("Ann  Example ", "Ann Example"),
        (r'"A \"B\" C"', r'"A \"B\" C"'),
        ('"Doe, John" Jr', '"Doe, John Jr"'),
        ('""', ""),
        # As email.utils.formataddr writes them: octet for octet.
        (
            "=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?=",
            "=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?=",
        ),
        ("=?iso-8859-1?q?J=F6rg?= Doe", "=?iso-8859-1?q?J=F6rg?= Doe"),
        # No encoded-word inside quotes (RFC 2047 5 (3)): the reader sees the text.
        ('"=?utf-8?q?a?="', "=?utf-8?b?PT91dGYtOD9xP2E/PQ==?="),
        # No ``.`` in the encoded-word of a phrase, either.
        ("=?utf-8?q?J.?=", "=?utf-8?b?PT91dGYtOD9xP0ouPz0=?="),
    ],
)
def test_a_phrase_becomes_ascii(phrase, written):
    assert ascii_phrase(phrase, "to") == written


@pytest.mark.parametrize("name", ["山田\u3000太郎", "Ann\u00a0Example"])
@pytest.mark.parametrize("written", ["{}", '"{}"'])
def test_only_blank_and_tab_are_blanks(name, written):
    """RFC 5322 2.2.2: any other space is a letter of the name."""
    raw = frozen(message(to=[f"{written.format(name)} <a@b.example>"])).raw
    assert mailbox_name(value_of(raw, "to"), "a@b.example") == name
