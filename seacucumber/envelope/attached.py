"""Attached messages: octet for octet where they may go out as they are.

A signature inside covers octets (RFC 1847 2.1, RFC 8551 3.1.3, RFC 6376 3.4), and
mail that is kept as evidence is to stay what it was. So nothing walks into a clean one.
"""

from __future__ import annotations

import re
from email.message import Message, MIMEPart
from email.mime.base import MIMEBase
from typing import Any

import django
from django.core.mail import EmailAttachment

from seacucumber.envelope.folding import quoted_string
from seacucumber.envelope.policy import PLAIN
from seacucumber.envelope.repair import is_clean
from seacucumber.exceptions import InvalidMessage

_LINE_END = re.compile(rb"\r\n|\r|\n")
_SIGNED = re.compile(
    rb"^dkim-signature:|multipart/(?:signed|encrypted)|application/(?:x-)?pkcs7-mime",
    re.IGNORECASE | re.MULTILINE,
)


def attached_message(filename: str | None, octets: bytes, mimetype: str) -> Any:
    """Return the part of an attached message, which goes out as it is if it can.

    One that is not 7-bit, or has lines that are too long, is left to Django to parse.

    Raises:
        InvalidMessage: naming the attachment, if such a one is signed or encrypted:
            making it 7-bit would destroy that.
    """
    wired = _LINE_END.sub(b"\r\n", octets)
    if is_clean(wired):
        return _part(filename, wired, mimetype)
    if _SIGNED.search(octets):
        raise InvalidMessage(
            "attachments",
            f"have {filename or mimetype!a:.80}, which holds signed or encrypted parts"
            " and is not 7-bit with lines of at most 998 octets: its signature would"
            " not survive. Attach it as application/octet-stream.",
        )
    return EmailAttachment(filename, octets, mimetype)


def _part(filename: str | None, octets: bytes, mimetype: str) -> Message:
    part: Message
    if django.VERSION >= (6, 0):
        part = MIMEPart(policy=PLAIN)
        part["Content-Type"] = mimetype
    else:
        part = MIMEBase(*mimetype.split("/", 1))
        del part["MIME-Version"]
    part["Content-Transfer-Encoding"] = "7bit"
    if filename:
        part["Content-Disposition"] = f"attachment; filename={quoted_string(filename)}"
    part.set_payload(octets.decode("ascii"))
    return part
