"""Display names of mailboxes: read, and written so that they can hide nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from seacucumber.envelope.text import excerpt, header_text
from seacucumber.exceptions import InvalidMessage

#: RFC 5322 3.2.3
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
#: RFC 5322 3.2.4, with the UTF-8 that users may write.
QUOTED = r'"(?:[^"\\]|\\.)*"'

_ATOM = re.compile(f"{ATEXT}+")
_QUOTED = re.compile(QUOTED)
_QUOTED_PAIR = re.compile(r"\\(.)")
_NEEDS_ESCAPE = re.compile(r'(["\\])')
# RFC 2047 5 (3): what an encoded-word in a phrase may show as it is.
_Q_SAFE = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
)
_Q_CODE = {
    byte: chr(byte) if byte in _Q_SAFE else f"={byte:02X}" for byte in range(256)
}
_Q_CODE[0x20] = "_"
#: RFC 2047 2, and what of it is =?utf-8?q??=
WORD_MAX = 75
_WORD_FRAME = 12
# Longer words and quoted strings could not be folded.
_UNFOLDABLE_MAX = 70


def read_phrase(phrase: str, field: str) -> str:
    """Return the display name that a phrase (RFC 5322 3.2.5) stands for.

    Raises:
        InvalidMessage: if an encoded-word hides what is not a name.
    """
    visible = _QUOTED.sub(_unquoted, phrase)
    name = " ".join(visible.split())
    return _decoded(name, field) if "=?" in name else name


def write_phrase(name: str) -> str:
    """Return a display name as ASCII text for a header.

    Words that are atoms stay as they are; what has specials is quoted; what is not
    ASCII, or could not be folded, becomes encoded-words.
    """
    words = name.split(" ")
    plain = [len(w) <= _UNFOLDABLE_MAX and bool(_ATOM.fullmatch(w)) for w in words]
    if "=?" in name or not all(map(len, words)):
        plain = [False] * len(words)
    if all(plain):
        return name
    if name.isascii() and len(name) <= _UNFOLDABLE_MAX:
        return '"' + _NEEDS_ESCAPE.sub(r"\\\1", name) + '"'
    first = plain.index(False)
    last = len(plain) - 1 - plain[::-1].index(False)
    encoded = encoded_words(" ".join(words[first : last + 1]))
    return " ".join([*words[:first], *encoded, *words[last + 1 :]])


def encoded_words(text: str, first_max: int = WORD_MAX) -> Iterator[str]:
    """Yield the encoded-words (RFC 2047) of a text, each at most 75 characters.

    Args:
        text: Is read back as it is: blanks are encoded, too.
        first_max: Length of the first one, which may share its line with a name.
    """
    start, room = 0, first_max
    while start < len(text):
        end = min(start + room - _WORD_FRAME, len(text))
        while len(word := _encoded_word(text[start:end])) > room and end > start + 1:
            end -= 1
        yield word
        start, room = end, WORD_MAX


def _encoded_word(text: str) -> str:
    """Encode in Q or B, as Python's email package chooses: Q unless it is longer."""
    octets = text.encode()
    q_text = "".join(map(_Q_CODE.__getitem__, octets))
    b_text = base64.b64encode(octets).decode()
    if len(q_text) - len(b_text) < 5:
        return f"=?utf-8?q?{q_text}?="
    return f"=?utf-8?b?{b_text}?="


def _unquoted(match: re.Match[str]) -> str:
    return _QUOTED_PAIR.sub(r"\1", match[0][1:-1])


def _decoded(name: str, field: str) -> str:
    try:
        decoded = str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, UnicodeError) as error:
        raise InvalidMessage(
            field, f"has a name that cannot be decoded, {excerpt(name)}: {error}."
        ) from None
    hidden = "@<>" if not decoded.isascii() else '@<>,;:"'
    if any(mark in decoded and mark not in name for mark in hidden):
        raise InvalidMessage(
            field,
            f"hides address syntax in an encoded-word, {excerpt(name)}, which reads"
            f" {excerpt(decoded)}. Write the name in plain text, in quotes.",
        )
    return " ".join(header_text(decoded, field).split())
