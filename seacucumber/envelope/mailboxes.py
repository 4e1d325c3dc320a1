"""Addresses: one mailbox per item, parsed strictly, written back safely.

Sources: RFC 5322 3.4 (syntax), RFC 5321 4.5.3.1 (lengths), RFC 5890 (A-labels), and
SES's own rule that it has no SMTPUTF8:
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.headerregistry import Address
from typing import Any, NamedTuple, NoReturn

import idna

from seacucumber.envelope.display_names import (
    ATEXT,
    QUOTED,
    ascii_phrase,
)
from seacucumber.envelope.free_text import unfolded
from seacucumber.envelope.text import excerpt, header_text, is_text
from seacucumber.exceptions import InvalidMessage

_LOCAL_MAX = 64
_DOMAIN_MAX = 253
_TEXT_MAX = 1000
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_DOT_ATOM = rf"{ATEXT}+(?:\.{ATEXT}+)*"

# The two forms that nearly all mail has need no more than one match.
_BARE = re.compile(rf"({_DOT_ATOM})@({_DOMAIN})")
_NAMED = re.compile(
    rf"(?:{ATEXT}{{1,70}}(?: {ATEXT}{{1,70}})*|\"[ !#-\[\]-~]{{1,70}}\")"
    rf" <({_DOT_ATOM})@({_DOMAIN})>"
)
_BRACKETED = re.compile(rf'((?:{QUOTED}|[^"<>@,;:\\\[\]])*)<([^<>]*)>')
_ADDR_SPEC = re.compile(rf"({QUOTED}|[^\"@]*)@(.*)", re.DOTALL)
_QUOTED_LOCAL = re.compile(r'"(?:[!#-\[\]-~ ]|\\[!-~ ])*"')
_IS_DOT_ATOM = re.compile(_DOT_ATOM)
_IS_DOMAIN = re.compile(_DOMAIN)
_SEPARATOR = re.compile(rf"(?:{QUOTED}|[^\",;])*([,;])")
_COMMA = re.compile(rf"{QUOTED}|(,)")
_GROUP = re.compile(rf'((?:{QUOTED}|[^"<>@,;:\\\[\]])+):(.*);')


class Mailbox(NamedTuple):
    """One mailbox: its bare address, and its text for a header, which is ASCII."""

    address: str
    text: str


def parse_mailbox(value: str, field: str) -> Mailbox:
    """Read exactly one mailbox, ``a@b.c`` or ``Name <a@b.c>``.

    Raises:
        InvalidMessage: for anything else, and for what SES would not take.
    """
    match = _BARE.fullmatch(value) or _NAMED.fullmatch(value)
    if match is None or "=?" in value:
        return _parse_slowly(value, field)
    local, domain = match.groups()
    if len(local) > _LOCAL_MAX or len(domain) > _DOMAIN_MAX:
        _refuse_length(local, domain, field)
    return Mailbox(f"{local}@{domain.lower()}", value)


def parse_mailboxes(items: Any, field: str) -> list[Mailbox]:
    """Read a list of mailboxes, each an item of its own.

    Raises:
        InvalidMessage: for what is no such list, and as `parse_mailbox` does.
    """
    if not items:
        return []
    if is_text(items) or not isinstance(items, Iterable):
        raise InvalidMessage(field, f"must be a list of addresses, not {items!r:.80}.")
    return [
        parse_mailbox(item if type(item) is str else _item_text(item, field), field)
        for item in items
    ]


def texts(mailboxes: list[Mailbox]) -> list[str]:
    """Return the mailboxes as a header has them."""
    return [mailbox.text for mailbox in mailboxes]


def parse_mailbox_list(value: str, field: str) -> str:
    """Read what a To, Cc or Reply-To header may hold, and return its safe text.

    Takes mailboxes separated by commas, or one group such as
    ``undisclosed-recipients:;``.
    """
    text = header_text(value, field).strip()
    group = _GROUP.fullmatch(text)
    if group is not None:
        name = ascii_phrase(group[1], field)
        members = group[2].strip()
        return f"{name}: {_list_text(members, field)};" if members else f"{name}:;"
    return _list_text(text, field)


def _item_text(item: object, field: str) -> str:
    if is_text(item) or isinstance(item, Address):
        return str(item)
    raise InvalidMessage(
        field, f"has an item that is no address but {item!r:.80}; it must be text."
    )


def _list_text(text: str, field: str) -> str:
    ends = [match.start() for match in _COMMA.finditer(text) if match[1]]
    starts = [0, *(end + 1 for end in ends)]
    items = [text[a:b] for a, b in zip(starts, [*ends, len(text)], strict=True)]
    return ", ".join(parse_mailbox(item.strip(), field).text for item in items)


def _parse_slowly(value: str, field: str) -> Mailbox:
    text = header_text(unfolded(value, field), field).strip()
    if not text or text == "<>":
        raise InvalidMessage(field, f"has an empty address: {excerpt(value)}.")
    if len(text) > _TEXT_MAX:
        raise InvalidMessage(
            field, f"has an address of {len(text)} characters: {excerpt(value)}."
        )
    match = _BRACKETED.fullmatch(text)
    phrase, addr_spec = match.groups() if match else ("", text)
    parts = _ADDR_SPEC.fullmatch(addr_spec.strip())
    if parts is None or (match is None and any(mark in text for mark in "<>")):
        _refuse_syntax(text, field)
    local, domain = parts.groups()
    written = _checked_domain(domain, text, field)
    _check_local(local, text, field)
    if len(local) > _LOCAL_MAX or len(written) > _DOMAIN_MAX:
        _refuse_length(local, written, field)
    address = f"{local}@{written}"
    name = ascii_phrase(phrase, field)
    shown = f"{name} <{address}>" if name else address
    return Mailbox(f"{local}@{written.lower()}", shown)


def _check_local(local: str, text: str, field: str) -> None:
    if not local.isascii():
        raise InvalidMessage(
            field,
            f"has an address with characters beyond ASCII before its @:"
            f" {excerpt(text)}. SES does not take them (it has no SMTPUTF8).",
        )
    if not (_IS_DOT_ATOM.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local)):
        _refuse_syntax(text, field)


def _checked_domain(domain: str, text: str, field: str) -> str:
    """Return the domain as ASCII; as written if it is ASCII already."""
    if "@" in domain or any(mark in domain for mark in ',;:"()[]\\ \t'):
        _refuse_syntax(text, field)
    written = domain
    if not domain.isascii():
        try:
            # IDNA 2008: 'ß' is a letter of its own; Python's codec would send the
            # mail for straße.de to strasse.de, which belongs to somebody else.
            written = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise InvalidMessage(
                field, f"has the invalid domain {excerpt(domain)}: {error}."
            ) from None
    if not _IS_DOMAIN.fullmatch(written):
        raise InvalidMessage(
            field,
            f"has the invalid domain {excerpt(domain)}: its labels must be 1 to 63"
            " letters, digits and inner hyphens.",
        )
    return written


def _refuse_length(local: str, domain: str, field: str) -> NoReturn:
    raise InvalidMessage(
        field,
        f"has an address that is too long: {excerpt(f'{local}@{domain}')}. At most"
        f" {_LOCAL_MAX} characters before the @, {_DOMAIN_MAX} behind it (RFC 5321).",
    )


def _refuse_syntax(text: str, field: str) -> NoReturn:
    shown = excerpt(text)
    unquoted = re.sub(QUOTED, "", text)
    if _GROUP.search(unquoted):
        problem = f"has a group of addresses: {shown}. Give each its own item."
    elif _SEPARATOR.match(text):
        problem = f"has several addresses in one item: {shown}. Give each its own item."
    elif '"' in unquoted:
        problem = f"has an address with an unbalanced quote: {shown}."
    elif unquoted.count("<") != unquoted.count(">"):
        problem = f"has an address with an unbalanced bracket: {shown}."
    elif "@" not in unquoted:
        problem = f"has an address without an @: {shown}."
    else:
        problem = (
            f"has an invalid address: {shown}. Write 'ann@example.com' or"
            " '\"Ann Example\" <ann@example.com>'."
        )
    raise InvalidMessage(field, problem)
