"""A stored MIME message, taken apart for looking at. It may hold anything."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Mime

from seacucumber.figures.showing import shown

TEXT_SHOWN = 100_000  # characters
HTML_SHOWN = 1_000_000
HEADERS_SHOWN = 60
INLINE_MAX_BYTES = 5 * 1024 * 1024
_DEEPEST = 50
_NAME_MAX = 100

#: Raster images only: a browser runs nothing in them.
_INLINE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
)
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
    """What a message says, in text, in HTML, and what is attached."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    text_is_cut: bool = False
    html: str = ""
    html_is_too_long: bool = False
    attachments: list[Part] = field(default_factory=list)

    def images(self) -> dict[str, str]:
        """Return the images that HTML refers to by Content-ID, as data URLs."""
        found: dict[str, str] = {}
        left_bytes = INLINE_MAX_BYTES
        for part in self.attachments:
            fits = part.content_type in _INLINE_TYPES and part.size_bytes <= left_bytes
            if part.content_id and fits:
                left_bytes -= part.size_bytes
                data = b64encode(part.data).decode("ascii")
                found[part.content_id] = f"data:{part.content_type};base64,{data}"
        return found


def read(raw: bytes) -> Contents:
    """Take a message apart. Never raises: what cannot be read is an attachment."""
    mime = message_from_bytes(raw)
    contents = Contents(headers=_headers(mime))
    for number, leaf in enumerate(_leaves(mime, 0)):
        kind = leaf.get_content_type()
        is_body = kind in ("text/plain", "text/html") and not _is_file(leaf)
        data = _data(leaf)
        if is_body and kind == "text/plain" and not contents.text:
            whole = readable(_decoded(leaf, data))
            contents.text, contents.text_is_cut = _cut(whole)
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
    name = _NOT_IN_NAMES.sub("_", shown(name[:_NAME_MAX])).strip(" ._")
    return name or f"part-{number}.bin"


def _leaves(mime: Mime, depth: int) -> Iterator[Mime]:
    """Yield what is no multipart; a message in a message stays whole."""
    children = mime.get_payload()
    if mime.get_content_maintype() == "multipart" and isinstance(children, list):
        for child in children if depth < _DEEPEST else ():
            if isinstance(child, Mime):
                yield from _leaves(child, depth + 1)
        return
    yield mime


def _is_file(leaf: Mime) -> bool:
    return leaf.get_content_disposition() == "attachment" or bool(leaf.get_filename())


def _data(leaf: Mime) -> bytes:
    if leaf.is_multipart():
        # A message in a message.
        children = leaf.get_payload()
        inner = [c for c in children if isinstance(c, Mime)]
        return b"".join(child.as_bytes() for child in inner)
    found = leaf.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _decoded(leaf: Mime, data: bytes) -> str:
    charset = leaf.get_content_charset("utf-8")
    with suppress(LookupError, ValueError):
        return data.decode(charset, "replace")
    return data.decode("utf-8", "replace")


def _cut(text: str) -> tuple[str, bool]:
    return text[:TEXT_SHOWN], len(text) > TEXT_SHOWN


def _part(number: int, leaf: Mime, data: bytes) -> Part:
    kind = leaf.get_content_type()
    name = _unfolded(leaf.get_filename() or "")
    if not name and kind == "message/rfc822":
        name = f"message-{number}.eml"
    return Part(
        number=number,
        name=safe_name(name, number),
        content_type=shown(kind),
        size_bytes=len(data),
        content_id=str(leaf.get("Content-ID", "")).strip().strip("<>"),
        data=data,
    )


def _headers(mime: Mime) -> list[tuple[str, str]]:
    rows = list(mime.items())[:HEADERS_SHOWN]
    return [(shown(name), shown(_unfolded(str(value)))) for name, value in rows]


def _unfolded(text: str) -> str:
    """Return header text as people read it."""
    with suppress(HeaderParseError, LookupError, ValueError):
        return str(make_header(decode_header(text)))
    return text
