"""Whether frozen bytes may go out, and making them so where they may not.

The rules are SMTP's: lines end with CRLF and have at most 998 octets before it (RFC
5321 4.5.3.1.6), text is 7-bit without NUL (RFC 5322 2.3), which also keeps relays, and
SES's tracking, from converting it under a signature (RFC 6376 5.3).
"""

from __future__ import annotations

import base64
import binascii
import re
from email import message_from_bytes
from email.message import Message

from seacucumber.envelope.policy import WIRE
from seacucumber.exceptions import InvalidMessage

LINE_OCTETS_MAX = 998

_LINE_END = re.compile(rb"\r\n|\r|\n")
# A part of text where more than a sixth has to be encoded is shorter in base64.
_QUOTED_PRINTABLE_MAX = 6


def is_clean(raw: bytes) -> bool:
    """Tell whether bytes are 7-bit, CRLF only, without NUL and overlong lines."""
    if not raw.isascii() or b"\0" in raw:
        return False
    ends = raw.count(b"\r\n")
    if raw.count(b"\n") != ends or raw.count(b"\r") != ends:
        return False
    return max(map(len, raw.split(b"\r\n"))) <= LINE_OCTETS_MAX


def with_final_line_end(raw: bytes) -> bytes:
    """Return bytes that end with CRLF: without it, a relay would add it later."""
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def reparsed(raw: bytes) -> Message:
    """Return the MIME of bytes that are not clean, with 7-bit bodies.

    Its headers are refolded when it is written.
    """
    tree = message_from_bytes(raw, policy=WIRE)
    encode_bodies(tree)
    return tree


def encode_bodies(tree: Message) -> None:
    """Encode the parts of a MIME tree that are not 7-bit; the others stay."""
    for part in tree.walk():
        if part.is_multipart():
            _label(part)
            if part.get_content_type() == "multipart/signed":
                _check_signed(part)
        elif not _is_clean_body(part):
            _encode_body(part)


def _label(part: Message) -> None:
    """Say of what holds parts that it is 7-bit, as they are now (RFC 2045 6.4)."""
    if part.get("Content-Transfer-Encoding", "7bit").lower() != "7bit":
        part.replace_header("Content-Transfer-Encoding", "7bit")


def _check_signed(tree: Message) -> None:
    for part in tree.walk():
        if not part.is_multipart() and not _is_clean_body(part):
            raise InvalidMessage(
                "attachments",
                f"have a signed part ({part.get_content_type()}) that is not 7-bit with"
                " lines of at most 998 octets: encoding it now would break its"
                " signature (RFC 1847 2.1). Encode it before it is signed.",
            )


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
