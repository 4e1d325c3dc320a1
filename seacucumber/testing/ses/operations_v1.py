"""The operations of the v1 API, but for ``SendRawEmail``. One function for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.calls import Call, OperationV1
from seacucumber.testing.http.wire import element
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.identities import Identity, IdentityType, Status
from seacucumber.testing.ses.submission import members

MAX_IDENTITIES = 100


def get_send_quota(account: Account, call: Call) -> str:
    """The same numbers as ``SendQuota`` of v2."""
    settings = account.settings
    return (
        element("Max24HourSend", float(settings.quota_24h))
        + element("MaxSendRate", float(settings.rate))
        + element("SentLast24Hours", account.sent_last_24h())
    )


def get_send_statistics(account: Account, call: Call) -> str:
    """Two weeks of quarter hours."""
    with account.lock:
        points = account.statistics.points()
    rows = "".join(
        "<member>"
        + element("Timestamp", _stamp(point.start_epoch_s))
        + element("DeliveryAttempts", point.attempts)
        + element("Bounces", point.bounces)
        + element("Complaints", point.complaints)
        + element("Rejects", point.rejects)
        + "</member>"
        for point in points
    )
    return f"<SendDataPoints>{rows}</SendDataPoints>"


def _stamp(epoch_s: int) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def verify_email_identity(account: Account, call: Call) -> str:
    """Send the verification mail, or send it again."""
    name = _required(call, "EmailAddress")
    if "@" not in name:
        raise Refusal(errors.bad_request(f"Invalid email address<{name}>."))
    with account.lock:
        account.identities.start(name)
    return ""


def list_identities(account: Account, call: Call) -> str:
    """All names of one type, or of both."""
    wanted = {"EmailAddress": IdentityType.EMAIL_ADDRESS, "Domain": IdentityType.DOMAIN}
    kind = wanted.get(call.fields.get("IdentityType", ""))
    with account.lock:
        names = [row.name for row in account.identities if kind in (None, row.type)]
    rows = "".join(element("member", name) for name in names)
    return f"<Identities>{rows}</Identities>"


def get_identity_verification_attributes(account: Account, call: Call) -> str:
    """The status of up to 100 identities; unknown ones are left out."""
    entries = "".join(_entry(row, status) for row, status in _named(account, call))
    return f"<VerificationAttributes>{entries}</VerificationAttributes>"


def _entry(row: Identity, status: Status) -> str:
    # The token is "null for email address identities", says the model.
    token = "".join(element("VerificationToken", word) for word in row.dkim_tokens[:1])
    value = element("VerificationStatus", status.word_v1) + token
    return f"<entry>{element('key', row.name)}<value>{value}</value></entry>"


def get_identity_dkim_attributes(account: Account, call: Call) -> str:
    """DKIM of up to 100 identities; unknown ones are left out."""
    entries = ""
    for row, _ in _named(account, call):
        with account.lock:
            status = account.identities.dkim_status(row)
        tokens = "".join(element("member", token) for token in row.dkim_tokens)
        enabled = row.type is IdentityType.DOMAIN and row.signs
        value = (
            element("DkimEnabled", str(enabled).lower())
            + element("DkimVerificationStatus", status.word_v1)
            + (f"<DkimTokens>{tokens}</DkimTokens>" if tokens else "")
        )
        entries += f"<entry>{element('key', row.name)}<value>{value}</value></entry>"
    return f"<DkimAttributes>{entries}</DkimAttributes>"


def get_identity_mail_from_domain_attributes(account: Account, call: Call) -> str:
    """The MAIL FROM domain of up to 100 identities; unknown ones are left out."""
    entries = ""
    for row, status in _named(account, call):
        value = element("BehaviorOnMXFailure", "UseDefaultValue")
        if row.mail_from:
            value += element("MailFromDomain", row.mail_from)
            value += element("MailFromDomainStatus", status.word_v1)
        entries += f"<entry>{element('key', row.name)}<value>{value}</value></entry>"
    return f"<MailFromDomainAttributes>{entries}</MailFromDomainAttributes>"


def _named(account: Account, call: Call) -> Sequence[tuple[Identity, Status]]:
    """Return the identities that a call names, with their states."""
    names = members(call.fields, "Identities")
    if len(names) > MAX_IDENTITIES:
        raise Refusal(errors.bad_request("Too many identities."))
    with account.lock:
        rows = [row for name in names if (row := account.identities.get(name))]
        return [(row, account.identities.status(row)) for row in rows]


def delete_identity(account: Account, call: Call) -> str:
    """Remove an identity; v1 does not mind if there is none."""
    name = _required(call, "Identity")
    with account.lock:
        if account.identities.get(name):
            account.identities.delete(name)
    return ""


def _required(call: Call, name: str) -> str:
    value = str(call.fields.get(name, ""))
    if not value:
        raise Refusal(refusals.missing_member(f"{name[0].lower()}{name[1:]}"))
    return value


OPERATIONS: Mapping[str, OperationV1] = {
    "GetSendQuota": get_send_quota,
    "GetSendStatistics": get_send_statistics,
    "VerifyEmailIdentity": verify_email_identity,
    "VerifyEmailAddress": verify_email_identity,
    "ListIdentities": list_identities,
    "GetIdentityVerificationAttributes": get_identity_verification_attributes,
    "GetIdentityDkimAttributes": get_identity_dkim_attributes,
    "GetIdentityMailFromDomainAttributes": get_identity_mail_from_domain_attributes,
    "DeleteIdentity": delete_identity,
}
