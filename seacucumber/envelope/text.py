"""What a piece of header text may hold."""

from __future__ import annotations

import re

from django.utils.functional import Promise

from seacucumber.exceptions import InvalidMessage

# C0 without TAB, DEL, C1, and the two Unicode line breaks, which Python's email
# package takes for line ends.
_FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LINE_BREAKS = frozenset("\r\n\x85\u2028\u2029")


def header_text(value: object, field: str) -> str:
    """Return a value as text that a header may hold.

    Raises:
        InvalidMessage: if it has control characters (RFC 5322 2.2 and 3.2.5), or
            characters that no charset can encode.
    """
    if value is None or isinstance(value, bytes | bytearray):
        raise InvalidMessage(field, f"must be text, not {value!r:.80}.")
    text = str(value)
    if text.isprintable() and text.isascii():
        return text
    refuse_surrogates(text, field)
    refuse_controls(text, field)
    return text


def refuse_controls(text: str, field: str) -> None:
    """Refuse control characters but TAB, and what Python takes for a line end."""
    found = None if text.isprintable() else _FORBIDDEN.search(text)
    if found is not None:
        what = "a line break" if found[0] in _LINE_BREAKS else "a control character"
        raise InvalidMessage(field, f"has {what}: {excerpt(text)}.")


def refuse_surrogates(text: str, field: str) -> None:
    """Refuse halves of UTF-16 pairs: no charset can encode them."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidMessage(
            field,
            f"has a lone surrogate {text[error.start]!a} at position {error.start},"
            " which cannot be encoded; it often comes from a wrongly decoded file.",
        ) from None


def is_text(value: object) -> bool:
    """Tell whether a value is a string, or becomes one when it is needed."""
    return isinstance(value, str | Promise)


def excerpt(text: str) -> str:
    """Return text for an error message: one line, ASCII, not long."""
    shown = ascii(text)
    return shown if len(shown) <= 100 else f"{shown[:97]}..."


def without_controls(text: str) -> str:
    """Return text with each run of control characters made one blank."""
    return text if text.isprintable() else _CONTROL.sub(" ", text).strip()
