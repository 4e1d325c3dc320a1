"""MIME, frozen: Django renders, the result is made 7-bit with CRLF, and checked."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from email import policy as email_policy
from email.errors import MessageError
from email.generator import BytesGenerator
from email.message import Message
from functools import lru_cache
from io import BytesIO
from typing import Any

import django
from django.core.mail import (
    EmailAlternative,
    EmailAttachment,
    EmailMessage,
    EmailMultiAlternatives,
)
from django.utils.functional import Promise

from seacucumber.envelope.attached import attached_message, attached_tree, check_fields
from seacucumber.envelope.contents import own_type
from seacucumber.envelope.headers import OPTION_HEADERS
from seacucumber.envelope.octets import (
    LINE_OCTETS_MAX,
    is_clean,
    with_final_line_end,
    with_line_ends,
)
from seacucumber.envelope.policy import PLAIN, WIRE
from seacucumber.envelope.readback import check_readback
from seacucumber.envelope.repair import encode_bodies, reparsed
from seacucumber.envelope.signed import keep_built
from seacucumber.exceptions import InvalidMessage

_HAS_POLICY = django.VERSION >= (6, 0)
_NEVER_ON_THE_WIRE = ("Bcc", "Resent-Bcc", "Return-Path", *OPTION_HEADERS.values())
# What Python's email package and Django raise for content they cannot render.
_CONTENT_ERRORS = (
    *(ValueError, TypeError, LookupError, AttributeError, MessageError),
    RecursionError,  # a message inside a message, too many times over
)


def render(message: EmailMessage) -> tuple[Message, bytes]:
    """Return the MIME of a message that is ours to change, and its frozen bytes.

    Raises:
        InvalidMessage: if Django, Python or the message's own class cannot render it.
    """
    try:
        if renders_itself(type(message)):
            mime = _own_mime(message)
            raw = _flattened(mime, mime.policy if _is_older(mime) else WIRE)
        else:
            mime = _mime(message)
            # Django 5.2 folds it, and Python's parser decodes what it folds.
            mime.replace_header("Subject", str(message.subject))
            raw = _flattened(mime, PLAIN)
    except InvalidMessage:
        raise
    except _CONTENT_ERRORS as error:
        raise InvalidMessage("content", f"cannot be rendered: {error}") from error
    return mime, raw


def refreeze(octets: bytes) -> tuple[Message, bytes]:
    """Return the MIME that bytes from elsewhere hold, and its frozen bytes.

    Raises:
        InvalidMessage: if they cannot be made fit to go out.
    """
    try:
        mime = reparsed(with_line_ends(octets))
        for name in _NEVER_ON_THE_WIRE:
            del mime[name]
        return mime, _flattened(mime, WIRE)
    except InvalidMessage:
        raise
    except _CONTENT_ERRORS as error:
        raise InvalidMessage("content", f"cannot be rendered: {error}") from error


def private_copy(message: EmailMessage) -> EmailMessage:
    """Return a copy of a message whose rendering leaves the original as it is.

    Raises:
        InvalidMessage: if an attached message or signed part cannot leave as it is.
    """
    twin = copy.copy(message)
    twin.body = _plain(message.body)
    try:
        twin.attachments = [_private_attachment(item) for item in message.attachments]
    except InvalidMessage:
        raise
    except _CONTENT_ERRORS as error:
        raise InvalidMessage("attachments", f"cannot be rendered: {error}") from error
    if isinstance(twin, EmailMultiAlternatives):
        twin.alternatives = [
            EmailAlternative(plain := _plain(content), own_type(plain, mimetype))
            for content, mimetype in twin.alternatives
        ]
    return twin


def renders_itself(kind: type[EmailMessage]) -> bool:
    """Tell whether a class replaces any of what Django renders a message with.

    Anything that Django's classes define may take part in it, even a private method.
    """
    return any(
        not _RENDERING.isdisjoint(vars(base))
        for base in kind.__mro__
        if base not in _DJANGOS
    )


_DJANGOS = frozenset(EmailMultiAlternatives.__mro__)
_RENDERING = frozenset(
    name for name in dir(EmailMultiAlternatives) if not name.startswith("__")
) - {
    "attach",
    "attach_alternative",
    "attach_file",
    "body_contains",
    "content_subtype",
    "encoding",
    "recipients",
    "send",
}


def _private_attachment(item: Any) -> Any:
    """Copy what rendering would change: a MIME tree gets its boundaries then."""
    if isinstance(item, Message):
        tree = copy.deepcopy(item)
        keep_built(tree, "attachments")
        return tree
    filename, content, mimetype = item
    filename = filename or None  # Django 6 writes an empty one without its value
    content = _plain(content)
    mimetype = own_type(content, mimetype)
    if mimetype.startswith("message/") and isinstance(content, str | bytes):
        octets = content.encode() if isinstance(content, str) else content
        return attached_message(filename, octets, mimetype)
    if isinstance(content, EmailMessage):
        if not renders_itself(type(content)):
            twin = private_copy(content)
            check_fields(twin, filename or mimetype)
            return EmailAttachment(filename, twin, mimetype)
        content = content.message()
    if isinstance(content, Message):
        return attached_tree(filename, copy.deepcopy(content), mimetype)
    if isinstance(content, str) and not mimetype.startswith(("text/", "message/")):
        content = content.encode()  # Django 5.2 would make it Latin-1
    return EmailAttachment(filename, content, mimetype)


def _plain(content: Any) -> Any:
    """Return lazy text as text: Python's email package knows strings only."""
    return str(content) if isinstance(content, Promise) else content


def _is_mime(item: Any) -> bool:
    return isinstance(item, Message) or item[2].startswith("message/")


def _mime(message: EmailMessage) -> Message:
    mime = message.message(policy=PLAIN) if _HAS_POLICY else message.message()
    # Django 5.2 writes 8-bit text, and MIME from elsewhere may have any.
    if not _HAS_POLICY or any(map(_is_mime, message.attachments)):
        encode_bodies(mime)
    if "MIME-Version" not in mime:
        mime["MIME-Version"] = "1.0"  # Django 6 leaves it out where there is no body
    return mime


def _own_mime(message: EmailMessage) -> Message:
    if _HAS_POLICY and _takes_policy(type(message).message):
        mime = message.message(policy=WIRE)
    else:
        mime = message.message()
    stripped = copy.deepcopy(mime)
    for name in _NEVER_ON_THE_WIRE:
        del stripped[name]
    keep_built(stripped, "content")
    # Python writes octets that are no lines as if they were.
    encode_bodies(stripped)
    return stripped


@lru_cache(maxsize=128)
def _takes_policy(method: Callable[..., Any]) -> bool:
    parameters = inspect.signature(method).parameters
    return "policy" in parameters or any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD
        for parameter in parameters.values()
    )


def _flattened(mime: Message, policy: email_policy.Policy[Any]) -> bytes:
    """Return the bytes of a MIME tree as they go out."""
    raw = _written(mime, policy)
    if not is_clean(raw):
        raw = _written(reparsed(raw), WIRE)
        if not is_clean(raw):
            raise ValueError(
                f"its MIME is broken, or has a line of more than {LINE_OCTETS_MAX}"
                " octets that cannot be folded"
            )
    raw = with_final_line_end(raw)
    check_readback(raw, mime)
    return raw


class _Writer(BytesGenerator):
    """Python's, for reports whose blocks are text, or have an empty one at the end."""

    def _handle_message_delivery_status(self, msg: Message) -> None:
        payload: Any = msg.get_payload()
        if isinstance(payload, str):
            self._handle_text(msg)  # type: ignore[attr-defined]
            return
        blocks = copy.copy(msg)
        blocks.set_payload(
            [block for block in payload if block.keys() or block.get_payload()]
        )
        super()._handle_message_delivery_status(blocks)  # type: ignore[misc]


def _is_older(mime: Message) -> bool:
    return isinstance(mime.policy, email_policy.Compat32)


def _written(mime: Message, policy: email_policy.Policy[Any]) -> bytes:
    target = BytesIO()
    writer = _Writer(target, mangle_from_=False, policy=policy)
    writer.flatten(mime, linesep="\r\n")
    return target.getvalue()
