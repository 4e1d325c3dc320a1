"""DKIM keys on other pages: what needs somebody, and the keys of an identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from seacucumber.admin.dkim.display import key_pill
from seacucumber.dkim_keys import KeyTrouble
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey, Identity
from seacucumber.text.sanitize import shown

TROUBLES_SHOWN = 8
_KEYS_SHOWN = 20
_PAST = (DkimState.ARCHIVED, DkimState.ABANDONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTrouble:
    """One thing that somebody has to do about a key."""

    pk: int
    name: str
    pill: SafeString
    what: str
    cure: str
    css: str


def shown_troubles(troubles: Sequence[KeyTrouble]) -> list[ShownTrouble]:
    """Return what needs somebody as it is shown, in the order it is given."""
    return [
        ShownTrouble(
            pk=trouble.key.pk,
            name=shown(str(trouble.key)),
            pill=key_pill(trouble.key.state),
            what=shown(trouble.what),
            cure=shown(trouble.cure),
            css="cu-bad" if trouble.urgent else "cu-warn",
        )
        for trouble in troubles[:TROUBLES_SHOWN]
    ]


def keys_of(identity: Identity, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of an identity shows of the keys of its domain."""
    domain = identity.name.rpartition("@")[2].lower()
    rows = DkimKey.objects.filter(domain=domain).exclude(state__in=_PAST)
    return {
        "may_view_keys": request.user.has_perm("seacucumber.view_dkimkey"),
        "may_add_key": request.user.has_perm("seacucumber.add_dkimkey"),
        "keys_domain": shown(domain),
        "keys": [
            {
                "pk": row.pk,
                "name": shown(str(row)),
                "pill": key_pill(row.state),
                "use": row.get_use_display(),
            }
            for row in rows.order_by("-pk")[:_KEYS_SHOWN]
        ],
    }
