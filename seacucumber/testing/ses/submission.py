"""A message as a client handed it in: read from v2 or v1, not judged yet."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from itertools import zip_longest
from typing import Any, TypeVar

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.ses.addresses import bare, listed
from seacucumber.testing.ses.mime import Headers, read_headers, subject_of, values

MAX_BYTES_V2 = 40 * 1024 * 1024
MAX_BYTES_V1 = 10 * 1024 * 1024

_T = TypeVar("_T")

_ATTEMPT = re.compile(r"\battempt=([0-9]{1,6})\b")


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One call of SendEmail or SendRawEmail.

    Args:
        sender: ``FromEmailAddress`` or ``Source`` as given, empty if not.
        destination: The addresses of the call as given, None if it names none.
        feedback: ``FeedbackForwardingEmailAddress``.
        max_bytes: What the API takes.
    """

    sender: str
    destination: tuple[str, ...] | None
    raw: bytes = field(repr=False)
    max_bytes: int
    call_tags: tuple[tuple[str, str], ...] = ()
    call_configuration_set: str = ""
    feedback: str = ""
    sdk_attempt: int = 1

    @cached_property
    def headers(self) -> Headers:
        """The headers of the message."""
        return read_headers(self.raw)

    def values(self, name: str) -> list[str]:
        """Return the values of a header; ``name`` is in lower case."""
        return values(self.headers, name)

    def value(self, name: str) -> str:
        """Return the first value of a header, empty if there is none."""
        return next(iter(self.values(name)), "")

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The bare addresses of the envelope: of the call, else of To, Cc and Bcc."""
        if self.destination is not None:
            return tuple(bare(text) for text in self.destination)
        lists = [*self.values("to"), *self.values("cc"), *self.values("bcc")]
        return tuple(listed(lists))

    @cached_property
    def sender_address(self) -> str:
        """The bare address of the call's sender, else of the From header."""
        return bare(self.sender or self.value("from"))

    @cached_property
    def configuration_set(self) -> str:
        """Of the call, else of the header; empty for none."""
        return self.call_configuration_set or self.value("x-ses-configuration-set")

    @cached_property
    def tag_pairs(self) -> tuple[tuple[str, str], ...]:
        """Of the call, else of the header."""
        if self.call_tags:
            return self.call_tags
        pairs = (text.partition("=") for text in self._tag_texts())
        return tuple((name.strip(), value.strip()) for name, _, value in pairs)

    def _tag_texts(self) -> list[str]:
        texts = ",".join(self.values("x-ses-message-tags")).split(",")
        return [text for text in texts if text.strip()]

    @property
    def tags(self) -> dict[str, str]:
        """The tags by name."""
        return dict(self.tag_pairs)

    @cached_property
    def subject(self) -> str:
        """The decoded subject."""
        return subject_of(self.headers)


def read_v2(body: Mapping[str, Any], headers: Mapping[str, str]) -> Submission:
    """Read the JSON of ``SendEmail``.

    Raises:
        Refusal: if a member is missing or has the wrong type.
    """
    content = member(body, "Content", dict)
    if content is None:
        raise Refusal(refusals.missing_member("content"))
    return Submission(
        sender=text_member(body, "FromEmailAddress"),
        destination=_destination(body),
        raw=_content(content, body),
        max_bytes=MAX_BYTES_V2,
        call_tags=_pairs(body, "EmailTags"),
        call_configuration_set=text_member(body, "ConfigurationSetName"),
        feedback=text_member(body, "FeedbackForwardingEmailAddress"),
        sdk_attempt=sdk_attempt(headers),
    )


def read_v1(form: Mapping[str, str], headers: Mapping[str, str]) -> Submission:
    """Read the form of ``SendRawEmail``.

    Raises:
        Refusal: if a parameter is missing or is no base64.
    """
    data = form.get("RawMessage.Data")
    if data is None:
        raise Refusal(refusals.missing_member("rawMessage.data"))
    names = members(form, "Tags", ".Name")
    texts = members(form, "Tags", ".Value")
    return Submission(
        sender=form.get("Source", ""),
        destination=tuple(members(form, "Destinations")) or None,
        raw=decoded(data),
        max_bytes=MAX_BYTES_V1,
        call_tags=tuple(zip_longest(names, texts, fillvalue="")),
        call_configuration_set=form.get("ConfigurationSetName", ""),
        sdk_attempt=sdk_attempt(headers),
    )


def sdk_attempt(headers: Mapping[str, str]) -> int:
    """Return the attempt that ``amz-sdk-request`` names, 1 if it names none."""
    found = _ATTEMPT.search(headers.get("amz-sdk-request", ""))
    return int(found[1]) if found else 1


def member(body: Mapping[str, Any], name: str, kind: type[_T]) -> _T | None:
    """Return a member of a JSON object, None if it is not there.

    Raises:
        Refusal: if it has another type.
    """
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, kind):
        raise Refusal(refusals.malformed(f"{name} has an unexpected type."))
    return value


def text_member(body: Mapping[str, Any], name: str) -> str:
    """Return a string of a JSON object, empty if it is not there."""
    return member(body, name, str) or ""


def texts_member(body: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of strings of a JSON object, empty if it is not there."""
    texts = member(body, name, list) or []
    if not all(isinstance(text, str) for text in texts):
        raise Refusal(refusals.malformed(f"{name} has an unexpected type."))
    return texts


def members(form: Mapping[str, str], name: str, suffix: str = "") -> Sequence[str]:
    """Return a list of the query protocol: ``Name.member.1``, ``Name.member.2``."""
    found: list[str] = []
    while (value := form.get(f"{name}.member.{len(found) + 1}{suffix}")) is not None:
        found.append(value)
    return found


def decoded(text: str) -> bytes:
    """Return the bytes of base64 text.

    Raises:
        Refusal: if it is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(refusals.malformed("Data is not valid base64.")) from error


def _destination(body: Mapping[str, Any]) -> tuple[str, ...] | None:
    destination = member(body, "Destination", dict)
    if destination is None:
        return None
    names = ("ToAddresses", "CcAddresses", "BccAddresses")
    found = [text for name in names for text in texts_member(destination, name)]
    return tuple(found) or None


def _pairs(body: Mapping[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    rows = member(body, name, list) or []
    if not all(isinstance(row, dict) for row in rows):
        raise Refusal(refusals.malformed(f"{name} has an unexpected type."))
    return tuple((text_member(row, "Name"), text_member(row, "Value")) for row in rows)


def _content(content: Mapping[str, Any], body: Mapping[str, Any]) -> bytes:
    kinds = [name for name in ("Raw", "Simple", "Template") if content.get(name)]
    if len(kinds) != 1:
        raise Refusal(
            errors.bad_request("Exactly one of Raw, Simple and Template is expected.")
        )
    part = member(content, kinds[0], dict) or {}
    if kinds == ["Template"]:
        raise Refusal(errors.template_missing(text_member(part, "TemplateName")))
    if kinds == ["Simple"]:
        return _simple(part, body)
    data = part.get("Data")
    if not isinstance(data, str):
        raise Refusal(refusals.missing_member("content.raw.data"))
    return decoded(data)


def _simple(part: Mapping[str, Any], body: Mapping[str, Any]) -> bytes:
    message = EmailMessage(policy=SMTP)
    destination = member(body, "Destination", dict) or {}
    bodies = member(part, "Body", dict) or {}
    try:
        message["From"] = text_member(body, "FromEmailAddress")
        for header in ("To", "Cc"):
            if addresses := texts_member(destination, f"{header}Addresses"):
                message[header] = ", ".join(addresses)
        message["Subject"] = _data(part, "Subject")
        message.set_content(_data(bodies, "Text"))
        if html := _data(bodies, "Html"):
            message.add_alternative(html, subtype="html")
        return message.as_bytes()
    except (ValueError, LookupError, AttributeError, MessageError) as error:
        raise Refusal(errors.bad_request(f"Illegal header: {error}")) from error


def _data(part: Mapping[str, Any], name: str) -> str:
    return text_member(member(part, name, dict) or {}, "Data")
