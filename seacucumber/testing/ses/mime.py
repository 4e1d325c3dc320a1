"""The little that SES has to know of a message's headers. Takes any bytes."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header, make_header

_HEADER = re.compile(
    rb"^([^:\r\n]*):[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE
)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LINE_BREAK = re.compile(rb"\r?\n")

#: Name and unfolded value of each header, as they stand in the message.
Headers = tuple[tuple[str, str], ...]


def read_headers(raw: bytes) -> Headers:
    """Return the headers of a message; lines that are none are left out."""
    end = _END_OF_HEAD.search(raw)
    head = raw[: end.start()] if end else raw
    return tuple(
        (
            name.decode("latin-1"),
            _LINE_BREAK.sub(b"", value).decode("utf-8", "replace").strip(),
        )
        for name, value in _HEADER.findall(head)
    )


def values(headers: Headers, name: str) -> list[str]:
    """Return the values of a header; ``name`` is in lower case."""
    return [value for key, value in headers if key.lower() == name]


def decoded_words(text: str) -> str:
    """Return the text of a header with its encoded words (RFC 2047) decoded."""
    try:
        return str(make_header(decode_header(text)))
    except (ValueError, LookupError, MessageError):
        return text


def subject_of(headers: Headers) -> str:
    """Return the decoded subject, empty if there is none."""
    return decoded_words(next(iter(values(headers, "subject")), ""))
