"""The rows that stand for SES's identities.

SES tells names apart by case, and nobody else does: names that differ in nothing else
are one row, on every database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import router

from seacucumber import dns
from seacucumber.conf import DEFAULT_REGION, Mailer
from seacucumber.db import clock
from seacucumber.enums import IdentityKind, IdentityStatus
from seacucumber.models import Identity
from seacucumber.ses.account.identities import Identity as Listed
from seacucumber.ses.account.identities import Verification
from seacucumber.ses.account.identity_details import Details, Dkim, MailFrom

_BATCH = 500
_DETAILS = (
    "error_type",
    "configuration_set",
    "dkim_status",
    "dkim_tokens",
    "hosted_zone",
    "own_key",
    "mail_from_domain",
    "mail_from_status",
    "records",
    "details_at",
)
_LISTED = (
    "mailer",
    "name",
    "kind",
    "status",
    "sending_enabled",
    "error_type",
    "refreshed_at",
    "details_at",
)

#: One entry of `models.Identity.records`.
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How many rows came, went and changed."""

    added: int = 0
    removed: int = 0
    changed: int = 0


def now() -> datetime:
    """Return the database's time as its columns take it."""
    return clock.moment(clock.read_us(router.db_for_write(Identity)))


def find(pace_key: str, name: str) -> Identity | None:
    """Return the row of a name."""
    return Identity.objects.filter(pace_key=pace_key, name__iexact=name).first()


def forget(mailer: Mailer, name: str) -> None:
    """Remove the row of a name that SES does not have."""
    Identity.objects.filter(pace_key=mailer.pace_key, name__iexact=name).delete()


def keep_verification(mailer: Mailer, result: Verification) -> Identity:
    """Keep what SES has said when it was asked to verify a name."""
    row = find(mailer.pace_key, result.name) or Identity(
        pace_key=mailer.pace_key, name=result.name
    )
    row.mailer, row.kind = mailer.alias, result.kind
    row.status = IdentityStatus.VERIFIED if result.verified else IdentityStatus.PENDING
    row.sending_enabled = result.verified
    row.refreshed_at = now()
    # The rest is read by the next refresh.
    row.details_at = None
    if result.kind == "domain":
        row.dkim_status = _word(result.dkim_status)
        row.dkim_tokens = list(result.dkim_tokens)
        row.hosted_zone = result.hosted_zone
        row.records = wanted_records(mailer, row)
    row.save()
    return row


def keep_list(mailer: Mailer, listed: Iterable[Listed], asked_at: datetime) -> Changes:
    """Make the rows those that SES has: new ones come, others go, the rest follows.

    Args:
        asked_at: When SES was asked. What was verified after that stays.
    """
    known = {
        row.name.lower(): row
        for row in Identity.objects.filter(pace_key=mailer.pace_key)
    }
    new: list[Identity] = []
    old: list[Identity] = []
    changed = 0
    for name, found in _by_name(listed).items():
        row = known.pop(name, None)
        if row is None:
            row = Identity(pace_key=mailer.pace_key)
            new.append(row)
        elif row.refreshed_at > asked_at:
            continue
        else:
            old.append(row)
            changed += row.status != _word(found.status)
        _apply_listed(row, found, mailer, asked_at)
    Identity.objects.bulk_update(old, _LISTED, batch_size=_BATCH)
    Identity.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)
    gone = [row.pk for row in known.values() if row.refreshed_at <= asked_at]
    Identity.objects.filter(pk__in=gone).delete()
    return Changes(added=len(new), removed=len(gone), changed=changed)


def keep_attributes(
    mailer: Mailer, dkim: Mapping[str, Dkim], mail_from: Mapping[str, MailFrom] | None
) -> None:
    """Keep DKIM and MAIL FROM of some domains.

    Args:
        mail_from: None if SES did not tell; a domain that is missing has none.
    """
    rows = Identity.objects.filter(pace_key=mailer.pace_key, kind=IdentityKind.DOMAIN)
    for row in rows.filter(name__in=dkim):
        before = _state(row)
        status = dkim[row.name]
        row.dkim_status = _word(status.status)
        if not row.own_key and list(status.tokens) != row.dkim_tokens:
            row.dkim_tokens = list(status.tokens)
            # The new ones may belong to another key, or point somewhere else.
            row.details_at = None
        if mail_from is not None:
            _apply_mail_from(row, mail_from.get(row.name, MailFrom()))
        row.records = wanted_records(mailer, row)
        if _state(row) != before:
            row.save(update_fields=_DETAILS)


def keep_details(mailer: Mailer, details: Details) -> Identity:
    """Keep everything that SES says of one identity."""
    name = details.identity.name
    row = find(mailer.pace_key, name) or Identity(pace_key=mailer.pace_key)
    at = now()
    _apply_listed(row, details.identity, mailer, at)
    row.details_at = at
    row.error_type = details.error_type[:64]
    row.configuration_set = details.configuration_set
    if row.kind == IdentityKind.DOMAIN:
        row.dkim_status = _word(details.dkim.status)
        row.own_key = details.own_key
        row.dkim_tokens = [] if details.own_key else list(details.dkim.tokens)
        row.hosted_zone = details.hosted_zone
    _apply_mail_from(row, details.mail_from)
    row.records = wanted_records(mailer, row)
    row.save()
    return row


def wanted_records(mailer: Mailer, row: Identity) -> list[Entry]:
    """Return the records to publish, with what is known of those that were there."""
    if row.kind != IdentityKind.DOMAIN:
        return []
    known = {key_of(entry): entry for entry in row.records}
    wanted = dns.records_of(
        row.name,
        dkim_tokens=row.dkim_tokens,
        hosted_zone=row.hosted_zone,
        mail_from=row.mail_from_domain,
        region=mailer.ses_region_name or DEFAULT_REGION,
    )
    entries = [{**asdict(record), "purpose": str(record.purpose)} for record in wanted]
    return [known.get(key_of(entry)) or {**_UNSEEN, **entry} for entry in entries]


_UNSEEN: Entry = {"result": "", "found": [], "note": "", "checked_at": ""}


def key_of(entry: Entry) -> tuple[str, ...]:
    """Return what makes two entries the same record."""
    return tuple(str(entry.get(part)) for part in ("purpose", "name", "type", "value"))


def _by_name(listed: Iterable[Listed]) -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for row in listed:
        name = row.name.lower()
        if name not in found or row.verified:
            found[name] = row
    return found


def _apply_listed(row: Identity, found: Listed, mailer: Mailer, at: datetime) -> None:
    status = _word(found.status)
    if row.status != status:
        # Why it failed, or fails no more, only the details tell.
        row.details_at = None
        row.error_type = ""
    row.mailer, row.name, row.kind = mailer.alias, found.name, found.kind
    row.status, row.sending_enabled = status, found.sending_enabled
    row.refreshed_at = at


def _apply_mail_from(row: Identity, mail_from: MailFrom) -> None:
    row.mail_from_domain = mail_from.domain
    row.mail_from_status = _word(mail_from.status) if mail_from.domain else ""


def _state(row: Identity) -> list[Any]:
    return [getattr(row, name) for name in _DETAILS]


def _word(status: str) -> str:
    """Return SES's word as `enums.IdentityStatus` has it; a new one stays as it is."""
    return status.lower().replace("_", "-")[:20]
