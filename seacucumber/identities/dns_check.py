"""Looking for a domain's records in DNS, and keeping what was found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import F, Q
from dns.exception import DNSException

from seacucumber import dns
from seacucumber.conf import get_mailer_or_default
from seacucumber.dns import DnsFinding, Purpose, Record, Resolver, Result
from seacucumber.enums import IdentityKind, IdentityStatus
from seacucumber.identities import storage
from seacucumber.identities.storage import Entry, key_of
from seacucumber.models import Identity

#: How old the last look may get.
VERIFIED_AGE = timedelta(hours=6)
#: The same where somebody waits for records to be found.
PENDING_AGE = timedelta(hours=1)
#: No further record of a domain is looked for after so long.
PATIENCE_S = 10.0
_UNSEEN = DnsFinding(
    result=Result.TEMPORARY_FAILURE, note="The name servers did not answer in time."
)


def check_dns(identity: Identity, *, resolver: Resolver | None = None) -> list[Entry]:
    """Look for an identity's records in DNS now, and keep what was found.

    A look that fails changes nothing but the note of a record that was found, or
    missed, before. Takes some seconds where name servers do not answer.

    Args:
        resolver: Asks other name servers than ``CUCUMBER_DNS_SERVERS``, or those of
            this machine.

    Returns:
        The records, as `models.Identity.records` has them.
    """
    entries: Sequence[Entry] = identity.records
    findings = dict(
        zip(map(key_of, entries), _look(identity, entries, resolver), strict=True)
    )
    at = storage.now()
    with transaction.atomic(using=router.db_for_write(Identity)):
        # The row may have got other records meanwhile.
        row = Identity.objects.select_for_update().filter(pk=identity.pk).first()
        if row is None:
            return []
        records: list[Entry] = [
            _with(entry, findings.get(key_of(entry)), at.isoformat())
            for entry in row.records
        ]
        row.records, row.records_checked_at = records, at
        row.save(update_fields=["records", "records_checked_at"])
    identity.records, identity.records_checked_at = records, at
    return records


def check_due(pace_key: str, *, for_s: float = 20.0) -> int:
    """Look for the records of the domains whose last look is old, oldest first.

    Args:
        for_s: No further domain is begun after so many seconds.

    Returns:
        How many domains were looked at.
    """
    until_s = time.monotonic() + for_s
    checked = 0
    for row in _due(pace_key):
        if time.monotonic() > until_s:
            break
        check_dns(row)
        checked += 1
    return checked


def _due(pace_key: str) -> list[Identity]:
    now = storage.now()
    never = Q(records_checked_at=None)
    old = Q(records_checked_at__lt=now - VERIFIED_AGE)
    pending = ~Q(status=IdentityStatus.VERIFIED) & Q(
        records_checked_at__lt=now - PENDING_AGE
    )
    rows = Identity.objects.filter(
        never | old | pending, pace_key=pace_key, kind=IdentityKind.DOMAIN
    )
    return list(rows.order_by(F("records_checked_at").asc(nulls_first=True))[:100])


def _look(
    identity: Identity, entries: Sequence[Entry], resolver: Resolver | None
) -> list[DnsFinding]:
    try:
        asked = resolver or dns.make_resolver(
            get_mailer_or_default(identity.mailer).dns_servers
        )
    except (OSError, DNSException) as error:
        note = f"There are no name servers to ask: {error}"
        return [DnsFinding(result=Result.TEMPORARY_FAILURE, note=note)] * len(entries)
    until_s = time.monotonic() + PATIENCE_S
    return [
        dns.check(_record(entry), asked, mail_from=identity.mail_from_domain)
        if time.monotonic() < until_s
        else _UNSEEN
        for entry in entries
    ]


def _record(entry: Entry) -> Record:
    return Record(
        purpose=Purpose(entry["purpose"]),
        name=entry["name"],
        type=entry["type"],
        value=entry["value"],
    )


def _with(entry: Entry, finding: DnsFinding | None, at: str) -> Entry:
    if finding is None:
        return entry
    known = entry["result"] not in ("", Result.TEMPORARY_FAILURE)
    if finding.result is Result.TEMPORARY_FAILURE and known:
        return {**entry, "note": finding.note}
    changes: dict[str, Any] = {
        "result": str(finding.result),
        "found": list(finding.found),
        "note": finding.note,
        "checked_at": at,
    }
    return {**entry, **changes}
