"""Free text in headers (RFC 2047): written as ASCII, never decoded in order to be.

What a caller gives is text. Text that is already made of encoded-words, as
``email.header.Header.encode`` and ``email.utils.formataddr`` return it, is read only
to be checked, and goes out as it is; only words over 75 characters, which both write,
are cut (RFC 2047 2). They use charsets that Python knows, and whole characters. What
cannot be decoded is not of their making, and is text like any other: encoded itself,
it is shown by all readers as it stands, as one does that does not know its charset
(RFC 2047 6.3).
"""

from __future__ import annotations

import base64
import binascii
import re

from seacucumber.envelope.text import excerpt, header_text, is_text
from seacucumber.exceptions import InvalidMessage

#: RFC 2047 2: of an encoded-word, and of a line with one.
WORD_MAX = 75
LINE_MAX = 76
#: RFC 5322 2.1.1, without the blank that a folded line begins with.
PLAIN_WORD_MAX = 997

_WORD_FRAME = len("=?utf-8?q??=")
# In less, not even one character would surely fit: four octets are twelve in Q.
_ROOM_MIN = _WORD_FRAME + 12
_ENCODED_WORD = re.compile(
    r"=\?([!#$%&'*+0-9A-Z^_`a-z{|}~-]+)\?([BbQq])\?([!->@-~]+)\?="
)
_WORD = re.compile(r"[^ \t]+")
_Q_OCTETS = re.compile(rb"(?:[^=]|=[0-9A-Fa-f]{2})*")
# RFC 5322 2.2.3, and no line of blanks only, which nobody folds into.
_FOLDING = re.compile(r"\r?\n(?=[ \t]+[^ \t\r\n])")
_NO_OCTETS = (b"\r", b"\n", b"\0")
# RFC 2047 5 (3): what an encoded-word in a phrase may show as it is.
_Q_SAFE = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
)
_Q_CODE = {
    byte: chr(byte) if byte in _Q_SAFE else f"={byte:02X}" for byte in range(256)
}
_Q_CODE[0x20] = "_"


def write_text(name: str, text: str, *, is_free: bool = True) -> str:
    """Return a header's text as one line of ASCII, to be folded at its blanks.

    Plain ASCII stays as it is, but for blanks at its ends, which are no part of it
    (RFC 5322 2.2.2 has them belong to the folding).

    Args:
        name: The header's name, which shares a line with the first word.
        text: Without control characters other than TAB.
        is_free: Whether a word that is too long for a line may be encoded.

    Raises:
        InvalidMessage: naming the header, if an encoded-word hides control characters,
            or a word is too long for a line.
    """
    text = text.strip(" \t")
    if text.isascii():
        longest = max(map(len, text.split(" "))) if len(text) > PLAIN_WORD_MAX else 0
        if longest > PLAIN_WORD_MAX and not is_free:
            raise InvalidMessage(
                name,
                f"header has a word of {longest} characters; more than"
                f" {PLAIN_WORD_MAX} do not fit a line (RFC 5322 2.1.1).",
            )
        if longest <= PLAIN_WORD_MAX:
            if "=?" not in text and "  " * 300 not in text:
                return text
            if is_encoded(text):
                header_text(read_text(text, name), name)
                return with_short_words(text)
    return _with_encoded_words(name, text)


def unfolded(value: object, field: str) -> object:
    """Return text that ``Header.encode()`` has folded as one line, and all else as is.

    Only folding goes, and only where nothing but encoded-words looks like one: what
    is left is one line, and is checked as any other.

    Raises:
        InvalidMessage: if what looks like an encoded-word is none, or hides something.
    """
    if not is_text(value) or "\n" not in str(value):
        return value
    text = _FOLDING.sub("", str(value))
    if "=?" in text:
        if not is_encoded(text):
            raise InvalidMessage(
                field, f"is folded, and has what is no encoded-word: {excerpt(text)}."
            )
        check_encoded_words(text, field)
    return text


def is_encoded(text: str) -> bool:
    """Tell whether all that looks like an encoded-word in a text is one."""
    found = [word for word in _WORD.findall(text) if "=?" in word]
    return bool(found) and all(
        (match := _ENCODED_WORD.fullmatch(word)) and _decoded(match) is not None
        for word in found
    )


def with_short_words(text: str) -> str:
    """Cut the encoded-words over 75 characters of a text that `is_encoded` is true for.

    What they hide must have been checked; it is encoded again.
    """
    return _WORD.sub(_short_words, text)


def check_encoded_words(text: str, field: str) -> None:
    """Refuse encoded-words that hide a control character, wherever they stand.

    RFC 2047 5 leaves it to readers that showing them has no side effects.

    Raises:
        InvalidMessage: naming the field.
    """
    for match in _ENCODED_WORD.finditer(text):
        _check_octets(match, field)
        header_text(_decoded(match) or "", field)


def read_text(text: str, field: str) -> str:
    """Return what a reader is shown of a text for which `is_encoded` is true.

    Raises:
        InvalidMessage: if an encoded-word hides a line break or a NUL.
    """
    shown: list[str] = []
    was_encoded = False
    for blank, word in re.findall(r"([ \t]*)([^ \t]+)", text):
        match = _ENCODED_WORD.fullmatch(word)
        if not (match and was_encoded):
            shown.append(blank)
        if match:
            _check_octets(match, field)
            word = _decoded(match) or ""
        shown.append(word)
        was_encoded = match is not None
    return "".join(shown)


def encoded_words(text: str, first_max: int = WORD_MAX) -> list[str]:
    """Return the encoded-words of a text, each at most 75 characters.

    Args:
        text: Is read back as it is: blanks are encoded, too.
        first_max: Length of the first one, which may share its line with a name.
    """
    words: list[str] = []
    start, room = 0, first_max
    while start < len(text):
        end = min(start + room - _WORD_FRAME, len(text))
        while len(word := _encoded_word(text[start:end])) > room and end > start + 1:
            end -= 1
        words.append(word)
        start, room = end, WORD_MAX
    return words


def _short_words(found: re.Match[str]) -> str:
    match = _ENCODED_WORD.fullmatch(found[0]) if len(found[0]) > WORD_MAX else None
    return " ".join(encoded_words(_decoded(match) or "")) if match else found[0]


def _with_encoded_words(name: str, text: str) -> str:
    """Encode from the first to the last word that needs it, or all of it.

    Where blanks are doubled, all: readers keep only those inside encoded-words.
    """
    words = text.split(" ")
    needs = [
        not (word.isascii() and "=?" not in word and len(word) <= PLAIN_WORD_MAX)
        for word in words
    ]
    if "" in words or "\t" in text:
        needs = [True] * len(words)
    first, last = needs.index(True), len(needs) - 1 - needs[::-1].index(True)
    room = LINE_MAX - len(name) - 2 if first == 0 else WORD_MAX
    if room < _ROOM_MIN or room > WORD_MAX:
        room = WORD_MAX
    encoded = encoded_words(" ".join(words[first : last + 1]), room)
    return " ".join([*words[:first], *encoded, *words[last + 1 :]])


def _encoded_word(text: str) -> str:
    """Encode in Q or B: Q unless it is longer."""
    octets = text.encode()
    q_text = "".join(map(_Q_CODE.__getitem__, octets))
    b_text = base64.b64encode(octets).decode()
    if len(q_text) - len(b_text) < 5:
        return f"=?utf-8?q?{q_text}?="
    return f"=?utf-8?b?{b_text}?="


def _decoded(match: re.Match[str]) -> str | None:
    """Return the text of an encoded-word, None if Python cannot read it."""
    charset, encoding, text = match.groups()
    try:
        if encoding in "Bb":
            octets = base64.b64decode(text, validate=True)
        elif _Q_OCTETS.fullmatch(text.encode("ascii")):
            octets = binascii.a2b_qp(text, header=True)
        else:
            return None
        return octets.decode(charset.partition("*")[0])
    except (LookupError, ValueError):
        return None


def _check_octets(match: re.Match[str], field: str) -> None:
    """Refuse octets that end a line, whatever a reader takes the charset for."""
    _, encoding, text = match.groups()
    try:
        if encoding in "Bb":
            octets = binascii.a2b_base64(text)
        else:
            octets = binascii.a2b_qp(text, header=True)
    except ValueError:
        return
    if any(octet in octets for octet in _NO_OCTETS):
        raise InvalidMessage(
            field,
            f"hides a line break or a NUL in an encoded-word: {excerpt(match[0])}.",
        )
