"""The parts of a DKIM key's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import dkim_keys
from seacucumber.admin.dkim.display import (
    NEEDS_RECORD,
    UNKNOWN,
    key_pill,
    result_pill,
    retires_at,
    rotates_at,
)
from seacucumber.admin.dkim.record_diff import Difference, differences, printable
from seacucumber.dns import KeyResult
from seacucumber.domains import with_parents
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize

EVENTS_SHOWN = 100
_ZONES_SHOWN = 3
_GROUP = 4  # digits of a fingerprint that are read in one piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Something to copy to the name servers.

    Args:
        label: What it is.
        text: It.
        help: Where it is wanted in this form.
        long: Whether it has several lines, or is as long.
    """

    label: str
    text: str
    help: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEventRow:
    """One line of a key's history."""

    at: datetime
    actor: str
    pill: SafeString
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the last look into DNS has found.

    Args:
        differs: The tags that are not as they should be.
    """

    pill: SafeString
    note: str
    found: str
    ttl_s: int | None
    differs: list[Difference]


def copies(key: DkimKey) -> list[Copy]:
    """Return the record to publish in all the forms that name servers ask for."""
    record = dkim_keys.record_of(key)
    name = Copy(label=_("Name"), text=record.name)
    if key.state not in NEEDS_RECORD:
        revoked = Copy(
            label=_("Revoked value"),
            text=record.revoked_value,
            help=_("A record without a key, which tells receivers to trust none."),
        )
        return [name, revoked]
    relative = [
        Copy(
            label=_("Name within %(zone)s") % {"zone": zone},
            text=record.relative_name(zone),
            help=_("If the name server adds the zone by itself."),
        )
        for zone in _zones(key.domain)
    ]
    return [
        name,
        *relative,
        Copy(
            label=_("Value"),
            text=record.value,
            help=_("In one piece, as most web pages of DNS providers take it."),
            long=True,
        ),
        Copy(
            label=_("Value in strings"),
            text=record.quoted_strings,
            help=_(
                "For providers that take at most 255 characters in one string; no blank"
                " is added between them."
            ),
            long=True,
        ),
        Copy(
            label=_("Lines of a zone file"),
            text="\n".join(record.zone_lines),
            help=_("For BIND, Knot, NSD and others."),
            long=True,
        ),
        Copy(
            label=_("Amazon Route 53"),
            text=record.route53_json,
            help=_("For aws route53 change-resource-record-sets --change-batch."),
            long=True,
        ),
    ]


def last_look(key: DkimKey) -> Look:
    """Return what the last look has found, and what differs from the record."""
    good = key.result in UNKNOWN or key.result == KeyResult.MATCH
    bad = key.state in NEEDS_RECORD and not good
    differs = bad and bool(key.found_record)
    expected = dkim_keys.record_of(key).value
    return Look(
        pill=result_pill(key),
        note=sanitize(key.note),
        found=printable(key.found_record),
        ttl_s=key.found_ttl_s,
        differs=differences(expected, key.found_record) if differs else [],
    )


def events(key: DkimKey) -> list[KeyEventRow]:
    """Return what happened to a key, the last first."""
    return [
        KeyEventRow(
            at=row.at,
            actor=sanitize(row.actor) or _("by itself"),
            pill=key_pill(row.to_state),
            note=sanitize(row.note),
        )
        for row in key.events.order_by("-pk")[:EVENTS_SHOWN]
    ]


def dates(key: DkimKey) -> list[tuple[str, datetime]]:
    """Return when a key came into each state, and what is to come."""
    return [
        (str(label), at) for label, at in (*_past(key), *_future(key)) if at is not None
    ]


def grouped(fingerprint: str) -> str:
    """Return a fingerprint in groups that can be read out."""
    starts = range(0, len(fingerprint), _GROUP)
    return " ".join(fingerprint[start : start + _GROUP] for start in starts)


def _past(key: DkimKey) -> Iterator[tuple[str | Promise, datetime | None]]:
    yield gettext_lazy("Made"), key.created_at
    yield gettext_lazy("Published"), key.published_at
    yield gettext_lazy("Activated"), key.activated_at
    yield gettext_lazy("Retired"), key.retiring_at
    yield gettext_lazy("Revoked here"), key.revoking_at
    yield gettext_lazy("Gone from DNS"), key.revoked_at
    abandoned = key.state == DkimState.ABANDONED
    label = gettext_lazy("Given up") if abandoned else gettext_lazy("Archived")
    yield label, key.archived_at


def _future(key: DkimKey) -> Iterator[tuple[str | Promise, datetime | None]]:
    yield gettext_lazy("Due to be replaced"), rotates_at(key)
    if key.state == DkimState.RETIRING:
        yield gettext_lazy("Record may go"), retires_at(key)
    yield gettext_lazy("Looked up next"), key.next_check_at


def _zones(domain: str) -> list[str]:
    """Return the zones that a domain may be in: itself, and what is above."""
    return list(with_parents(domain))[:_ZONES_SHOWN]
