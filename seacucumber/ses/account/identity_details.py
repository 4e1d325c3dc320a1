"""What SES tells of single identities, beyond their names and states.

The old API tells DKIM and MAIL FROM of 100 identities in one call; the new one tells
more (where the CNAME records point, whose key it is, why a verification failed, the
configuration set), and takes one call for each. SES takes one call a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seacucumber.conf import Mailer
from seacucumber.ses.account.identities import (
    HOSTED_ZONE,
    Identity,
    dkim_status,
    kind_of,
)
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.ses.throttle import asking

#: "You can get attributes of up to 100 identities at a time", says the API reference.
BATCH_SIZE = 100

_WORDS = {
    "Pending": "PENDING",
    "Success": "SUCCESS",
    "Failed": "FAILED",
    "TemporaryFailure": "TEMPORARY_FAILURE",
    "NotStarted": "NOT_STARTED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """DKIM of a domain, in the words of the new API.

    Args:
        status: See `identities.dkim_status`.
        tokens: Names of the CNAME records of Easy DKIM; with a key of one's own, the
            selector of that key.
    """

    status: str = ""
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFrom:
    """The custom MAIL FROM domain of an identity; empty if it has none."""

    domain: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that is of use about one identity.

    Args:
        error_type: SES's word for why the verification failed; empty if it did not.
        hosted_zone: Where the CNAME records of Easy DKIM point.
        own_key: The account has brought along a key: there are no CNAME records.
    """

    identity: Identity
    error_type: str = ""
    configuration_set: str = ""
    dkim: Dkim
    hosted_zone: str = HOSTED_ZONE
    own_key: bool = False
    mail_from: MailFrom


def read_details(mailer: Mailer, name: str) -> Details:
    """Ask SES for everything about one identity.

    Raises:
        NotFound: if SES does not have it.
        AccountError: if SES does not tell.
    """
    with asking("GetEmailIdentity"):
        answer = get_admin_clients(mailer).v2.get_email_identity(EmailIdentity=name)
    return _details(name, answer)


def read_dkim(mailer: Mailer, names: Sequence[str]) -> Mapping[str, Dkim]:
    """Ask SES for DKIM of up to 100 identities, by name; unknown ones are missing.

    Raises:
        AccountError: if SES does not tell.
    """
    with asking("GetIdentityDkimAttributes"):
        answer = get_admin_clients(mailer).v1.get_identity_dkim_attributes(
            Identities=names
        )
    return {
        name: Dkim(
            status=dkim_status(
                _word(row.get("DkimVerificationStatus", "")),
                enabled=row.get("DkimEnabled", True),
            ),
            tokens=tuple(row.get("DkimTokens", ())),
        )
        for name, row in answer.get("DkimAttributes", {}).items()
    }


def read_mail_from(mailer: Mailer, names: Sequence[str]) -> Mapping[str, MailFrom]:
    """Ask SES for MAIL FROM of up to 100 identities, by name.

    Raises:
        AccountError: if SES does not tell.
    """
    with asking("GetIdentityMailFromDomainAttributes"):
        answer = get_admin_clients(mailer).v1.get_identity_mail_from_domain_attributes(
            Identities=names
        )
    return {
        name: MailFrom(
            domain=row.get("MailFromDomain", ""),
            status=_word(row.get("MailFromDomainStatus", "")),
        )
        for name, row in answer.get("MailFromDomainAttributes", {}).items()
        if row.get("MailFromDomain")
    }


def _details(name: str, answer: Mapping[str, Any]) -> Details:
    dkim: Mapping[str, Any] = answer.get("DkimAttributes") or {}
    mail_from: Mapping[str, Any] = answer.get("MailFromAttributes") or {}
    info: Mapping[str, Any] = answer.get("VerificationInfo") or {}
    enabled = bool(answer.get("VerifiedForSendingStatus"))
    return Details(
        identity=Identity(
            name=name,
            kind=kind_of(name),
            status=answer.get("VerificationStatus", ""),
            sending_enabled=enabled,
        ),
        error_type=info.get("ErrorType", ""),
        configuration_set=answer.get("ConfigurationSetName", ""),
        dkim=Dkim(
            status=dkim_status(
                dkim.get("Status", ""), enabled=dkim.get("SigningEnabled", True)
            ),
            tokens=tuple(dkim.get("Tokens") or ()),
        ),
        hosted_zone=dkim.get("SigningHostedZone") or HOSTED_ZONE,
        own_key=dkim.get("SigningAttributesOrigin") == "EXTERNAL",
        mail_from=MailFrom(
            domain=mail_from.get("MailFromDomain", ""),
            status=mail_from.get("MailFromDomainStatus", ""),
        ),
    )


def _word(word: str) -> str:
    """Return a status of the old API in the words of the new one."""
    return _WORDS.get(word, word.upper())
