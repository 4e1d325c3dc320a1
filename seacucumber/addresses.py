"""One spelling for each address: what events, lists and people write is compared by it.

Sources: RFC 5322 3.4.1 (quotes round a local part that needs none mean nothing) and
3.2.2 (comments), RFC 5890 (A-labels). That upper and lower case are the same is not
RFC 5321's word, but all mailbox providers'.
"""

from __future__ import annotations

import re

import idna

ADDRESS_MAX = 320
_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_BRACKETED = re.compile(rf"(?:{_QUOTED}|[^\"<>])*<([^<>]*)>\s*")
_ATOM = r"[^\s\"(),:;<>@\[\\\]\x00-\x1f\x7f]+"
_ADDRESS = re.compile(rf"({_QUOTED}|{_ATOM})@({_ATOM})", re.DOTALL)
_ATEXT = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)


def address_key(address: str) -> str:
    """Return the one spelling of a bare address that is well-formed: lower case, no
    quotes that mean nothing.
    """
    lower = address.lower()
    if not lower.startswith('"'):
        return lower
    quoted, at, domain = lower.rpartition("@")
    local = re.sub(r"\\(.)", r"\1", quoted[1:-1])
    return f"{local}{at}{domain}" if _DOT_ATOM.fullmatch(local) else lower


def read_address(text: str) -> str:
    """Return the one spelling of the address in a text, as SES or a person writes it:
    in brackets after a name, beside a comment, before a dot or comma, with a domain in
    Unicode.

    Returns:
        Empty if there is none, or more than one.
    """
    bare = text.strip().rstrip(".,; \t\r\n")
    if match := _BRACKETED.fullmatch(bare):
        bare = match[1].strip()
    if '"' not in bare:
        bare = _COMMENT.sub("", bare).strip().rstrip(".,;")
    parts = _ADDRESS.fullmatch(bare)
    if parts is None or len(bare) > ADDRESS_MAX:
        return ""
    local, domain = parts[1], parts[2].rstrip(".").lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    if not _DOMAIN.fullmatch(domain):
        return ""
    key = address_key(f"{local}@{domain}")
    written = key.rpartition("@")[0]
    return key if written.startswith('"') or _DOT_ATOM.fullmatch(written) else ""
