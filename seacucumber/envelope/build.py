"""From a Django message to an `Envelope`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from email.message import Message

from django.core.mail import EmailMessage

from seacucumber.enums import RecipientKind
from seacucumber.envelope.contents import check_contents
from seacucumber.envelope.free_text import (
    check_encoded_words,
    is_encoded,
    read_text,
    unfolded,
    write_text,
)
from seacucumber.envelope.headers import check_headers, parse_sender
from seacucumber.envelope.mailboxes import (
    Mailbox,
    parse_mailbox,
    parse_mailboxes,
    texts,
)
from seacucumber.envelope.mime import private_copy, refreeze, render, renders_itself
from seacucumber.envelope.options import resolve
from seacucumber.envelope.policy import ONCE
from seacucumber.envelope.shapes import (
    MAX_MESSAGE_BYTES,
    Defaults,
    Envelope,
    Recipient,
)
from seacucumber.envelope.text import header_text, without_controls
from seacucumber.exceptions import InvalidMessage

_SUBJECT_MAX = 200
_FOLDING = re.compile(r"\r?\n(?=[ \t])")
# SES's rule is that mail has a visible recipient; this is RFC 5322 A.1.3's way to say
# that there is none.
_UNDISCLOSED = "undisclosed-recipients:;"


def build(message: EmailMessage, defaults: Defaults) -> Envelope:
    """Check a message, freeze its MIME, and resolve its options.

    The message is not changed; building it again gives the same envelope, but for
    its Date, Message-ID and boundaries.

    Args:
        message: Any `django.core.mail.EmailMessage`. A subclass that renders itself
            keeps its MIME; From and Subject are then read from there.
        defaults: What holds where the message says nothing.

    Raises:
        InvalidMessage: for everything SES would refuse for its shape, naming the
            field, header or attribute to change.
    """
    headers = check_headers(message.extra_headers)
    sender = parse_sender(message.from_email, headers.mail)
    to = parse_mailboxes(message.to, "to")
    cc = parse_mailboxes(message.cc, "cc")
    bcc = parse_mailboxes(message.bcc, "bcc")
    reply_to = parse_mailboxes(message.reply_to, "reply_to")
    recipients = _recipients(to, cc, bcc)
    subject = header_text(unfolded(message.subject, "subject"), "subject")
    check_contents(message)
    options = resolve(message, headers.options, defaults)

    twin = private_copy(message)
    if not renders_itself(type(message)):
        subject = write_text("subject", subject)
    twin.subject = subject
    twin.from_email = sender.text
    twin.to, twin.cc, twin.bcc = texts(to), texts(cc), texts(bcc)
    twin.reply_to = texts(reply_to)
    twin.extra_headers = headers.mail
    if not to and not cc:
        headers.mail.setdefault("To", _UNDISCLOSED)
    mime, raw = render(twin)
    _check_size(raw, defaults)
    if renders_itself(type(message)):
        sender, subject = _rendered_sender(mime), str(mime["Subject"] or "")
    return Envelope(
        sender=sender.address,
        recipients=recipients,
        subject=_shown(subject),
        raw=raw,
        **options._asdict(),
    )


def from_mime(
    mime: str, from_email: str, recipients: Iterable[str], defaults: Defaults
) -> Envelope:
    """Freeze a message that was rendered elsewhere.

    Args:
        mime: The whole message, headers and body.
        from_email: The envelope's sender.
        recipients: The envelope's recipients, whatever the headers say.
        defaults: The message's options.

    Raises:
        InvalidMessage: for everything SES would refuse for its shape.
    """
    sender = parse_mailbox(from_email, "from_email")
    mailboxes = parse_mailboxes(list(recipients), "to")
    try:
        octets = mime.encode("utf-8", "surrogateescape")
    except UnicodeError:
        raise InvalidMessage("content", "has a lone surrogate.") from None
    tree, raw = refreeze(octets)
    _check_size(raw, defaults)
    subject = _checked_fields(tree)
    return Envelope(
        sender=sender.address,
        recipients=_recipients(mailboxes, [], []),
        subject=_shown(subject),
        raw=raw,
        lane=defaults.lane,
        uncertain=defaults.uncertain,
        configuration_set=defaults.configuration_set,
        expires_s=defaults.expires_s,
        tags=defaults.tags,
        metadata=defaults.metadata,
    )


def _rendered_sender(mime: Message) -> Mailbox:
    """Return the mailbox in From of MIME that the message's own class has made."""
    found = mime.get_all("From", [])
    if len(found) != 1:
        raise InvalidMessage("From", f"header is there {len(found)} times.")
    return parse_mailbox(str(found[0]), "From")


def _checked_fields(tree: Message) -> str:
    """Check the headers of MIME from elsewhere as `build` does; return the subject."""
    seen: dict[str, str] = {}
    for name, value in tree.raw_items():
        lower = name.lower()
        if lower in seen and lower in ONCE:
            raise InvalidMessage(name, "header is given twice (RFC 5322 3.6).")
        text = _FOLDING.sub("", str(value))
        octets = text.encode("utf-8", "surrogateescape")
        seen[lower] = header_text(octets.decode("utf-8", "replace"), name)
        check_encoded_words(text, name)
    if "from" not in seen:
        raise InvalidMessage("From", "header is missing (RFC 5322 3.6).")
    parse_mailbox(seen["from"].strip(), "From")
    return seen.get("subject", "").strip()


def _recipients(
    to: list[Mailbox], cc: list[Mailbox], bcc: list[Mailbox]
) -> tuple[Recipient, ...]:
    """Return each address once, without regard to case; the first one stays."""
    recipients: dict[str, Recipient] = {}
    for kind, mailboxes in (
        (RecipientKind.TO, to),
        (RecipientKind.CC, cc),
        (RecipientKind.BCC, bcc),
    ):
        for mailbox in mailboxes:
            key = mailbox.address.lower()
            if key not in recipients:
                recipients[key] = Recipient(address=mailbox.address, kind=kind)
    if not recipients:
        raise InvalidMessage("to", "has no recipient, nor have cc and bcc.")
    return tuple(recipients.values())


def _check_size(raw: bytes, defaults: Defaults) -> None:
    limit = min(defaults.max_message_bytes, MAX_MESSAGE_BYTES)
    if len(raw) > limit:
        raise InvalidMessage(
            "size",
            f"is {len(raw)} bytes with its attachments encoded; at most {limit} are"
            " allowed. Send a link instead of the file.",
        )


def _shown(subject: str) -> str:
    """Return the subject as people read it."""
    if is_encoded(subject):
        # What is no encoded-word after all is shown as it is.
        with suppress(InvalidMessage):
            subject = read_text(subject, "subject")
    return without_controls(subject)[:_SUBJECT_MAX]
