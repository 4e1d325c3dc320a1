"""Body, alternatives and attachments: checked before anything is rendered, so that
the error can name the field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from seacucumber.envelope.text import excerpt, header_text, is_text, refuse_surrogates
from seacucumber.exceptions import InvalidMessage

# RFC 6838 4.2, and parameters as RFC 2045 5.1 has them.
_NAME = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_VALUE = r"(?:[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+|\"(?:[ !#-\[\]-~]|\\[ -~])*\")"
_PARAMETER = rf" *; *[!#$%&'*+.0-9A-Z^_`a-z{{|}}~-]+={_VALUE}"
_MIME_TYPE = re.compile(rf"{_NAME}/{_NAME}(?:{_PARAMETER})*[ ;]*")
_CHARSET = re.compile(rf" *; *charset={_VALUE}", re.IGNORECASE)


def check_contents(message: EmailMessage) -> None:
    """Refuse bodies, alternatives and attachments that cannot become MIME parts.

    Raises:
        InvalidMessage: naming ``encoding``, ``body``, ``alternatives`` or
            ``attachments``.
    """
    charset = message.encoding or settings.DEFAULT_CHARSET
    if isinstance(charset, str):
        _check_charset(charset)
    else:
        charset = "utf-8"  # email.charset.Charset: Django 5.2 takes it from there
    _check_text(message.body, charset, "body")
    for item in getattr(message, "alternatives", ()):
        _check_item(item, 2, charset, "alternatives")
    for item in message.attachments:
        if not isinstance(item, Message):
            _check_item(item, 3, charset, "attachments")


def own_type(content: Any, mimetype: str) -> str:
    """Return the type that Django is to give a part.

    Text that is a ``str`` gets its charset from the message; one in its type would be a
    second one (RFC 2045 5).
    """
    if isinstance(content, str) and mimetype.lower().startswith("text/"):
        mimetype = _CHARSET.sub("", mimetype)
    return mimetype.rstrip(" ;")


def _check_item(item: Any, length: int, charset: str, field: str) -> None:
    if not isinstance(item, Sequence) or len(item) != length:
        raise InvalidMessage(
            field,
            f"have an item that is no {length}-tuple of"
            f" {'(content, type)' if length == 2 else '(name, content, type)'}:"
            f" {item!r:.80}.",
        )
    *filename, content, mimetype = item
    for name in filename:
        if name is not None:
            header_text(str(name), field)
    _check_part(content, mimetype, charset, field)


def _check_part(content: Any, mimetype: Any, charset: str, field: str) -> None:
    if not isinstance(mimetype, str) or not _MIME_TYPE.fullmatch(mimetype):
        raise InvalidMessage(
            field, f"have the invalid MIME type {mimetype!a:.80}; write 'type/subtype'."
        )
    if mimetype.lower().startswith("multipart/"):
        raise InvalidMessage(
            field,
            f"have text or bytes of the type {mimetype!a:.80}, which would leave as"
            " base64, and nobody could read it (RFC 2045 6.4). Attach a MIMEPart.",
        )
    if content is None:
        raise InvalidMessage(field, f"have a {mimetype} item without content.")
    if is_text(content) and mimetype.startswith("text/"):
        _check_text(content, charset, field)


def _check_charset(charset: str) -> None:
    try:
        "".encode(charset)
    except LookupError:
        raise InvalidMessage(
            "encoding", f"is a charset that Python does not know: {charset!a:.80}."
        ) from None
    if "\r\n".encode(charset) != b"\r\n":
        raise InvalidMessage(
            "encoding",
            f"is {charset!a:.80}, whose line ends are not CR LF: mail cannot carry it"
            " as text (RFC 2046 4.1.1). UTF-8 has the same characters.",
        )


def _check_text(text: Any, charset: str, field: str) -> None:
    if isinstance(text, bytes):
        raise InvalidMessage(field, f"must be text, not {text!r:.80}.")
    text = str(text)
    if text.isascii():
        return
    refuse_surrogates(text, field)
    try:
        text.encode(charset)
    except UnicodeEncodeError as error:
        raise InvalidMessage(
            field,
            f"has {excerpt(text[error.start])} at position {error.start}, which the"
            f" charset {charset} does not have.",
        ) from None
