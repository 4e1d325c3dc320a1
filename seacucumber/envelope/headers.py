"""The caller's own headers: checked, and sorted into mail and options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple

from seacucumber import setting_values as values
from seacucumber.envelope.free_text import unfolded, write_text
from seacucumber.envelope.mailboxes import Mailbox, parse_mailbox, parse_mailbox_list
from seacucumber.envelope.text import header_text, is_text
from seacucumber.exceptions import InvalidMessage

OPTION_PREFIX = "x-cucumber-"
CONFIGURATION_SET = "x-ses-configuration-set"
MESSAGE_TAGS = "x-ses-message-tags"
OPTION_HEADERS = {
    "x-cucumber-lane": "X-Cucumber-Lane",
    "x-cucumber-tags": "X-Cucumber-Tags",
    "x-cucumber-metadata": "X-Cucumber-Metadata",
    "x-cucumber-expires": "X-Cucumber-Expires",
    "x-cucumber-uncertain": "X-Cucumber-Uncertain",
    "x-cucumber-configuration-set": "X-Cucumber-Configuration-Set",
    CONFIGURATION_SET: "X-SES-CONFIGURATION-SET",
    MESSAGE_TAGS: "X-SES-MESSAGE-TAGS",
}

# RFC 5322 3.6.8 ftext; Python folds at 78, so longer names would not fit a line.
NAME = re.compile(r"[!-9;-~]{1,76}")

#: Header names that must not come from ``headers``, and what to do instead.
REFUSED = {
    "bcc": "would show the blind copies to everybody; use bcc=.",
    "resent-bcc": "would show the blind copies to everybody; use bcc=.",
    "return-path": "is SES's own; use CUCUMBER_FEEDBACK_ADDRESS.",
    "dkim-signature": "cannot be right: the message is signed when it is sent.",
    "subject": "would be there twice; use subject=.",
    "mime-version": "would be there twice; it is written with the body.",
    "content-type": "would be there twice; it is written with the body.",
    "content-transfer-encoding": "would be there twice; it is written with the body.",
}

ONE_MAILBOX = frozenset({"from", "sender", "resent-sender"})
MAILBOX_LIST = frozenset(
    {
        "to",
        "cc",
        "reply-to",
        "resent-from",
        "resent-to",
        "resent-cc",
        "disposition-notification-to",
        "return-receipt-to",
    }
)
MAILBOXES = ONE_MAILBOX | MAILBOX_LIST
# Read by people, or by whoever wrote them: RFC 2047 5 (1).
_FREE_TEXT = frozenset({"subject", "comments", "content-description"})
# Django looks these up in this spelling only.
_CANONICAL = {"from": "From", "to": "To", "cc": "Cc", "reply-to": "Reply-To"}


class CheckedHeaders(NamedTuple):
    """The headers to write, and the texts of the option headers by lower-case name."""

    mail: dict[str, str]
    options: dict[str, str]


def check_headers(extra_headers: Mapping[Any, Any]) -> CheckedHeaders:
    """Check ``EmailMessage.extra_headers``; the mapping itself is left alone.

    Raises:
        InvalidMessage: naming the header.
    """
    mail: dict[str, str] = {}
    options: dict[str, str] = {}
    seen = set()
    for name, value in extra_headers.items():
        lower = check_name(name)
        if lower in seen:
            raise InvalidMessage(name, "header is given twice.")
        seen.add(lower)
        if lower in REFUSED:
            raise InvalidMessage(name, f"header {REFUSED[lower]}")
        if lower in OPTION_HEADERS:
            options[lower] = header_text(value, name)
        else:
            mail[_CANONICAL.get(lower, name)] = _checked_value(name, lower, value)
    return CheckedHeaders(mail, options)


def parse_sender(from_email: object, headers: Mapping[str, str]) -> Mailbox:
    """Return who a message is from: its own header From wins, as with Django.

    Raises:
        InvalidMessage: if that is not exactly one mailbox.
    """
    if "From" in headers:
        return parse_mailbox(headers["From"], "From")
    if not is_text(from_email):
        raise InvalidMessage("from_email", f"must be text, not {from_email!r:.80}.")
    return parse_mailbox(str(from_email), "from_email")


def check_name(name: object) -> str:
    """Return the lower-case form of a header name that can be sent."""
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise InvalidMessage(
            "headers",
            f"have the invalid name {name!a:.100}; a header name is 1 to 76 printable"
            " ASCII characters without blank and colon (RFC 5322).",
        )
    lower = name.lower()
    if lower.startswith(OPTION_PREFIX) and lower not in OPTION_HEADERS:
        known = ", ".join(
            written
            for option, written in OPTION_HEADERS.items()
            if option.startswith(OPTION_PREFIX)
        )
        raise InvalidMessage(name, f"header is unknown; there are {known}.")
    return lower


def _checked_value(name: str, lower: str, value: object) -> str:
    if isinstance(value, datetime):
        value = format_datetime(value)
    text = header_text(unfolded(value, name), name)
    if lower in ONE_MAILBOX:
        return parse_mailbox(text, name).text
    if lower in MAILBOX_LIST:
        return parse_mailbox_list(text, name)
    if lower.startswith("x-ses-") and lower.endswith("-arn"):
        return _checked_arn(name, text)
    is_free = lower in _FREE_TEXT or (
        lower.startswith("x-") and not lower.startswith("x-ses-")
    )
    return write_text(name, text, is_free=is_free)


def _checked_arn(name: str, text: str) -> str:
    try:
        arn = values.identity_arn(text)
    except ValueError as error:
        raise InvalidMessage(name, f"header {error}") from None
    if not arn:
        raise InvalidMessage(name, "header is empty; leave it out.")
    return arn
