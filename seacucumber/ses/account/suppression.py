"""The suppression list of the account: SES takes mail to it, counts it and drops it.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from seacucumber.conf import Mailer
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.ses.throttle import asking

Reason = Literal["BOUNCE", "COMPLAINT"]

_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An address on the list.

    Args:
        reason: ``BOUNCE`` or ``COMPLAINT``; the list is open.
        since: When it was put there, or when that was last confirmed.
        ses_message_id: The message that led to it; empty where SES does not tell.
    """

    address: str
    reason: str
    since: datetime
    ses_message_id: str = ""


def list_pages(
    mailer: Mailer, *, since: datetime | None = None
) -> Iterator[list[Entry]]:
    """Yield the list, up to a thousand addresses at a time, each one call.

    Args:
        since: Only what was put there after this moment.

    Raises:
        AccountError: if SES does not tell.
    """
    where: dict[str, Any] = {"PageSize": _PAGE_SIZE}
    if since is not None:
        where["StartDate"] = since
    while True:
        with asking("ListSuppressedDestinations"):
            page = get_admin_clients(mailer).v2.list_suppressed_destinations(**where)
        yield [
            Entry(
                address=row.get("EmailAddress", ""),
                reason=row.get("Reason", ""),
                since=row["LastUpdateTime"].astimezone(UTC),
            )
            for row in page.get("SuppressedDestinationSummaries", [])
        ]
        if not page.get("NextToken"):
            return
        where["NextToken"] = page["NextToken"]


def read(mailer: Mailer, address: str) -> Entry:
    """Ask SES for one address.

    Raises:
        NotFound: if it is not on the list.
        AccountError: if SES does not tell.
    """
    with asking("GetSuppressedDestination"):
        answer = get_admin_clients(mailer).v2.get_suppressed_destination(
            EmailAddress=address
        )
    row = answer["SuppressedDestination"]
    return Entry(
        address=row["EmailAddress"],
        reason=row["Reason"],
        since=row["LastUpdateTime"].astimezone(UTC),
        ses_message_id=row.get("Attributes", {}).get("MessageId", ""),
    )


def put(mailer: Mailer, address: str, reason: str) -> None:
    """Put an address onto the list, or change its reason there.

    Args:
        reason: ``BOUNCE`` or ``COMPLAINT``.

    Raises:
        AccountError: if SES refuses, as it does to every account in the sandbox.
    """
    with asking("PutSuppressedDestination"):
        get_admin_clients(mailer).v2.put_suppressed_destination(
            EmailAddress=address, Reason=cast(Reason, reason)
        )


def delete(mailer: Mailer, address: str) -> None:
    """Take an address off the list.

    Raises:
        NotFound: if it is not on the list.
        AccountError: if SES refuses.
    """
    with asking("DeleteSuppressedDestination"):
        get_admin_clients(mailer).v2.delete_suppressed_destination(EmailAddress=address)
