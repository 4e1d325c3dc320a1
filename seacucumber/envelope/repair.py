"""Bytes that may not go out, made so that they may (`seacucumber.envelope.octets`)."""

from __future__ import annotations

import base64
import binascii
import re
from email import message_from_bytes
from email.message import Message

from seacucumber.envelope.octets import LINE_OCTETS_MAX
from seacucumber.envelope.policy import WIRE
from seacucumber.envelope.signed import is_kept, keep_parsed

_LINE_END = re.compile(rb"\r\n|\r|\n")
# A part of text where more than a sixth has to be encoded is shorter in base64.
_QUOTED_PRINTABLE_MAX = 6


def reparsed(raw: bytes) -> Message:
    """Return the MIME of bytes that are not clean, with 7-bit bodies.

    Its headers are refolded when it is written, but for those of signed parts and of
    attached messages.

    Raises:
        InvalidMessage: for a signed part that is not clean.
    """
    tree = message_from_bytes(raw, policy=WIRE)
    keep_parsed(tree, raw, "content")
    encode_bodies(tree)
    return tree


def encode_bodies(tree: Message) -> None:
    """Encode the parts of a MIME tree that are not 7-bit; the others stay."""
    for part in tree.walk():
        if part.is_multipart() or is_kept(part):
            _label(part)
        elif not _is_clean_body(part):
            _encode_body(part)


def _label(part: Message) -> None:
    """Say of what holds parts that it is 7-bit, as they are now (RFC 2045 6.4)."""
    encoding = str(part.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    if encoding in ("8bit", "binary"):
        part.replace_header("Content-Transfer-Encoding", "7bit")


def _is_clean_body(part: Message) -> bool:
    body = part.get_payload()
    if not isinstance(body, str):
        return body is None
    if not body.isascii() or "\0" in body or "\r" in body.replace("\r\n", ""):
        return False
    return max(map(len, body.splitlines()), default=0) <= LINE_OCTETS_MAX


def _encode_body(part: Message) -> None:
    content = part.get_payload(decode=True)
    octets = content if isinstance(content, bytes) else b""
    is_text = part.get_content_maintype() == "text"
    if is_text and not _has_wide_units(part) and _is_mostly_ascii(octets):
        octets = _LINE_END.sub(b"\n", octets)
        encoding, encoded = "quoted-printable", binascii.b2a_qp(octets)
    else:
        encoding, encoded = "base64", base64.encodebytes(octets)
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(encoded.decode("ascii"))


def _has_wide_units(part: Message) -> bool:
    """Tell whether a text's charset has no lines of octets, such as UTF-16."""
    return (part.get_content_charset() or "").startswith(("utf-16", "utf-32", "ucs"))


def _is_mostly_ascii(octets: bytes) -> bool:
    return _share_to_encode(octets) * _QUOTED_PRINTABLE_MAX <= 1


def _share_to_encode(octets: bytes) -> float:
    kept = len(octets.translate(None, bytes(range(128, 256)) + b"\0="))
    return 1 - kept / len(octets) if octets else 0.0
