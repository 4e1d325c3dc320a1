"""How headers and text become 7-bit lines: two `email.policy.EmailPolicy` classes."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from email.contentmanager import ContentManager, raw_data_manager
from email.headerregistry import Address, AddressHeader, ParameterizedMIMEHeader
from email.message import Message
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

import idna

from seacucumber.envelope.display_names import with_single_blanks, write_phrase
from seacucumber.envelope.fold import (
    CRLF,
    fold_at_blanks,
    fold_mailboxes,
    fold_parameters,
    quoted_string,
)
from seacucumber.envelope.free_text import LINE_MAX, write_text
from seacucumber.envelope.headers import MAILBOXES
from seacucumber.envelope.mailboxes import parse_mailbox_list
from seacucumber.envelope.text import header_text, refuse_controls
from seacucumber.exceptions import InvalidMessage

_PARAMETERS = frozenset({"content-type", "content-disposition"})
# Python's header registry has these at most once in a message.
ONCE = frozenset(
    {
        "bcc",
        "cc",
        "content-disposition",
        "content-transfer-encoding",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "orig-date",
        "reply-to",
        "sender",
        "subject",
        "to",
    }
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_FOLDING = re.compile(r"(?:\r\n|\n)(?=[ \t])")
# In an extended parameter; %09 is a TAB.
_HIDDEN_CONTROL = re.compile(r"\*=[^;]*%(?:0[0-8a-f]|1[0-9a-f]|7f)", re.IGNORECASE)
_SUBTYPE = re.compile(r"[A-Za-z0-9.+_-]+")
# For these, Python's registry of charsets changes nothing.
_CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})


class WirePolicy(EmailPolicy):
    """7-bit, CRLF, and headers that mean on the wire what they meant before.

    No text is parsed by Python's email package in order to be written: what its parser
    decodes, and what it then writes, depends on its version.
    """

    def fold(self, name: str, value: Any) -> str:
        """Return the header's lines.

        Raises:
            ValueError: if the value has line breaks that are no folding, and so would
                begin another header, or octets that are no UTF-8 (RFC 6532 3.2).
            InvalidMessage: if it has control characters (RFC 5322 2.2).
        """
        if isinstance(value, AddressHeader):
            value = _address_text(value, name)
        elif isinstance(value, ParameterizedMIMEHeader):
            value = _parameters_text(value, name)
        elif hasattr(value, "name") or not isinstance(value, str):
            # Read by Python already, or email.header.Header of the older API.
            value = write_text(name, header_text(_unbroken(str(value)), name))
        elif not self.max_line_length or self.refold_source == "none":
            # Python asks for this inside of signed parts (RFC 1847 2.1).
            return self._as_it_is(name, value)
        value = self._unfolded(name, value)
        refuse_controls(value.replace("\n", ""), name)
        if name.lower() in _PARAMETERS and _HIDDEN_CONTROL.search(value):
            raise InvalidMessage(name, "hides a control character (RFC 2231 4).")
        if "\n" in value:
            return f"{name}: {CRLF.join(value.splitlines())}{CRLF}"
        return self._fold_line(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the header's lines as bytes."""
        return self.fold(name, value).encode("ascii", "surrogateescape")

    def clone(self, **kw: Any) -> WirePolicy:
        """Return a policy with other values; itself where nothing changes."""
        if all(getattr(self, name) == value for name, value in kw.items()):
            return self
        return super().clone(**kw)

    def _as_it_is(self, name: str, value: str) -> str:
        first, *others = _LINE_END.split(value.rstrip("\r\n"))
        _check_folding(name, others)
        return CRLF.join([f"{name}: {first}", *others, ""])

    def _unfolded(self, name: str, value: str) -> str:
        """Return a value as one line, or as it is if its lines are fine."""
        if "\n" not in value and "\r" not in value:
            return value
        first, *others = _LINE_END.split(value.rstrip("\r\n"))
        _check_folding(name, others)
        line_max = self.max_line_length or sys.maxsize
        longest = max(map(len, [f"{name}: {first}", *others]))
        if value.isascii() and longest <= line_max and all(map(str.strip, others)):
            return "\n".join([first, *others])
        return "".join([first, *others])

    def _fold_line(self, name: str, value: str) -> str:
        line_max = self.max_line_length or sys.maxsize
        room = min(line_max, LINE_MAX) if "=?" in value else line_max
        lower = name.lower()
        is_parameters = lower in _PARAMETERS
        if value.isascii() and not (is_parameters and "=?" in value):
            if len(name) + 2 + len(value) <= room:
                return f"{name}: {value}{CRLF}"
        elif not value.isascii():
            value = _utf8(name, value)
        if is_parameters:
            folded = fold_parameters(name, value, line_max)
            if folded is not None:
                return folded
        return _fold_text(name, lower, value, line_max)


class PlainPolicy(WirePolicy):
    """For messages that Django itself renders: headers stay the strings they are.

    Nobody reads the headers between writing and folding them, so that making an
    object of each, which the standard policy does, is not needed.
    """

    def header_max_count(self, name: str) -> int | None:
        """Return how often a header may be there."""
        return 1 if name.lower() in ONCE else None

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Return what to keep: the string itself."""
        if isinstance(value, datetime):
            return name, format_datetime(value)
        if not isinstance(value, str) or hasattr(value, "name"):
            return super().header_store_parse(name, value)
        if "\n" in value or "\r" in value:
            raise ValueError(f"header {name!a} has a line break")
        return name, value

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """Return what was kept."""
        if type(value) is str and "\n" not in value and "\r" not in value:
            return value
        return super().header_fetch_parse(name, value)


class _PlainContent(ContentManager):
    """`raw_data_manager`, with a short cut for text that needs no encoding."""

    def get_content(self, msg: Message, *args: Any, **kw: Any) -> Any:
        return raw_data_manager.get_content(msg, *args, **kw)

    def set_content(self, msg: Message, obj: Any, *args: Any, **kw: Any) -> None:
        if isinstance(obj, str) and not args and kw.keys() == {"subtype", "charset"}:
            body = _seven_bit(obj, msg.policy.max_line_length or 0, **kw)
            if body is not None and msg.get("Content-Type") is None:
                _set_seven_bit(msg, body, **kw)
                return
        policy = msg.policy
        if isinstance(obj, str):
            # RFC 2045 6.7 (5): a line of quoted-printable has 76 characters.
            msg.policy = _NARROW
        try:
            raw_data_manager.set_content(msg, obj, *args, **kw)
        finally:
            msg.policy = policy


def _seven_bit(text: str, line_max: int, *, subtype: str, charset: str) -> str | None:
    """Return a text as lines that may go out as they are, or None."""
    if charset.lower() not in _CHARSETS or not _SUBTYPE.fullmatch(subtype):
        return None
    if not text.isascii() or "\0" in text:
        return None
    lines = text.encode("ascii").splitlines()
    if max(map(len, lines), default=0) > line_max:
        return None
    return (b"\n".join(lines) + b"\n").decode("ascii")


def _set_seven_bit(msg: Message, body: str, *, subtype: str, charset: str) -> None:
    msg["Content-Type"] = f'text/{subtype}; charset="{charset}"'
    msg.set_payload(body)
    msg["Content-Transfer-Encoding"] = "7bit"


def _fold_text(name: str, lower: str, value: str, line_max: int) -> str:
    if lower in MAILBOXES:
        if not value.isascii():
            value = parse_mailbox_list(value, name)
        return fold_mailboxes(name, value, line_max)
    if not value.isascii():
        value = write_text(name, header_text(value, name))
    return fold_at_blanks(name, value, line_max)


def _check_folding(name: str, others: list[str]) -> None:
    if not all(line.startswith((" ", "\t")) for line in others):
        raise ValueError(f"header {name!a} has a line break that is no folding")


def _utf8(name: str, value: str) -> str:
    """Return the text of raw octets in a header, which Python keeps as surrogates."""
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        raise ValueError(
            f"header {name!a} has octets that are no UTF-8 (RFC 6532 3.2)"
        ) from None


def _unbroken(text: str) -> str:
    """Return text without the folding that Python's older API has put into it."""
    return _FOLDING.sub("", text)


def _parameters_text(header: ParameterizedMIMEHeader, field: str) -> str:
    """Return the text of a Content-* header that was parsed, checked again."""
    main, *_ = str(header).partition(";")
    texts = [header_text(main.strip(), field)]
    for name, value in header.params.items():
        texts.append(f"{name}={quoted_string(header_text(value, field))}")
    return "; ".join(texts)


def _address_text(header: AddressHeader, field: str) -> str:
    """Return the ASCII text of an address header that was parsed."""
    groups = []
    for group in header.groups:
        members = ", ".join(_mailbox_text(each, field) for each in group.addresses)
        if group.display_name is None:
            groups.append(members)
        else:
            name = write_phrase(header_text(group.display_name, field))
            groups.append(f"{name}: {members};")
    return ", ".join(groups)


def _mailbox_text(address: Address, field: str) -> str:
    domain = address.domain
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")
    bare = Address(username=address.username, domain=domain).addr_spec
    header_text(bare, field)
    name = with_single_blanks(header_text(address.display_name, field))
    return f"{write_phrase(name)} <{bare}>" if name else bare


WIRE = WirePolicy(linesep=CRLF, cte_type="7bit")
PLAIN = PlainPolicy(linesep=CRLF, cte_type="7bit", content_manager=_PlainContent())
_NARROW = PLAIN.clone(max_line_length=LINE_MAX)
