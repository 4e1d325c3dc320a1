"""DKIM keys as a command prints them. Never the private ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from seacucumber import dkim_keys
from seacucumber.enums import DkimState, DkimUse
from seacucumber.models import DkimKey

#: The record is expected to be in DNS as it is shown.
_TO_PUBLISH = (
    DkimState.PENDING,
    DkimState.PUBLISHED,
    DkimState.ACTIVE,
    DkimState.RETIRING,
)
_FIELDS = (
    "domain",
    "selector",
    "algorithm",
    "key_bits",
    "fingerprint",
    "origin",
    "use",
    "state",
    "cover_subdomains",
    "beside_ses",
    "activates_itself",
    "result",
    "note",
    "found_record",
    "ses_status",
    "mailer",
    "created_by",
)
_MOMENTS = (
    "checked_at",
    "created_at",
    "published_at",
    "activated_at",
    "retiring_at",
    "revoking_at",
    "revoked_at",
    "archived_at",
    "ses_pushed_at",
)


def as_json(key: DkimKey) -> dict[str, Any]:
    """Return what is known of a key."""
    return {
        "id": key.pk,
        "name": str(key),
        **{field: getattr(key, field) for field in _FIELDS},
        **{field: _iso(getattr(key, field)) for field in _MOMENTS},
    }


def record_as_json(key: DkimKey) -> dict[str, Any]:
    """Return a key's record in all its forms."""
    record = dkim_keys.record_of(key)
    return {
        "name": record.name,
        "type": "TXT",
        "value": _value(key),
        "strings": list(record.strings),
        "zone": list(record.zone_lines),
        "route53": record.route53_json,
        "revoked_value": record.revoked_value,
    }


def line(key: DkimKey) -> str:
    """Return a key in one line."""
    kind = "Ed25519" if key.key_bits == 256 else f"RSA {key.key_bits}"
    parts = [str(key.get_state_display()), kind, f"signed by {_signer(key)}"]
    if key.result:
        parts.append(f"DNS: {key.result}")
    if key.ses_status:
        parts.append(f"SES: {key.ses_status}")
    return f"{key} ({', '.join(parts)})"


def signs_now(key: DkimKey) -> str:
    """Return whether a key that is active signs, as it now is."""
    if dkim_keys.signs_at_ses(key) and not key.beside_ses:
        return f"{key} is active; it does not sign, as SES does for {key.domain}."
    return f"{key} signs from now on."


def record_lines(key: DkimKey) -> Iterator[str]:
    """Yield what to do in DNS, and the record in the forms that are copied."""
    record = dkim_keys.record_of(key)
    if key.state not in _TO_PUBLISH:
        yield f"Remove the TXT record {record.name}, or publish it with this value:"
        yield f"  {record.revoked_value}"
        return
    yield "Publish this TXT record:"
    yield f"  Name   {record.name}"
    yield f"  Value  {record.value}"
    yield "In a zone file:"
    yield from (f"  {text}" for text in record.zone_lines)


def found_lines(checked: dkim_keys.Checked) -> Iterator[str]:
    """Yield what a look has found."""
    key, finding = checked.key, checked.finding
    yield f"{key}: {finding.result.replace('-', ' ')}, the key is {key.state}."
    if finding.note:
        yield f"  {finding.note}"
    if finding.aliases:
        yield f"  Through {', '.join(finding.aliases)}"
    if finding.record:
        yield f"  Found  {finding.record}"
    at = dkim_keys.publishable_at(key)
    if at is not None and not finding.note:
        yield f"  Found again after {at:%Y-%m-%d %H:%M %Z}, it counts as published."


def _value(key: DkimKey) -> str:
    record = dkim_keys.record_of(key)
    return record.value if key.state in _TO_PUBLISH else record.revoked_value


def _signer(key: DkimKey) -> str:
    return "SES" if key.use == DkimUse.SES else "us"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
