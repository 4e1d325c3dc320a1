"""The tree of a MIME message, read from the outside in, with limits.

Email's own parser asks of every line whether it is the boundary of any multipart
around it, and goes as deep as the message does. Here each multipart is cut at its own
boundary only, once, so that looking costs as many passes as there are levels.
https://www.rfc-editor.org/rfc/rfc2046#section-5.1
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message as Mime
from email.parser import BytesHeaderParser

DEEPEST = 20
PARTS_MAX = 200
#: Of the message, and of each part in it.
HEADERS_MAX_BYTES = 64 * 1024
_PART_HEADERS_MAX_BYTES = 8 * 1024
_HEADERS_END = re.compile(rb"^\r?\n|\r?\n\r?\n")
_BOUNDARY_END = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
_BOUNDARY_MAX = 200  # characters; RFC 2046 allows 70


@dataclass(slots=True)
class Tree:
    """A message's own headers, and what is no multipart, in order.

    Args:
        is_cut: Whether there was more than is here.
    """

    headers: Mime
    headers_are_cut: bool = False
    leaves: list[Mime] = field(default_factory=list)
    is_cut: bool = False


def split(raw: bytes) -> Tree:
    """Read the tree of a message. Never raises. A message in it stays whole."""
    headers, body, is_cut = _entity(raw, HEADERS_MAX_BYTES)
    tree = Tree(headers=headers, headers_are_cut=is_cut)
    # Each with its depth; the first is the last to be pushed.
    waiting = [(headers, body, 0)]
    while waiting:
        headers, body, depth = waiting.pop()
        children = _children(headers, body)
        if children is None:
            if len(tree.leaves) >= PARTS_MAX:
                tree.is_cut = True
                break
            headers.set_payload(body.decode("ascii", "surrogateescape"))
            tree.leaves.append(headers)
        elif depth >= DEEPEST:
            tree.is_cut = True
        else:
            tree.is_cut |= len(children) > PARTS_MAX
            parts = (
                _entity(child, _PART_HEADERS_MAX_BYTES)
                for child in reversed(children[:PARTS_MAX])
            )
            waiting += [(part, inner, depth + 1) for part, inner, _ in parts]
    return tree


def _entity(raw: bytes, headers_max_bytes: int) -> tuple[Mime, bytes, bool]:
    """Return headers, body, and whether headers were left out."""
    end = _HEADERS_END.search(raw)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    parsed = BytesHeaderParser().parsebytes(head[:headers_max_bytes])
    left = parsed.get_payload()
    if isinstance(left, str) and left:
        # No header at all, or none from some line on: that is the body.
        body = left.encode("utf-8", "surrogateescape") + body
    return parsed, body, len(head) > headers_max_bytes


def _children(headers: Mime, body: bytes) -> list[bytes] | None:
    """Return the parts of a multipart; None if it is none, or has no boundary."""
    if headers.get_content_maintype() != "multipart":
        return None
    boundary = ""
    with suppress(MessageError, LookupError, ValueError, TypeError, AttributeError):
        boundary = str(headers.get_boundary() or "")
    if not boundary or len(boundary) > _BOUNDARY_MAX:
        return None
    delimiter = b"--" + boundary.encode("ascii", "surrogateescape")
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
