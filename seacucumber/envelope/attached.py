"""Attached messages: octet for octet where they may go out as they are.

A signature inside covers octets (RFC 1847 2.1, RFC 8551 3.1.3, RFC 6376 3.4), and
mail that is kept as evidence is to stay what it was. So nothing walks into a clean one.
"""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message, MIMEPart
from email.mime.base import MIMEBase
from typing import Any, NoReturn

import django
from django.core.mail import EmailAttachment, EmailMessage

from seacucumber.envelope.contents import check_contents
from seacucumber.envelope.fold import quoted_string
from seacucumber.envelope.free_text import unfolded, write_text
from seacucumber.envelope.headers import check_headers, parse_sender
from seacucumber.envelope.mailboxes import parse_mailboxes, texts
from seacucumber.envelope.octets import is_clean, with_line_ends
from seacucumber.envelope.policy import PLAIN, WIRE
from seacucumber.envelope.signed import is_signed, keep_built, written_unfolded
from seacucumber.envelope.text import header_text
from seacucumber.exceptions import InvalidMessage


def attached_message(filename: str | None, octets: bytes, mimetype: str) -> Any:
    """Return the part of an attached message, which goes out as it is if it can.

    One that is not 7-bit, or has lines that are too long, is left to Django to parse.

    Raises:
        InvalidMessage: naming the attachment, if such a one is signed or encrypted:
            making it 7-bit would destroy that; and the header that cannot be 7-bit.
    """
    wired = with_line_ends(octets)
    if is_clean(wired):
        return _part(filename, wired, mimetype)
    if is_signed(octets):
        raise InvalidMessage(
            "attachments",
            f"have {filename or mimetype!a:.80}, which holds signed or encrypted parts"
            " and is not 7-bit with lines of at most 998 octets: its signature would"
            " not survive. Attach it as application/octet-stream.",
        )
    _check_headers(filename or mimetype, octets)
    return EmailAttachment(filename, octets, mimetype)


def check_fields(twin: EmailMessage, shown: str) -> None:
    """Check the fields of an attached Django message, and write them, as any mail's.

    It need have no recipient: nobody sends it.

    Args:
        twin: Ours to change.
        shown: What the attachment is called in an error.

    Raises:
        InvalidMessage: naming the attachment and the field.
    """
    try:
        check_contents(twin)
        headers = check_headers(twin.extra_headers).mail
        twin.from_email = parse_sender(twin.from_email, headers).text
        for field in ("to", "cc", "bcc", "reply_to"):
            mailboxes = parse_mailboxes(getattr(twin, field), field)
            setattr(twin, field, texts(mailboxes))
        subject = header_text(unfolded(twin.subject, "subject"), "subject")
        twin.subject = write_text("subject", subject)
        twin.extra_headers = headers
    except InvalidMessage as error:
        raise InvalidMessage(
            "attachments", f"have {shown!a:.80}, whose {error.field} {error.problem}"
        ) from None


def attached_tree(filename: str | None, tree: Message, mimetype: str) -> Any:
    """Return the part of an attached message that is a MIME tree, ours to change.

    A signed one leaves as Python writes it without folding; others are left to Django.

    Raises:
        InvalidMessage: naming the attachment, if a signed one is not fit to go out.
    """
    keep_built(tree, "attachments")
    octets = written_unfolded(tree)
    if is_signed(octets):
        return attached_message(filename, octets, mimetype)
    return EmailAttachment(filename, tree, mimetype)


def _check_headers(shown: str, octets: bytes) -> None:
    """Refuse headers that cannot be made 7-bit; UTF-8 can (RFC 6532 3.2)."""
    for part in message_from_bytes(octets, policy=WIRE).walk():
        for name, value in part.raw_items():
            try:
                WIRE.fold(name, value)
            except InvalidMessage as error:
                _refuse_header(shown, name, error.problem)
            except ValueError as error:
                _refuse_header(shown, name, f"cannot be made 7-bit: {error}.")


def _refuse_header(shown: str, name: str, problem: str) -> NoReturn:
    raise InvalidMessage(
        "attachments",
        f"have {shown!a:.80}, whose header {name} {problem} Attach it as"
        " application/octet-stream.",
    )


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
