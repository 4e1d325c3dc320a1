"""Display names of mailboxes: read, and written so that they can hide nothing."""

from __future__ import annotations

import re

from seacucumber.envelope.free_text import (
    encoded_words,
    is_encoded,
    read_text,
    with_short_words,
)
from seacucumber.envelope.text import excerpt, header_text
from seacucumber.exceptions import InvalidMessage

#: RFC 5322 3.2.3
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
#: RFC 5322 3.2.4, with the UTF-8 that users may write.
QUOTED = r'"(?:[^"\\]|\\.)*"'

_ATOM = re.compile(f"{ATEXT}+")
# RFC 5322 2.2.2 knows two blanks; an ideographic space is a letter of a name.
_WORD = re.compile(r"[^ \t]+")
_QUOTED = re.compile(QUOTED)
_QUOTED_PAIR = re.compile(r"\\(.)")
_NEEDS_ESCAPE = re.compile(r'(["\\])')
# Longer words and quoted strings could not be folded.
_UNFOLDABLE_MAX = 70


def ascii_phrase(phrase: str, field: str) -> str:
    """Return a phrase (RFC 5322 3.2.5) as ASCII text that can hide nothing.

    One that has encoded-words, as ``email.utils.formataddr`` writes it, stays as it
    is, but for words that are too long; every other is written anew.

    Raises:
        InvalidMessage: if an encoded-word hides what is not a name.
    """
    if '"' not in phrase and is_encoded(phrase):
        words = _WORD.findall(phrase)
        written = " ".join(words)
        _check_decoded(written, field)
        if all(map(_ATOM.fullmatch, words)):
            return with_short_words(written)
    name = read_phrase(phrase)
    return write_phrase(name) if name else ""


def read_phrase(phrase: str) -> str:
    """Return the display name that a phrase without encoded-words stands for."""
    return with_single_blanks(_QUOTED.sub(_unquoted, phrase))


def with_single_blanks(name: str) -> str:
    """Return a name with one blank between its words, and none around them."""
    return " ".join(_WORD.findall(name))


def write_phrase(name: str) -> str:
    """Return a display name as ASCII text for a header.

    Words that are atoms stay as they are; what has specials is quoted; what is not
    ASCII, or could not be folded, becomes encoded-words.
    """
    words = name.split(" ")
    plain = [_is_atom(word) for word in words]
    if "=?" in name or not all(map(len, words)):
        plain = [False] * len(words)
    if all(plain):
        return name
    if name.isascii() and "=?" not in name and len(name) <= _UNFOLDABLE_MAX:
        return '"' + _NEEDS_ESCAPE.sub(r"\\\1", name) + '"'
    first = plain.index(False)
    last = len(plain) - 1 - plain[::-1].index(False)
    encoded = encoded_words(" ".join(words[first : last + 1]))
    return " ".join([*words[:first], *encoded, *words[last + 1 :]])


def _unquoted(match: re.Match[str]) -> str:
    return _QUOTED_PAIR.sub(r"\1", match[0][1:-1])


def _is_atom(word: str) -> bool:
    return len(word) <= _UNFOLDABLE_MAX and bool(_ATOM.fullmatch(word))


def _check_decoded(phrase: str, field: str) -> None:
    decoded = read_text(phrase, field)
    hidden = "@<>" if not decoded.isascii() else '@<>,;:"'
    if any(mark in decoded for mark in hidden):
        raise InvalidMessage(
            field,
            f"hides address syntax in an encoded-word, {excerpt(phrase)}, which reads"
            f" {excerpt(decoded)}. Write the name in plain text, in quotes.",
        )
    header_text(decoded, field)
