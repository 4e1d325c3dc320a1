"""The operations of the v2 API, but for ``SendEmail``. One function for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.attributes import dkim_of, mail_from_of
from seacucumber.testing.http.calls import Call, OperationV2
from seacucumber.testing.http.pages import paged
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.dkim import ROUTES as DKIM_ROUTES
from seacucumber.testing.ses.identities import Identity, Status
from seacucumber.testing.ses.submission import member, text_member

_SET_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def get_account(account: Account, call: Call) -> Mapping[str, Any]:
    """Quota, rate, and whether the account may send."""
    settings = account.settings
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": settings.enforcement_status,
        "ProductionAccessEnabled": not settings.sandbox,
        "SendQuota": {
            "Max24HourSend": float(settings.quota_24h),
            "MaxSendRate": float(settings.rate),
            "SentLast24Hours": account.sent_last_24h(),
        },
        "SendingEnabled": settings.sending_enabled,
        "SuppressionAttributes": {
            "SuppressedReasons": sorted(account.suppressed.reasons)
        },
        "VdmAttributes": {"VdmEnabled": "DISABLED"},
    }


def put_account_sending_attributes(account: Account, call: Call) -> Mapping[str, Any]:
    """Pause and resume the account."""
    enabled = bool(member(call.fields, "SendingEnabled", bool))
    account.configure({"sending_enabled": enabled})
    return {}


def list_email_identities(account: Account, call: Call) -> Mapping[str, Any]:
    """One page of identities, by name."""
    with account.lock:
        rows = [_identity_info(account, row) for row in account.identities]
    wanted = member(call.fields, "Filter", dict) or {}
    rows = [row for row in rows if _fits(row, wanted)]
    return paged("EmailIdentities", rows, call.fields)


def _identity_info(account: Account, row: Identity) -> dict[str, Any]:
    status = account.identities.status(row)
    return {
        "IdentityType": row.type,
        "IdentityName": row.name,
        "SendingEnabled": status is Status.SUCCESS,
        "VerificationStatus": status,
    }


def _fits(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return (
        str(wanted.get("IDENTITY_NAME_CONTAINS", "")) in row["IdentityName"]
        and wanted.get("IDENTITY_TYPE", row["IdentityType"]) == row["IdentityType"]
        and wanted.get("VERIFICATION_STATUS", row["VerificationStatus"])
        == row["VerificationStatus"]
    )


def get_email_identity(account: Account, call: Call) -> Mapping[str, Any]:
    """The status of one identity."""
    with account.lock:
        row = account.identities.find(call.parameter)
        status = account.identities.status(row)
        dkim = dkim_of(row, account.identities)
    answer = {
        "IdentityType": row.type,
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": status is Status.SUCCESS,
        "DkimAttributes": dkim,
        "MailFromAttributes": mail_from_of(row, status),
        "Policies": {},
        "Tags": row.tags,
        "VerificationStatus": status,
        "VerificationInfo": {},
    }
    if row.configuration_set:
        answer["ConfigurationSetName"] = row.configuration_set
    return answer


def put_email_identity_mail_from_attributes(
    account: Account, call: Call
) -> Mapping[str, Any]:
    """Give an identity a MAIL FROM domain, or take it away."""
    name = text_member(call.fields, "MailFromDomain")
    with account.lock:
        row = account.identities.find(call.parameter)
        # "a subdomain of the verified domain", says the developer guide.
        if name and not name.endswith(f".{row.name.rpartition('@')[2]}"):
            raise Refusal(errors.bad_request(f"Invalid MAIL FROM domain <{name}>."))
        row.mail_from = name
    return {}


def create_email_identity(account: Account, call: Call) -> Mapping[str, Any]:
    """Add an identity; it stays pending until somebody verifies it."""
    name = text_member(call.fields, "EmailIdentity")
    if not name:
        raise Refusal(refusals.missing_member("emailIdentity"))
    configuration_set = text_member(call.fields, "ConfigurationSetName")
    tags = member(call.fields, "Tags", list) or []
    with account.lock:
        if configuration_set and configuration_set not in account.configuration_sets:
            raise Refusal(errors.configuration_set_missing(configuration_set))
        row = account.identities.create(name)
        row.configuration_set = configuration_set
        row.tags = tags
        status = account.identities.status(row)
        dkim = dkim_of(row, account.identities)
    return {
        "IdentityType": row.type,
        "VerifiedForSendingStatus": status is Status.SUCCESS,
        "DkimAttributes": dkim,
    }


def delete_email_identity(account: Account, call: Call) -> Mapping[str, Any]:
    """Remove an identity."""
    with account.lock:
        account.identities.delete(call.parameter)
    return {}


def list_configuration_sets(account: Account, call: Call) -> Mapping[str, Any]:
    """One page of names."""
    with account.lock:
        names = sorted(account.configuration_sets)
    return paged("ConfigurationSets", names, call.fields)


def create_configuration_set(account: Account, call: Call) -> Mapping[str, Any]:
    """Add a configuration set."""
    name = text_member(call.fields, "ConfigurationSetName")
    if not name:
        raise Refusal(refusals.missing_member("configurationSetName"))
    if not _SET_NAME.fullmatch(name):
        raise Refusal(errors.bad_request(f"Invalid configuration set name <{name}>."))
    options = member(call.fields, "SendingOptions", dict) or {}
    with account.lock:
        if name in account.configuration_sets:
            raise Refusal(
                refusals.already_exists(f"Configuration set {name} already exists.")
            )
        account.configuration_sets[name] = options.get("SendingEnabled") is not False
    return {}


def get_configuration_set(account: Account, call: Call) -> Mapping[str, Any]:
    """The options of one configuration set."""
    with account.lock:
        enabled = _sends(account, call.parameter)
        own_reasons = account.suppressed.reasons_of_sets.get(call.parameter)
    options: dict[str, Any] = {}
    if own_reasons is not None:
        options["SuppressionOptions"] = {"SuppressedReasons": sorted(own_reasons)}
    return {
        **options,
        "ConfigurationSetName": call.parameter,
        "SendingOptions": {"SendingEnabled": enabled},
        "ReputationOptions": {"ReputationMetricsEnabled": False},
        "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
        "Tags": [],
    }


def delete_configuration_set(account: Account, call: Call) -> Mapping[str, Any]:
    """Remove a configuration set."""
    with account.lock:
        _sends(account, call.parameter)
        del account.configuration_sets[call.parameter]
        account.destinations.forget(call.parameter)
        account.suppressed.reasons_of_sets.pop(call.parameter, None)
    return {}


def put_configuration_set_sending_options(
    account: Account, call: Call
) -> Mapping[str, Any]:
    """Pause and resume a configuration set."""
    enabled = bool(member(call.fields, "SendingEnabled", bool))
    with account.lock:
        _sends(account, call.parameter)
        account.configuration_sets[call.parameter] = enabled
    return {}


def _sends(account: Account, name: str) -> bool:
    try:
        return account.configuration_sets[name]
    except KeyError:
        raise Refusal(errors.configuration_set_missing(name)) from None


_ROUTES: tuple[tuple[str, str, str, OperationV2], ...] = (
    ("GET", "account", "GetAccount", get_account),
    (
        "PUT",
        "account/sending",
        "PutAccountSendingAttributes",
        put_account_sending_attributes,
    ),
    # botocore listed with GET until 1.43.60, and with POST from 1.43.105 on.
    ("GET", "identities", "ListEmailIdentities", list_email_identities),
    ("POST", "list-identities", "ListEmailIdentities", list_email_identities),
    ("POST", "identities", "CreateEmailIdentity", create_email_identity),
    ("GET", "identities/*", "GetEmailIdentity", get_email_identity),
    ("DELETE", "identities/*", "DeleteEmailIdentity", delete_email_identity),
    *DKIM_ROUTES,
    (
        "PUT",
        "identities/*/mail-from",
        "PutEmailIdentityMailFromAttributes",
        put_email_identity_mail_from_attributes,
    ),
    ("GET", "configuration-sets", "ListConfigurationSets", list_configuration_sets),
    (
        "POST",
        "list-configuration-sets",
        "ListConfigurationSets",
        list_configuration_sets,
    ),
    ("POST", "configuration-sets", "CreateConfigurationSet", create_configuration_set),
    ("GET", "configuration-sets/*", "GetConfigurationSet", get_configuration_set),
    (
        "DELETE",
        "configuration-sets/*",
        "DeleteConfigurationSet",
        delete_configuration_set,
    ),
    (
        "PUT",
        "configuration-sets/*/sending",
        "PutConfigurationSetSendingOptions",
        put_configuration_set_sending_options,
    ),
)

SEND_PATH = "/v2/email/outbound-emails"
ROUTES: Mapping[tuple[str, str], str] = {
    ("POST", SEND_PATH): "SendEmail",
    **{(method, f"/v2/email/{path}"): name for method, path, name, _ in _ROUTES},
}
OPERATIONS: Mapping[str, OperationV2] = {name: run for _, _, name, run in _ROUTES}
