"""The addresses and domains that the account may send from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seacucumber.conf import Mailer
from seacucumber.exceptions import AlreadyExists
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.ses.throttle import asking

Kind = Literal["address", "domain"]

_VERIFIED = "SUCCESS"
_PAGE_SIZE = 1000  # the most that ListEmailIdentities gives
#: What SigningHostedZone says nearly everywhere; older answers lack it.
HOSTED_ZONE = "dkim.amazonses.com"
#: Beside SES's own words for how far DKIM is.
SWITCHED_OFF = "SWITCHED_OFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An address or a domain in SES.

    Args:
        status: ``SUCCESS``, ``PENDING``, ``FAILED``, ``TEMPORARY_FAILURE`` or
            ``NOT_STARTED``.
    """

    name: str
    kind: Kind
    status: str
    sending_enabled: bool

    @property
    def verified(self) -> bool:
        """Whether mail may come from it."""
        return self.status == _VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """A record to publish."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How far a verification has got.

    Args:
        verified: Nothing is left to do.
        mail_sent: SES has just sent a mail with a link, which is good for 24 hours.
        dkim_tokens: Names of the records that prove a domain; empty for an address.
        hosted_zone: Where those records point.
        dkim_status: SES's word for how far DKIM of a domain is.
    """

    name: str
    kind: Kind
    verified: bool
    mail_sent: bool
    dkim_tokens: tuple[str, ...] = ()
    hosted_zone: str = HOSTED_ZONE
    dkim_status: str = ""

    @property
    def dns_records(self) -> tuple[DnsRecord, ...]:
        """The records that prove a domain, and let SES sign for it (Easy DKIM)."""
        return tuple(
            DnsRecord(
                name=f"{token}._domainkey.{self.name}",
                type="CNAME",
                value=f"{token}.{self.hosted_zone}",
            )
            for token in self.dkim_tokens
        )


def list_identities(mailer: Mailer) -> Iterator[Identity]:
    """Yield every identity, in SES's order.

    Raises:
        AccountError: if SES does not tell.
    """
    where: dict[str, Any] = {"PageSize": _PAGE_SIZE}
    while True:
        with asking("ListEmailIdentities"):
            page = get_admin_clients(mailer).v2.list_email_identities(**where)
        for row in page.get("EmailIdentities", []):
            name = row.get("IdentityName", "")
            yield Identity(
                name=name,
                kind=kind_of(name),
                status=row.get("VerificationStatus", ""),
                sending_enabled=row.get("SendingEnabled", False),
            )
        if not page.get("NextToken"):
            return
        where["NextToken"] = page["NextToken"]


def verify(mailer: Mailer, name: str) -> Verification:
    """Ask SES to verify an address or a domain, or ask once more.

    An address gets a mail with a link, each time until it is verified.

    Raises:
        AccountError: if SES refuses.
    """
    try:
        with asking("CreateEmailIdentity"):
            answer = get_admin_clients(mailer).v2.create_email_identity(
                EmailIdentity=name
            )
    except AlreadyExists:
        return verify_again(mailer, name)
    return _verification(name, answer, mail_sent=kind_of(name) == "address")


def verify_again(mailer: Mailer, name: str) -> Verification:
    """Repeat the verification of an identity that SES has; asks for its state first.

    An address that is not verified yet gets another mail.

    Raises:
        NotFound: if SES does not have it.
        AccountError: if SES refuses.
    """
    with asking("GetEmailIdentity"):
        answer = get_admin_clients(mailer).v2.get_email_identity(EmailIdentity=name)
    mail_due = kind_of(name) == "address" and not answer.get("VerifiedForSendingStatus")
    if mail_due:
        resend(mailer, name)
    return _verification(name, answer, mail_sent=mail_due)


def resend(mailer: Mailer, address: str) -> None:
    """Send the verification mail to an address again.

    Only the old API can do that without losing the identity's settings.

    Raises:
        AccountError: if SES refuses.
    """
    with asking("VerifyEmailIdentity"):
        get_admin_clients(mailer).v1.verify_email_identity(EmailAddress=address)


def delete(mailer: Mailer, name: str) -> None:
    """Remove an identity, with its settings.

    Raises:
        NotFound: if SES does not have it.
        AccountError: if SES refuses.
    """
    with asking("DeleteEmailIdentity"):
        get_admin_clients(mailer).v2.delete_email_identity(EmailIdentity=name)


def _verification(
    name: str, answer: Mapping[str, Any], *, mail_sent: bool
) -> Verification:
    dkim: Mapping[str, Any] = answer.get("DkimAttributes") or {}
    # With a key of one's own ("EXTERNAL") the only token is a selector, not a CNAME.
    own_key = dkim.get("SigningAttributesOrigin") == "EXTERNAL"
    is_domain = kind_of(name) == "domain"
    return Verification(
        name=name,
        kind=kind_of(name),
        verified=bool(answer.get("VerifiedForSendingStatus")),
        mail_sent=mail_sent,
        dkim_tokens=tuple(dkim.get("Tokens") or ())
        if is_domain and not own_key
        else (),
        hosted_zone=dkim.get("SigningHostedZone") or HOSTED_ZONE,
        dkim_status=dkim_status(
            dkim.get("Status", ""), enabled=dkim.get("SigningEnabled", True)
        )
        if is_domain
        else "",
    )


def dkim_status(status: str, *, enabled: bool) -> str:
    """Return SES's word; ours where SES could sign, and was told not to."""
    return SWITCHED_OFF if status == _VERIFIED and not enabled else status


def kind_of(name: str) -> Kind:
    """Return what a name is the name of."""
    return "address" if "@" in name else "domain"
