"""How an identity reads on a page: its state in a word, what follows, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seacucumber.admin.common.ui import Verdict, Words, pill
from seacucumber.enums import IdentityKind, IdentityStatus
from seacucumber.identities import Dependents
from seacucumber.models import Identity
from seacucumber.text.sanitize import sanitize

#: `Identity.dkim_status` where SES could sign, and was told not to.
_SWITCHED_OFF = "switched-off"
_SEVERITIES: Mapping[str, str] = {
    IdentityStatus.VERIFIED: "ok",
    IdentityStatus.PENDING: "warn",
    IdentityStatus.TEMPORARY_FAILURE: "warn",
    IdentityStatus.FAILED: "bad",
    IdentityStatus.NOT_STARTED: "info",
}

#: SES's VerificationInfo.ErrorType, for people.
#: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_VerificationInfo.html
_ERRORS: Mapping[str, Words] = {
    "SERVICE_ERROR": gettext_lazy("SES had a fault of its own."),
    "DNS_SERVER_ERROR": gettext_lazy("The domain's name servers did not answer SES."),
    "HOST_NOT_FOUND": gettext_lazy("A record to publish does not exist in DNS."),
    "TYPE_NOT_FOUND": gettext_lazy(
        "DNS has the name of a record, but with another type."
    ),
    "INVALID_VALUE": gettext_lazy("A record is in DNS with a wrong value."),
}


def status_pill(status: str) -> SafeString:
    """Return the pill of a verification status."""
    if status not in IdentityStatus.values:
        return pill("info", status or _("unknown"))
    return pill(_SEVERITIES[status], IdentityStatus(status).label)


def part_pill(status: str) -> SafeString | str:
    """Return the pill of a part (DKIM, MAIL FROM); nothing where it is not set up."""
    if status == _SWITCHED_OFF:
        return pill("info", _("switched off in SES"))
    return status_pill(status) if status else ""


def verdict(identity: Identity, *, covered_by: str = "") -> Verdict:
    """Return what an identity's state means.

    Args:
        covered_by: A verified domain from which the address may send all the same.
    """
    found = _VERDICTS.get((identity.status, identity.kind))
    severity = _SEVERITIES.get(identity.status, "info")
    if found is None:
        headline, advice = _("SES gives no known status."), _("Refresh it from SES.")
    else:
        headline, advice = (str(words) for words in found)
    if identity.status == IdentityStatus.VERIFIED and not identity.sending_enabled:
        severity = "bad"
        headline = _("It is verified, but SES does not let it send.")
        advice = _("AWS has switched it off, or the account. See the AWS console.")
    why = str(_ERRORS.get(identity.error_type, identity.error_type))
    parts = [why, advice] if identity.status != IdentityStatus.VERIFIED else [advice]
    if covered_by and identity.status != IdentityStatus.VERIFIED:
        severity = "info"
        parts.append(
            _("Mail from it leaves all the same: its domain %(domain)s is verified.")
            % {"domain": covered_by}
        )
    return Verdict(
        severity=severity, headline=headline, advice=" ".join(filter(None, parts))
    )


_VERDICTS: Mapping[tuple[str, str], tuple[Words, Words]] = {
    (IdentityStatus.VERIFIED, IdentityKind.ADDRESS): (
        gettext_lazy("Mail may come from this address."),
        gettext_lazy("It is verified."),
    ),
    (IdentityStatus.VERIFIED, IdentityKind.DOMAIN): (
        gettext_lazy("Mail may come from every address of this domain."),
        gettext_lazy("It is verified, and so are its subdomains."),
    ),
    (IdentityStatus.PENDING, IdentityKind.ADDRESS): (
        gettext_lazy("Somebody has to open the link in the verification mail."),
        gettext_lazy("The link is good for 24 hours. Mail from it is held until then."),
    ),
    (IdentityStatus.PENDING, IdentityKind.DOMAIN): (
        gettext_lazy("The DNS records below have to be published."),
        gettext_lazy(
            "SES looks for them during 72 hours. Mail from the domain is held until"
            " then."
        ),
    ),
    (IdentityStatus.FAILED, IdentityKind.ADDRESS): (
        gettext_lazy("The verification has failed."),
        gettext_lazy("The link was not opened in time: send the mail again."),
    ),
    (IdentityStatus.FAILED, IdentityKind.DOMAIN): (
        gettext_lazy("The verification has failed."),
        gettext_lazy(
            "SES did not find the records in time. Publish them, delete the domain"
            " from SES and verify it again."
        ),
    ),
    (IdentityStatus.TEMPORARY_FAILURE, IdentityKind.ADDRESS): (
        gettext_lazy("SES could not check it at present."),
        gettext_lazy("It looks again by itself."),
    ),
    (IdentityStatus.TEMPORARY_FAILURE, IdentityKind.DOMAIN): (
        gettext_lazy("SES does not find the DNS records at present."),
        gettext_lazy("It looks again by itself; see that they are still published."),
    ),
    (IdentityStatus.NOT_STARTED, IdentityKind.ADDRESS): (
        gettext_lazy("The verification has not begun."),
        gettext_lazy("Send the verification mail."),
    ),
    (IdentityStatus.NOT_STARTED, IdentityKind.DOMAIN): (
        gettext_lazy("The verification has not begun."),
        gettext_lazy("Delete the domain from SES and verify it again."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """A DNS record to publish, and what DNS had when it was looked up."""

    purpose: str
    advice: str
    name: str
    type: str
    value: str
    result: str
    pill: SafeString
    found: list[str]
    note: str


def known_records(identity: Identity) -> list[ShownRecord]:
    """Return the DNS records of an identity as its page shows them."""
    return [
        _shown_record(record)
        for record in identity.records or ()
        if isinstance(record, dict)
    ]


def _shown_record(record: Mapping[str, Any]) -> ShownRecord:
    purpose, result = str(record.get("purpose", "")), str(record.get("result", ""))
    title, advice = _PURPOSES.get(purpose, (purpose, ""))
    severity, word = _RESULTS.get(result, ("info", result))
    return ShownRecord(
        purpose=str(title),
        advice=str(advice),
        name=sanitize(str(record.get("name", ""))),
        type=sanitize(str(record.get("type", ""))),
        value=sanitize(str(record.get("value", ""))),
        result=result,
        pill=pill(severity, word),
        found=[sanitize(str(value)) for value in record.get("found") or ()],
        note=sanitize(str(record.get("note", ""))),
    )


MATCH, WARNING = "match", "warning"
_RESULTS: Mapping[str, tuple[str, Words]] = {
    "": ("info", gettext_lazy("not looked up yet")),
    MATCH: ("ok", gettext_lazy("published")),
    WARNING: ("warn", gettext_lazy("published, see the note")),
    "missing": ("bad", gettext_lazy("missing")),
    "mismatch": ("bad", gettext_lazy("another value")),
    "temporary-failure": ("warn", gettext_lazy("no answer")),
}
_PURPOSES: Mapping[str, tuple[Words, Words]] = {
    "dkim": (
        gettext_lazy("DKIM: proves the domain and lets SES sign"),
        "",
    ),
    "mail-from-mx": (
        gettext_lazy("MAIL FROM: brings bounces to SES"),
        gettext_lazy("It has to be the only MX record of this name."),
    ),
    "mail-from-spf": (
        gettext_lazy("SPF: lets SES send for the MAIL FROM domain"),
        "",
    ),
    "dmarc": (
        gettext_lazy("DMARC: tells receivers what to do with forged mail"),
        gettext_lazy(
            "Any policy will do; p=none changes nothing, and is where one begins."
            " Receivers send their reports to the address in rua: make it, or put"
            " another one there."
        ),
    ),
}


def dependents_in_words(depends: Dependents) -> list[str]:
    """Return what depends on an identity, a sentence each."""
    sentences = [str(sentence) for sentence in depends.settings]
    sentences += [
        _("DKIM key %(key)s") % {"key": sanitize(key)} for key in depends.keys
    ]
    if depends.queued:
        words = ngettext(
            "%(count)s message from it waits in the queue.",
            "%(count)s messages from it wait in the queue.",
            depends.queued,
        )
        count = str(depends.queued)
        if not depends.queued_is_complete:
            count = _("At least %(count)s") % {"count": count}
        sentences.insert(0, words % {"count": count})
    if sentences and depends.covered_by:
        words = _("Its domain %(domain)s is verified: mail from it goes on leaving.")
        sentences.append(words % {"domain": depends.covered_by})
    return sentences
