"""Running the account's identities: verify, list, delete."""

from __future__ import annotations

import re
from collections.abc import Iterator

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.exceptions import SeaCucumberError
from seacucumber.ses import identities
from seacucumber.ses.identities import DnsRecord, Identity, Verification

__all__ = [
    "DnsRecord",
    "Identity",
    "InvalidIdentity",
    "Verification",
    "checked_name",
    "delete",
    "list_identities",
    "verify",
]

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


def list_identities(alias: str = DEFAULT_MAILER) -> Iterator[Identity]:
    """Yield every identity of a mailer's account, in SES's order.

    Raises:
        AccountError: if SES does not tell.
    """
    return identities.list_identities(get_mailer(alias))


def verify(name: str, alias: str = DEFAULT_MAILER) -> Verification:
    """Begin the verification of an address or a domain, or repeat it.

    Raises:
        InvalidIdentity: if the name is neither.
        AccountError: if SES refuses.
    """
    return identities.verify(get_mailer(alias), checked_name(name))


def delete(name: str, alias: str = DEFAULT_MAILER) -> None:
    """Remove an address or a domain from the account.

    Raises:
        InvalidIdentity: if the name is neither.
        NotFound: if the account does not have it.
        AccountError: if SES refuses.
    """
    identities.delete(get_mailer(alias), checked_name(name))
