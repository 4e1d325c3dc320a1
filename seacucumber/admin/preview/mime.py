"""A stored MIME message, taken apart for looking at. It may hold anything."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message as Mime

from seacucumber.admin.preview.mime_tree import UNREADABLE, Cut, octets, split
from seacucumber.text.sanitize import sanitize

TEXT_SHOWN = 100_000  # characters
HTML_SHOWN = 1_000_000
HEADERS_SHOWN = 60
_NAME_MAX = 100
_LONGEST_ID = 998  # characters, what a line may have
#: What a line of text may hold beside what can be seen.
_LINES = "\n\t"
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|%;]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leaf of the MIME tree.

    Args:
        number: Its place, by which it is downloaded.
        name: A file name that is safe to offer.
    """

    number: int
    name: str
    content_type: str
    size_bytes: int
    content_id: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Contents:
    """What a message says, in text, in HTML, and what is attached.

    Args:
        cuts: Why there is more than `read` looks at; empty if there is not.
    """

    headers: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    text_is_cut: bool = False
    html: str = ""
    html_is_too_long: bool = False
    attachments: list[Part] = field(default_factory=list)
    cuts: set[Cut] = field(default_factory=set)


def read(raw: bytes) -> Contents:
    """Take a message apart. Never raises: what cannot be read is an attachment.

    Depth, number and headers of the parts have limits; what is beyond is not looked
    at, and the result says so.
    """
    tree = split(raw)
    contents = Contents(headers=_headers(tree.headers), cuts=tree.cuts)
    if len(tree.headers.items()) > HEADERS_SHOWN:
        contents.cuts.add(Cut.HEADERS)
    for number, leaf in enumerate(tree.leaves):
        kind = leaf.get_content_type()
        is_body = kind in ("text/plain", "text/html") and not _is_file(leaf)
        data = _data(leaf)
        if is_body and kind == "text/plain" and not contents.text:
            contents.text, contents.text_is_cut = _cut(_decoded(leaf, data))
        elif is_body and kind == "text/html" and not contents.html:
            html = _decoded(leaf, data)
            contents.html_is_too_long = len(html) > HTML_SHOWN
            contents.html = "" if contents.html_is_too_long else html
        else:
            contents.attachments.append(_part(number, leaf, data))
    return contents


def readable(text: str) -> str:
    """Return text with its lines, without what could disguise it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.replace("\n", "").isascii() and lines.isprintable():
        return lines
    return "".join(
        char if char in _LINES or char.isprintable() or char == "\u200d" else " "
        for char in lines
    )


def safe_name(name: str, number: int) -> str:
    """Return a file name that leads nowhere and disguises nothing."""
    stem, dot, suffix = name.rpartition(".")
    if len(name) > _NAME_MAX and stem and len(suffix) <= 10:
        name = stem[: _NAME_MAX - len(suffix) - 1] + dot + suffix
    name = _NOT_IN_NAMES.sub("_", sanitize(name[:_NAME_MAX])).strip(" ._")
    return name or f"part-{number}.bin"


def _is_file(leaf: Mime) -> bool:
    return leaf.get_content_disposition() == "attachment" or bool(_file_name(leaf))


def _file_name(leaf: Mime) -> str:
    # RFC 2231 has more ways to go wrong than the parser knows.
    with suppress(*UNREADABLE):
        return str(leaf.get_filename() or "")
    return ""


def _data(leaf: Mime) -> bytes:
    with suppress(*UNREADABLE):
        return octets(leaf)
    return octets(leaf, as_they_are=True)


def _decoded(leaf: Mime, data: bytes) -> str:
    with suppress(*UNREADABLE):
        return data.decode(str(leaf.get_content_charset("utf-8")), "replace")
    return data.decode("utf-8", "replace")


def _cut(text: str) -> tuple[str, bool]:
    # A line's end may have two characters.
    whole = readable(text[: 2 * TEXT_SHOWN])
    return whole[:TEXT_SHOWN], len(whole) > TEXT_SHOWN or len(text) > 2 * TEXT_SHOWN


def _part(number: int, leaf: Mime, data: bytes) -> Part:
    kind = leaf.get_content_type()
    name = _unfolded(_file_name(leaf))
    if not name and kind == "message/rfc822":
        name = f"message-{number}.eml"
    return Part(
        number=number,
        name=safe_name(name, number),
        content_type=sanitize(kind),
        size_bytes=len(data),
        content_id=str(leaf.get("Content-ID", "")).strip().strip("<>")[:_LONGEST_ID],
        data=data,
    )


def _headers(mime: Mime) -> list[tuple[str, str]]:
    rows = list(mime.items())[:HEADERS_SHOWN]
    return [(sanitize(name), sanitize(_unfolded(str(value)))) for name, value in rows]


def _unfolded(text: str) -> str:
    """Return header text as people read it."""
    with suppress(*UNREADABLE):
        return str(make_header(decode_header(text)))
    return text
