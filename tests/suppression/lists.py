"""Short words for tests about suppression lists."""

from __future__ import annotations

from seacucumber.conf import get_mailer
from seacucumber.models import Suppressed
from seacucumber.ses.account import suppression


def put_at_ses(*addresses: str, reason: str = "BOUNCE") -> None:
    """Put addresses onto SES's list, as somebody in the AWS console does."""
    for address in addresses:
        suppression.put(get_mailer(), address, reason)


def at_ses() -> set[str]:
    """Return what SES has on its list."""
    pages = suppression.list_pages(get_mailer())
    return {entry.address for page in pages for entry in page}


def rows() -> dict[str, Suppressed]:
    """Return the entries by address."""
    return {row.address: row for row in Suppressed.objects.all()}
