"""How headers and text become 7-bit lines: two `email.policy.EmailPolicy` classes."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from email.contentmanager import ContentManager, raw_data_manager
from email.headerregistry import Address, AddressHeader
from email.message import Message
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

import idna

from seacucumber.envelope.display_names import WORD_MAX, encoded_words, write_phrase
from seacucumber.envelope.folding import (
    CRLF,
    fold_at_blanks,
    fold_mailboxes,
    fold_parameters,
)
from seacucumber.envelope.headers import MAILBOXES, is_structured

_PARAMETERS = frozenset({"content-type", "content-disposition"})
# Python's header registry has these at most once in a message.
_ONCE = frozenset(
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
# ASCII words with one blank between them: nothing that parsing could change.
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_SUBTYPE = re.compile(r"[A-Za-z0-9.+_-]+")
# Room for a few letters of any script behind the longest name.
_SHORT_WORD = 40
# For these, Python's registry of charsets changes nothing.
_CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})


class WirePolicy(EmailPolicy):
    """7-bit, CRLF, and headers that mean on the wire what they meant before.

    Address headers and other structured ones are folded without being parsed again;
    everything else is what `email.policy.SMTP` does.
    """

    def fold(self, name: str, value: Any) -> str:
        """Return the header's lines.

        Raises:
            ValueError: if the value has line breaks that are no folding, and so would
                begin another header.
        """
        if not isinstance(value, str):
            value = str(value)  # email.header.Header, of the older API
        if not hasattr(value, "name"):
            value = self._unfolded(name, value)
            if "\n" in value:
                return f"{name}: {CRLF.join(value.splitlines())}{CRLF}"
            if value.isascii():
                folded = self._fold_ascii(name, value)
                if folded is not None:
                    return folded
            value = self.header_factory(name, value)
        if isinstance(value, AddressHeader):
            return self.fold(name, _address_text(value))
        lines: str = super().fold(name, value)
        if self._is_faithful(name, value, lines):
            return lines
        return _encoded(name, str(value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the header's lines as bytes."""
        return self.fold(name, value).encode("ascii")

    def clone(self, **kw: Any) -> WirePolicy:
        """Return a policy with other values; itself where nothing changes."""
        if all(getattr(self, name) == value for name, value in kw.items()):
            return self
        return super().clone(**kw)

    def _unfolded(self, name: str, value: str) -> str:
        """Return a value as one line, or as it is if its lines are fine."""
        if "\n" not in value and "\r" not in value:
            return value
        first, *others = value.splitlines()
        if not all(line.startswith((" ", "\t")) for line in others):
            raise ValueError(f"header {name!a} has a line break that is no folding")
        line_max = self.max_line_length or sys.maxsize
        longest = max(map(len, [f"{name}: {first}", *others]))
        if value.isascii() and longest <= line_max:
            return "\n".join([first, *others])
        return "".join([first, *others])

    def _is_faithful(self, name: str, value: str, lines: str) -> bool:
        """Tell whether free text can be read back from its encoded-words.

        Where one ends with its line, Python up to 3.13 can lose the blank behind it.
        """
        if lines.count("=?utf-8?") < 2 or name.lower() in _PARAMETERS:
            return True
        unfolded = "".join(lines.splitlines())[len(name) + 2 :]
        return str(self.header_factory(name, unfolded)) == str(value)

    def _fold_ascii(self, name: str, value: str) -> str | None:
        """Fold an ASCII value without parsing it, or return None."""
        line_max = self.max_line_length or sys.maxsize
        if len(name) + 2 + len(value) <= line_max:
            return f"{name}: {value}{CRLF}"
        lower = name.lower()
        if lower in MAILBOXES:
            return fold_mailboxes(name, value, line_max)
        if lower in _PARAMETERS:
            return fold_parameters(name, value, line_max)
        if is_structured(lower) or "=?" in value:
            # Encoded-words are short enough; Python would join and split them anew.
            return fold_at_blanks(name, value, line_max)
        return None


class PlainPolicy(WirePolicy):
    """For messages that Django itself renders: plain headers stay strings.

    Nobody reads the headers between writing and folding them, so that making an
    object of each, which the standard policy does, is not needed.
    """

    def header_max_count(self, name: str) -> int | None:
        """Return how often a header may be there."""
        return 1 if name.lower() in _ONCE else None

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Return what to keep: the string itself if parsing could not change it."""
        if isinstance(value, str):
            if not hasattr(value, "name") and self._stays(name.lower(), name, value):
                return name, value
        elif isinstance(value, datetime):
            return name, format_datetime(value)
        return super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """Return what was kept."""
        if type(value) is str and "\n" not in value and "\r" not in value:
            return value
        return super().header_fetch_parse(name, value)

    def _stays(self, lower: str, name: str, value: str) -> bool:
        if not (value.isascii() and value.isprintable()):
            return False
        if lower in MAILBOXES or is_structured(lower):
            return True
        if "=?" in value or not _PLAIN.fullmatch(value):
            return False
        if lower in _PARAMETERS:
            return fold_parameters(name, value, self.max_line_length or 0) is not None
        return len(name) + 2 + len(value) <= (self.max_line_length or 0)


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
        raw_data_manager.set_content(msg, obj, *args, **kw)


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


def _encoded(name: str, text: str) -> str:
    """Return free text as encoded-words, one to a line."""
    room = max(WORD_MAX - len(name), _SHORT_WORD)
    return f"{name}: " + f"{CRLF} ".join(encoded_words(text, room)) + CRLF


def _address_text(header: AddressHeader) -> str:
    """Return the ASCII text of an address header that was parsed."""
    groups = []
    for group in header.groups:
        members = ", ".join(map(_mailbox_text, group.addresses))
        if group.display_name is None:
            groups.append(members)
        else:
            groups.append(f"{write_phrase(group.display_name)}: {members};")
    return ", ".join(groups)


def _mailbox_text(address: Address) -> str:
    domain = address.domain
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")
    bare = Address(username=address.username, domain=domain).addr_spec
    name = " ".join(address.display_name.split())
    return f"{write_phrase(name)} <{bare}>" if name else bare


WIRE = WirePolicy(linesep=CRLF, cte_type="7bit")
PLAIN = PlainPolicy(linesep=CRLF, cte_type="7bit", content_manager=_PlainContent())
