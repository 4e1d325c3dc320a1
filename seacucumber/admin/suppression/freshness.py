"""How old the copy of SES's suppression list is, and why it is not younger."""

from __future__ import annotations

from seacucumber.admin.common.freshness import Age, accounts, age_of
from seacucumber.conf import get_mailer
from seacucumber.enums import RefreshSubject
from seacucumber.models import Refresh

_BOTH = (RefreshSubject.SUPPRESSION, RefreshSubject.ALL_SUPPRESSION)


def ages() -> list[Age]:
    """Return the age of every account's copy, where one is kept."""
    return [
        age_of(key, _latest(key))
        for key, alias in accounts().items()
        if "ses" in get_mailer(alias).suppression
    ]


def _latest(pace_key: str) -> Refresh | None:
    """Return the refresh that was asked for last: of what is new, or of all."""
    known = Refresh.objects.of(pace_key)
    rows = [known[subject] for subject in _BOTH if subject in known]
    asked = [row for row in rows if row.asked_at is not None]
    return max(asked, key=lambda row: str(row.asked_at), default=None)
