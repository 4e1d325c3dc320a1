"""One event of one message, and its JSON in both formats of SES.

Source: "Contents of event data that Amazon SES publishes to Amazon SNS" and "Amazon SNS
notification contents for Amazon SES", SES developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.inbox import Accepted
from seacucumber.testing.ses.addresses import listed, mailboxes
from seacucumber.testing.ses.arns import ACCOUNT_ID, arn
from seacucumber.testing.ses.mime import Headers, decoded_words, read_headers, values
from seacucumber.testing.sns.envelopes import stamp

#: Longer headers are cut off, and ``headersTruncated`` says so.
MAX_HEADERS_BYTES = 10 * 1024
#: From the block for documentation (RFC 5737).
SOURCE_IP = "192.0.2.0"
OUTGOING_IP = "198.51.100.1"
CALLER = "local-ses"

#: Whose examples have none.
_WITHOUT_HEADERS = (EventKind.RENDERING_FAILURE, EventKind.DELIVERY_DELAY)
_ADDRESS_HEADERS = (
    ("from", "from"),
    ("to", "to"),
    ("cc", "cc"),
    ("bcc", "bcc"),
    ("reply-to", "replyTo"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that became of a message.

    Args:
        recipients: Whom it concerns.
        detail: The JSON object of its kind.
        at_epoch_s: When it happened.
        region: Where the account is.
        identity: The address or domain that allowed the message.
    """

    kind: EventKind
    message: Accepted
    recipients: tuple[str, ...]
    detail: Mapping[str, Any]
    at_epoch_s: float
    region: str
    identity: str

    def published(self) -> dict[str, Any]:
        """Return what a configuration set's destination gets."""
        bare = self.kind in _WITHOUT_HEADERS
        headers = {"headersTruncated": False} if bare else self._headers()
        return {
            "eventType": self.kind.value,
            "mail": {**self._mail(), **headers, "tags": self._tags()},
            self.kind.key: dict(self.detail),
        }

    def notified(self, *, with_headers: bool) -> dict[str, Any]:
        """Return what an identity's topic gets."""
        mail = {**self._mail(), "sourceIp": SOURCE_IP, "callerIdentity": CALLER}
        if with_headers:
            mail |= self._headers()
        detail = dict(self.detail)
        if self.kind in (EventKind.BOUNCE, EventKind.DELIVERY):
            detail["remoteMtaIp"] = "203.0.113.25"
        return {
            "notificationType": self.kind.value,
            "mail": mail,
            self.kind.key: detail,
        }

    def _mail(self) -> dict[str, Any]:
        message = self.message
        source = next(iter(values(read_headers(message.raw), "from")), message.sender)
        return {
            "timestamp": stamp(message.epoch_s),
            "source": source,
            "sourceArn": arn("ses", self.region, f"identity/{self.identity}"),
            "sendingAccountId": ACCOUNT_ID,
            "messageId": message.ses_message_id,
            "destination": list(message.recipients),
        }

    def _headers(self) -> dict[str, Any]:
        headers = read_headers(self.message.raw)
        kept = list(_within(headers, MAX_HEADERS_BYTES))
        return {
            "headersTruncated": len(kept) < len(headers),
            "headers": [{"name": name, "value": value} for name, value in kept],
            "commonHeaders": self._common(headers),
        }

    def _common(self, headers: Headers) -> dict[str, Any]:
        own_id = next(iter(values(headers, "message-id")), "")
        common: dict[str, Any] = {"messageId": own_id or self.message.ses_message_id}
        for name, key in _ADDRESS_HEADERS:
            if found := values(headers, name):
                common[key] = [row for text in found for row in _mailboxes(text)]
        for name in ("subject", "date"):
            if found := values(headers, name):
                common[name] = decoded_words(found[0])
        return common

    def _tags(self) -> dict[str, list[str]]:
        message = self.message
        automatic = {
            "ses:operation": message.operation,
            "ses:configuration-set": message.configuration_set,
            "ses:source-ip": SOURCE_IP,
            "ses:from-domain": message.sender.rpartition("@")[2],
            "ses:caller-identity": CALLER,
        }
        if self.kind is EventKind.DELIVERY:
            automatic["ses:outgoing-ip"] = OUTGOING_IP
        tags = {**automatic, **message.tags}
        return {name: [value] for name, value in tags.items() if value}


def _within(headers: Headers, limit_bytes: int) -> Iterator[tuple[str, str]]:
    length = 0
    for name, value in headers:
        length += len(name) + len(value) + len(": \r\n")
        if length > limit_bytes:
            return
        yield name, value


def _mailboxes(text: str) -> list[str]:
    """Return the mailboxes of a header with their names."""
    plain = mailboxes(text)
    if len(plain) == 1:
        return [decoded_words(text)]
    return listed([text])
