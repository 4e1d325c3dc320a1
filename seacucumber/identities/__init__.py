"""Running the account's identities: verify, list, refresh, check, delete.

SES has the truth; `models.Identity` is a copy that pages show. Whatever asks SES here
waits for its turn, and is not to be called inside a transaction.
"""

from __future__ import annotations

from seacucumber.identities.actions import (
    NothingToResend,
    delete,
    list_identities,
    resend,
    verify,
)
from seacucumber.identities.dependencies import Dependents, dependents
from seacucumber.identities.dns_check import check_dns, check_due
from seacucumber.identities.names import InvalidIdentity, checked_name
from seacucumber.identities.sync import IdentitiesReport, refresh, refresh_one
from seacucumber.ses.account.identities import DnsRecord, Identity, Verification

__all__ = [
    "Dependents",
    "DnsRecord",
    "IdentitiesReport",
    "Identity",
    "InvalidIdentity",
    "NothingToResend",
    "Verification",
    "check_dns",
    "check_due",
    "checked_name",
    "delete",
    "dependents",
    "list_identities",
    "refresh",
    "refresh_one",
    "resend",
    "verify",
]
