"""Parts of what the v2 API tells of an identity."""

from __future__ import annotations

from typing import Any

from seacucumber.testing.ses.identities import (
    Identities,
    Identity,
    IdentityType,
    Status,
)


def dkim_of(row: Identity, identities: Identities) -> dict[str, Any]:
    """Return ``DkimAttributes``."""
    is_domain = row.type is IdentityType.DOMAIN
    attributes: dict[str, Any] = {
        "SigningEnabled": is_domain and row.signs,
        "Status": identities.dkim_status(row),
        "SigningAttributesOrigin": "EXTERNAL" if row.own_key else "AWS_SES",
    }
    if not row.own_key:
        attributes["NextSigningKeyLength"] = "RSA_2048_BIT"
        attributes["CurrentSigningKeyLength"] = "RSA_2048_BIT"
    if is_domain:
        attributes["Tokens"] = row.dkim_tokens
        attributes["SigningHostedZone"] = "dkim.amazonses.com"
    return attributes


def mail_from_of(row: Identity, status: Status) -> dict[str, Any]:
    """Return ``MailFromAttributes``."""
    attributes = {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    if row.mail_from:
        attributes |= {"MailFromDomain": row.mail_from, "MailFromDomainStatus": status}
    return attributes
