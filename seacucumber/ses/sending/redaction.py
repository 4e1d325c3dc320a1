"""AWS's texts quote addresses; what is kept of them names nobody."""

from __future__ import annotations

import re

_NAMED_ADDRESS = re.compile(
    r'(?:"[^"]*"|[^\s<>,:;"\']+(?: [^\s<>,:;"\']+)*)\s*<([^<>]*)>'
)
_ADDRESS = re.compile(r'("[^"]*"|[^\s<>()\[\]"\'`,;:=/]+)@([\w.-]*\w)')


def redact(text: str, *, sender: str = "") -> str:
    """Return a text in which addresses look like ``a***@example.com``.

    Display names go altogether. The sender's address stays: whoever has to verify
    it needs it.
    """

    def masked(match: re.Match[str]) -> str:
        if match[0].casefold() == sender.casefold():
            return match[0]
        return mask(match[0])

    return _ADDRESS.sub(masked, _NAMED_ADDRESS.sub(r"\1", text))


def mask(address: str) -> str:
    """Return an address with all but the first character of its local part hidden."""
    local, _, domain = address.rpartition("@")
    first = local.lstrip('"')[:1]
    return f"{first}***@{domain}"
