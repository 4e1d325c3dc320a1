"""What changes the account's identities. The rows follow at once."""

from __future__ import annotations

from collections.abc import Iterator

from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.exceptions import NotFound, SeaCucumberError
from seacucumber.identities import storage
from seacucumber.identities.names import checked_name
from seacucumber.refresh_schedule import paced
from seacucumber.ses.account import identities
from seacucumber.ses.account.identities import Identity, Verification


class NothingToResend(SeaCucumberError):
    """A domain has no verification mail: SES looks for its DNS records by itself.

    Args:
        name: The domain.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"There is no mail to send again for the domain {name}: Amazon SES looks"
            " for its DNS records by itself. Publish them."
        )


def list_identities(alias: str = DEFAULT_MAILER) -> Iterator[Identity]:
    """Return every identity of a mailer's account, in SES's order.

    Raises:
        AccountError: if SES does not tell.
    """
    mailer = get_mailer(alias)
    with paced(mailer):
        return iter(list(identities.list_identities(mailer)))


def verify(name: str, alias: str = DEFAULT_MAILER) -> Verification:
    """Begin the verification of an address or a domain, or repeat it.

    Raises:
        InvalidIdentity: if the name is neither.
        AccountError: if SES refuses.
    """
    mailer, name = get_mailer(alias), checked_name(name)
    with paced(mailer):
        result = identities.verify(mailer, name)
    storage.keep_verification(mailer, result)
    return result


def resend(name: str, alias: str = DEFAULT_MAILER) -> Verification:
    """Send the verification mail of an address again, unless it is verified by now.

    Raises:
        InvalidIdentity: if the name is neither an address nor a domain.
        NothingToResend: if it is a domain.
        NotFound: if the account does not have it; it may be verified anew.
        AccountError: if SES refuses.
    """
    mailer, name = get_mailer(alias), checked_name(name)
    if identities.kind_of(name) == "domain":
        raise NothingToResend(name)
    try:
        with paced(mailer):
            result = identities.verify_again(mailer, name)
    except NotFound:
        storage.forget(mailer, name)
        raise
    storage.keep_verification(mailer, result)
    return result


def delete(name: str, alias: str = DEFAULT_MAILER) -> None:
    """Remove an address or a domain from the account.

    Raises:
        InvalidIdentity: if the name is neither.
        NotFound: if the account does not have it.
        AccountError: if SES refuses.
    """
    mailer, name = get_mailer(alias), checked_name(name)
    try:
        with paced(mailer):
            identities.delete(mailer, name)
    except NotFound:
        storage.forget(mailer, name)
        raise
    storage.forget(mailer, name)
