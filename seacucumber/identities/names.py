"""Which names SES can verify."""

from __future__ import annotations

import re

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from seacucumber.exceptions import SeaCucumberError

# RFC 1035 2.3.1 and 2.3.4, with the digit that RFC 1123 2.1 lets a label begin with.
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")


class InvalidIdentity(SeaCucumberError, ValueError):
    """A name that is neither an e-mail address nor a domain.

    Args:
        name: The name, as it was given.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name!r} is neither an e-mail address such as ann@example.com nor a"
            " domain such as example.com."
        )


def checked_name(name: str) -> str:
    """Return the name as SES knows it: a domain beyond ASCII becomes its A-label.

    Raises:
        InvalidIdentity: if it is neither an address nor a domain.
    """
    name = name.strip()
    local, at, domain = name.rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise InvalidIdentity(name) from error
    written = f"{local}{at}{domain}"
    if not written.isprintable():
        raise InvalidIdentity(name)
    if not at and not _DOMAIN.fullmatch(written):
        raise InvalidIdentity(name)
    if at:
        try:
            validate_email(written)
        except ValidationError as error:
            raise InvalidIdentity(name) from error
    return written
