"""Identities that need somebody: not verified, or with records gone from DNS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from seacucumber.domains import parents
from seacucumber.enums import IdentityKind, IdentityStatus
from seacucumber.models import Identity

#: A page shows the first few; so many are looked at.
_MOST = 50
_MOST_DOMAINS = 500
_BROKEN_PARTS = ("failed", "FAILED", "temporary-failure", "TEMPORARY_FAILURE")
_PURPOSES: Mapping[str, str] = {
    "dkim": "DKIM",
    "mail-from-mx": "MAIL FROM",
    "mail-from-spf": "SPF",
    "dmarc": "DMARC",
}
_GONE = ("missing", "mismatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProblem:
    """One identity that needs somebody.

    Args:
        severity: ``bad`` if mail is held or will be, ``warn`` otherwise.
        state: What it is, in a word or two.
        remedy: What to do.
    """

    pk: int
    name: str
    severity: str
    state: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The identities of an account.

    Args:
        verified: How many may send.
        total: How many there are.
        problems: Those that need somebody, the gravest first.
        unverified_senders: (setting, address) from which SES takes no mail.
    """

    verified: int
    total: int
    problems: tuple[IdentityProblem, ...]
    unverified_senders: tuple[tuple[str, str], ...]


def read_standing(key: str) -> Standing:
    """Return what is known of an account's identities."""
    rows = Identity.objects.filter(pace_key=key)
    counts = dict(
        rows.values_list("status").annotate(number=Count("id")).order_by("status")
    )
    total = sum(counts.values())
    found = {problem.pk: problem for problem in (*_records(rows), *_states(rows))}
    return Standing(
        verified=counts.get(IdentityStatus.VERIFIED, 0),
        total=total,
        problems=tuple(sorted(found.values(), key=_gravest_first)),
        unverified_senders=tuple(_unverified_senders(rows)) if total else (),
    )


def _gravest_first(problem: IdentityProblem) -> tuple[bool, str]:
    return problem.severity != "bad", problem.name


def _states(rows: QuerySet[Identity]) -> Iterator[IdentityProblem]:
    usable = Q(status=IdentityStatus.VERIFIED, sending_enabled=True)
    broken = Q(dkim_status__in=_BROKEN_PARTS) | Q(mail_from_status__in=_BROKEN_PARTS)
    for row in rows.filter(~usable | broken).order_by("id")[:_MOST]:
        if row.status != IdentityStatus.VERIFIED and _is_covered(rows, row):
            continue
        severity, state, remedy = _judged(row)
        yield IdentityProblem(
            pk=row.pk, name=row.name, severity=severity, state=state, remedy=remedy
        )


def _is_covered(rows: QuerySet[Identity], row: Identity) -> bool:
    """Tell whether an address may send because its domain may."""
    return row.kind == IdentityKind.ADDRESS and _may_send(
        rows, [row.name.rpartition("@")[2]]
    )


def _judged(row: Identity) -> tuple[str, str, str]:
    address = row.kind == IdentityKind.ADDRESS
    if row.status == IdentityStatus.VERIFIED:
        return _judged_verified(row)
    if row.status == IdentityStatus.PENDING:
        if address:
            remedy = _("Open the link in its inbox, or send it again.")
            return "warn", _("pending"), remedy
        remedy = _("Publish its DNS records; SES looks for 72 hours.")
        return "warn", _("pending"), remedy
    if row.status == IdentityStatus.FAILED:
        if address:
            return "bad", _("failed"), _("Send the link again.")
        return "bad", _("failed"), _("Publish the records, and verify.")
    if row.status == IdentityStatus.TEMPORARY_FAILURE:
        return "bad", _("records gone"), _("Publish its DNS records again.")
    return "warn", _("not started"), _("Verify it.")


def _judged_verified(row: Identity) -> tuple[str, str, str]:
    if not row.sending_enabled:
        remedy = _("AWS has switched it off: see the AWS console.")
        return "bad", _("may not send"), remedy
    if row.dkim_status in _BROKEN_PARTS:
        return "bad", _("DKIM failed"), _("Publish its DKIM records again.")
    remedy = _("Publish the MX of %(domain)s.") % {"domain": row.mail_from_domain}
    return "bad", _("MAIL FROM failed"), remedy


def _records(rows: QuerySet[Identity]) -> Iterator[IdentityProblem]:
    domains = rows.filter(kind=IdentityKind.DOMAIN, status=IdentityStatus.VERIFIED)
    for row in domains.exclude(records=[]).order_by("id")[:_MOST_DOMAINS]:
        gone = _gone(row.records)
        if not gone:
            continue
        severity = "warn" if gone == ["DMARC"] else "bad"
        yield IdentityProblem(
            pk=row.pk,
            name=row.name,
            severity=severity,
            state=_("no %(records)s record") % {"records": ", ".join(gone)},
            remedy=_("Publish what its page lists."),
        )


def _gone(records: Any) -> list[str]:
    """Return the purposes of records that DNS does not have, or has otherwise."""
    if not isinstance(records, list):
        return []
    purposes = [
        _PURPOSES.get(str(record.get("purpose")), "DNS")
        for record in records
        if isinstance(record, dict) and record.get("result") in _GONE
    ]
    return list(dict.fromkeys(purposes))


def _unverified_senders(rows: QuerySet[Identity]) -> Iterator[tuple[str, str]]:
    for setting in ("DEFAULT_FROM_EMAIL", "SERVER_EMAIL"):
        address = parseaddr(getattr(settings, setting))[1]
        domain = address.rpartition("@")[2].lower()
        if domain and not _may_send(rows, [address, domain]):
            yield setting, address


def _may_send(rows: QuerySet[Identity], names: list[str]) -> bool:
    """Tell whether one of these, or a parent of the last, is verified."""
    return rows.filter(
        name__in=[*names, *parents(names[-1])],
        status=IdentityStatus.VERIFIED,
        sending_enabled=True,
    ).exists()
