"""What SES does to a message on its way, as far as AWS documents or mail shows it.

https://docs.aws.amazon.com/ses/latest/dg/header-fields.html, and the headers of mail
that has come through SES.
"""

from __future__ import annotations

import re

import dkim

from seacucumber.signing import PrivateKey, to_pem

SES_DOMAIN, SES_SELECTOR = "amazonses.com", "224i4yxa5dv7c2xz3womw6peuasteono"
_ID = b"0102018b2f5e3c4d-9d1f7a7e-0000-4000-8000-000000000000-000000"
# With the lines that they are folded into.
_REPLACED = re.compile(
    rb"^(?:date|message-id|bcc|return-path|x-ses-[a-z-]+)[ \t]*:.*\n(?:[ \t].*\n)*",
    re.IGNORECASE | re.MULTILINE,
)
# SES signs these: https://stackoverflow.com/questions/74851213 shows such a header.
_SIGNED_BY_SES = (
    *(b"date", b"mime-version", b"message-id", b"to", b"from", b"subject"),
    b"feedback-id",
)


def through_ses(raw: bytes, private_key: PrivateKey) -> bytes:
    """Return a message as its recipient gets it from SES.

    Args:
        private_key: Of amazonses.com, whose signature SES puts on every message.
    """
    head, _, body = raw.partition(b"\r\n\r\n")
    kept = _REPLACED.sub(b"", head + b"\r\n")
    rewritten = (
        kept
        + b"Date: Wed, 25 Nov 2026 05:06:07 +0000\r\n"
        + b"Message-ID: <%s@eu-west-1.amazonses.com>\r\n" % _ID
        + b"Feedback-ID: ::1.eu-west-1.abcdefghijklmnop=:AmazonSES\r\n"
        + b"X-SES-Outgoing: 2026.11.25-54.240.7.11\r\n\r\n"
        + body
    )
    signature = dkim.sign(
        rewritten,
        SES_SELECTOR.encode(),
        SES_DOMAIN.encode(),
        to_pem(private_key),
        include_headers=list(_SIGNED_BY_SES),
    )
    received = (
        b"Return-Path: <%s@eu-west-1.amazonses.com>\r\n" % _ID
        + b"Received: from a7-11.smtp-out.eu-west-1.amazonses.com by mx.example.org\r\n"
        + b" with ESMTPS; Wed, 25 Nov 2026 05:06:08 +0000\r\n"
    )
    # Our own signature stays where it was, below that of SES.
    return received + bytes(signature) + rewritten
