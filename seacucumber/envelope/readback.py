"""The frozen bytes, read back: headers and parts are those that were meant.

The last gate. Whatever happens between checking a text and writing it, another header
or another part does not leave. The reader is our own and knows no more than RFC 5322
2.2 and RFC 2046 5.1.1: lines, names, boundaries.
"""

from __future__ import annotations

import re
from email.message import Message
from typing import cast

from seacucumber.envelope.boundaries import end_of_head, part_spans
from seacucumber.exceptions import InvalidMessage

_NAME = re.compile(rb"^([!-9;-~]+):", re.MULTILINE)
_TYPE = re.compile(
    rb"^content-type:(?:\r\n)?[ \t]*([^;\s]+)", re.MULTILINE | re.IGNORECASE
)
_ENCODING = b"content-transfer-encoding"


def check_readback(raw: bytes, tree: Message) -> None:
    """Refuse bytes that say something else than the tree they were written from.

    Raises:
        InvalidMessage: if a header, a part or the type of a part has come, gone or
            changed.
    """
    _check_part(raw, 0, len(raw), tree)


def _check_part(raw: bytes, start: int, end: int, tree: Message) -> None:
    blank = end_of_head(raw, start, end)
    head = raw[start:blank]
    _check_head(head, tree)
    payload = tree.get_payload()
    if not isinstance(payload, list) or not payload:
        return
    kind = tree.get_content_maintype()
    if kind == "multipart":
        spans = part_spans(raw, start, end)
        if len(spans) != len(payload):
            _refuse(f"has {len(spans)} parts, not {len(payload)},")
        for (first, last), part in zip(spans, payload, strict=True):
            _check_part(raw, first, last, cast("Message", part))
    elif tree.get_content_type() == "message/rfc822":
        _check_part(raw, min(blank + 2, end), end, cast("Message", payload[0]))


def _check_head(head: bytes, tree: Message) -> None:
    names = [name.lower() for name in _NAME.findall(head)]
    lines = head.count(b"\n") + (not head.endswith(b"\n") and bool(head))
    continued = head.count(b"\n ") + head.count(b"\n\t")
    meant = [name.lower().encode() for name in tree.keys()]  # noqa: SIM118
    if names != meant:
        # A body that was made fit to go out says so in this one.
        names = [name for name in names if name != _ENCODING]
        if names != [name for name in meant if name != _ENCODING]:
            _refuse("has other headers")
    elif lines - continued != len(names):
        _refuse("has lines among its headers, more")
    kind = _TYPE.search(head)
    if kind and kind[1].decode().lower() != tree.get_content_type():
        _refuse("has a part of another type")


def _refuse(problem: str) -> None:
    raise InvalidMessage(
        "content", f"{problem} than was meant once it is written; it is not sent."
    )
