"""Tests of `seacucumber.envelope`, and readers of what it freezes."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage as Mime

from django.core.mail import EmailMessage, EmailMultiAlternatives

from seacucumber.envelope import Defaults, Envelope, build


def message(**kw: object) -> EmailMultiAlternatives:
    """Return a small message that is fine, but for what the test gives."""
    fields = {
        "subject": "Hello",
        "body": "Hi Ann\n",
        "from_email": "Shop <shop@example.com>",
        "to": ["ann@example.com"],
    }
    return EmailMultiAlternatives(**{**fields, **kw})  # type: ignore[arg-type]


def frozen(message: EmailMessage) -> Envelope:
    """Build with nothing but the message's own options."""
    return build(message, Defaults())


def parsed(raw: bytes) -> Mime:
    """Read bytes as a mail program does."""
    return email.message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def parts(raw: bytes) -> list[tuple[str, str | None, str | bytes]]:
    """Return type, file name and content of each part that holds something.

    Ends of lines and the blank line at the end of a text are not compared: Django
    5.2 and 6.0 differ in them.
    """
    found = []
    for part in parsed(raw).walk():
        if part.is_multipart():
            continue
        content = part.get_content()
        if isinstance(content, str):
            content = "\n".join(content.splitlines()).rstrip("\n")
        found.append((part.get_content_type(), part.get_filename(), content))
    return found


def assert_wire_format(raw: bytes) -> None:
    """7-bit, CRLF only, a final CRLF, no NUL, and no line over 998 octets."""
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.endswith(b"\r\n")
    rest = raw.replace(b"\r\n", b"")
    assert b"\r" not in rest
    assert b"\n" not in rest
    assert max(map(len, raw.split(b"\r\n"))) <= 998
