"""The tree of a MIME message, read from the outside in, with limits.

Email's own parser asks of every line whether it is the boundary of any multipart
around it, and goes as deep as the message does. Here each multipart is cut at its own
boundary only, once, so that looking costs as many passes as there are levels.
https://www.rfc-editor.org/rfc/rfc2046#section-5.1
"""

from __future__ import annotations

import re
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message as Mime
from email.parser import BytesHeaderParser
from enum import Enum, auto

DEEPEST = 20
PARTS_MAX = 200
#: Of the message, and of each part in it.
HEADERS_MAX_BYTES = 64 * 1024
_PART_HEADERS_MAX_BYTES = 8 * 1024
_HEADERS_END = re.compile(rb"^\r?\n|\r?\n\r?\n")
_BOUNDARY_END = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
_BOUNDARY_MAX = 200  # characters; RFC 2046 allows 70


#: What email's parser raises at headers that are none.
UNREADABLE = (MessageError, LookupError, ValueError, TypeError, AttributeError)


class Cut(Enum):
    """Why something of a message was not looked at."""

    HEADERS = auto()
    HEADERS_OF_PARTS = auto()
    DEPTH = auto()
    COUNT = auto()


@dataclass(slots=True)
class Tree:
    """A message's own headers, and what is no multipart, in order.

    Args:
        cuts: Why there was more than is here; empty if there was not.
    """

    headers: Mime
    leaves: list[Mime] = field(default_factory=list)
    cuts: set[Cut] = field(default_factory=set)


def split(raw: bytes) -> Tree:
    """Read the tree of a message. Never raises. A message in it stays whole."""
    headers, body, is_cut = _entity(raw, HEADERS_MAX_BYTES)
    tree = Tree(headers=headers, cuts={Cut.HEADERS} if is_cut else set())
    # Each with its depth; the first is the last to be pushed.
    waiting = [(headers, body, 0)]
    while waiting:
        headers, body, depth = waiting.pop()
        children = _children(headers, body)
        if children is None:
            if len(tree.leaves) >= PARTS_MAX:
                tree.cuts.add(Cut.COUNT)
                break
            headers.set_payload(body.decode("ascii", "surrogateescape"))
            tree.leaves.append(headers)
        elif depth >= DEEPEST:
            tree.cuts.add(Cut.DEPTH)
        else:
            if len(children) > PARTS_MAX:
                tree.cuts.add(Cut.COUNT)
            for child in reversed(children[:PARTS_MAX]):
                part, inner, is_cut = _entity(child, _PART_HEADERS_MAX_BYTES)
                if is_cut:
                    tree.cuts.add(Cut.HEADERS_OF_PARTS)
                waiting.append((part, inner, depth + 1))
    return tree


def octets(part: Mime, *, as_they_are: bool = False) -> bytes:
    """Return what a part holds.

    Args:
        as_they_are: Not decoded by its Content-Transfer-Encoding; never raises then.
    """
    bare = copy(part)
    # By it email's parser would look for a charset, and stumble over what is none.
    del bare["Content-Type"]
    if as_they_are:
        del bare["Content-Transfer-Encoding"]
    found = bare.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _entity(raw: bytes, headers_max_bytes: int) -> tuple[Mime, bytes, bool]:
    """Return headers, body, and whether headers were left out."""
    end = _HEADERS_END.search(raw)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    parsed = BytesHeaderParser().parsebytes(head[:headers_max_bytes])
    # No header at all, or none from some line on: that is the body.
    body = octets(parsed, as_they_are=True) + body
    return parsed, body, len(head) > headers_max_bytes


def _children(headers: Mime, body: bytes) -> list[bytes] | None:
    """Return the parts of a multipart; None if it is none, or has no boundary."""
    if headers.get_content_maintype() != "multipart":
        return None
    boundary = b""
    with suppress(*UNREADABLE):
        said = str(headers.get_boundary() or "")
        boundary = said.encode("ascii", "surrogateescape")
    if not boundary or len(boundary) > _BOUNDARY_MAX:
        return None
    delimiter = b"--" + boundary
    children: list[bytes] = []
    begins = at = -1
    while (at := body.find(delimiter, at + 1)) >= 0 and len(children) <= PARTS_MAX:
        line = _BOUNDARY_END.match(body, at + len(delimiter))
        if line is None or (at and body[at - 1 : at] != b"\n"):
            continue
        if begins >= 0:
            # The line's end before it belongs to the boundary.
            children.append(body[begins:at].removesuffix(b"\n").removesuffix(b"\r"))
        begins = -1 if line[1] else line.end()
        if line[1]:
            break
    if begins >= 0:
        children.append(body[begins:])
    return children
