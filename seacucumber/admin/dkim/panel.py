"""DKIM keys on other pages: what needs somebody, and the keys of an identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from seacucumber.admin.dkim.display import key_pill
from seacucumber.dkim_keys import KeyProblem
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey, Identity
from seacucumber.text.sanitize import sanitize

PROBLEMS_SHOWN = 8
_KEYS_SHOWN = 20
_PAST = (DkimState.ARCHIVED, DkimState.ABANDONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow:
    """One thing that somebody has to do about a key."""

    pk: int
    name: str
    pill: SafeString
    summary: str
    remedy: str
    css: str


def problem_rows(problems: Sequence[KeyProblem]) -> list[ProblemRow]:
    """Return what needs somebody as it is shown, in the order it is given."""
    return [
        ProblemRow(
            pk=problem.key.pk,
            name=sanitize(str(problem.key)),
            pill=key_pill(problem.key.state),
            summary=sanitize(problem.summary),
            remedy=sanitize(problem.remedy),
            css="cu-bad" if problem.urgent else "cu-warn",
        )
        for problem in problems[:PROBLEMS_SHOWN]
    ]


def keys_of(identity: Identity, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of an identity shows of the keys of its domain."""
    domain = identity.name.rpartition("@")[2].lower()
    rows = DkimKey.objects.filter(domain=domain).exclude(state__in=_PAST)
    return {
        "may_view_keys": request.user.has_perm("seacucumber.view_dkimkey"),
        "may_add_key": request.user.has_perm("seacucumber.add_dkimkey"),
        "keys_domain": sanitize(domain),
        "keys": [
            {
                "pk": row.pk,
                "name": sanitize(str(row)),
                "pill": key_pill(row.state),
                "use": row.get_use_display(),
            }
            for row in rows.order_by("-pk")[:_KEYS_SHOWN]
        ],
    }
