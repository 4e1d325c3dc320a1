"""The shapes that the rest of the package sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seacucumber.enums import Lane, RecipientKind, Uncertain

#: What SES v2 accepts: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MAX_MESSAGE_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One address that gets the mail.

    Args:
        address: Domain as lower-case A-label, local part as written.
        kind: The header it stands in; Bcc stands in none.
    """

    address: str
    kind: RecipientKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for a message that does not say otherwise."""

    lane: Lane = Lane.TRANSACTIONAL
    uncertain: Uncertain = Uncertain.RESEND
    configuration_set: str = ""
    expires_s: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    max_message_bytes: int = MAX_MESSAGE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message that SES will not refuse for its shape.

    Args:
        sender: Bare address of From, domain as lower-case A-label.
        recipients: To, Cc, Bcc in this order, each address once; any number.
        subject: For display: decoded, no control characters, at most 200 characters.
        raw: The frozen MIME: 7-bit, CRLF only, ends with CRLF, no Bcc, no
            X-Cucumber-* header, no line longer than 998 octets.
        lane: Who goes first.
        uncertain: What to do when nobody knows whether SES has it.
        configuration_set: Name of the SES configuration set, empty for none.
        expires_s: Seconds from now after which it is not sent any more.
        tags: SES message tags.
        metadata: What the project wants to find again with the message.
    """

    sender: str
    recipients: tuple[Recipient, ...] = field(repr=False)
    subject: str = field(repr=False)
    raw: bytes = field(repr=False)
    lane: Lane
    uncertain: Uncertain
    configuration_set: str
    expires_s: float | None
    tags: Mapping[str, str]
    metadata: Mapping[str, Any] = field(repr=False)
