"""How old the copy of the identities is, and why it is not younger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from seacucumber.admin.common.numbers import ago
from seacucumber.conf import InvalidSetting, get_mailer, mailer_aliases
from seacucumber.enums import RefreshSubject
from seacucumber.models import Identity, Refresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """The age of one account's identities.

    Args:
        succeeded_at: When SES last told; None is never.
        why: Why the last refresh failed, in plain words; empty if it did not.
    """

    pace_key: str
    succeeded_at: datetime | None
    why: str

    @property
    def words(self) -> str:
        """How long ago that was."""
        return ago(self.succeeded_at, timezone.now())


def accounts() -> dict[str, str]:
    """Return a mailer of each account: its key and the mailer's alias."""
    found: dict[str, str] = {}
    for alias in mailer_aliases():
        try:
            found.setdefault(get_mailer(alias).pace_key, alias)
        except InvalidSetting:
            # The system check names it; the pages go on without that account.
            continue
    return found


def mailer_of(identity: Identity) -> str:
    """Return the mailer to ask about an identity: mailers come and go."""
    return accounts().get(identity.pace_key, identity.mailer)


def ages() -> list[Age]:
    """Return the age of every account that is configured."""
    keys = list(accounts())
    rows = {
        row.pace_key: row
        for row in Refresh.objects.filter(
            subject=RefreshSubject.IDENTITIES, pace_key__in=keys
        )
    }
    return [age_of(key, rows.get(key)) for key in keys]


def age_of(pace_key: str, refresh: Refresh | None) -> Age:
    """Return the age of one account's identities."""
    return Age(
        pace_key=pace_key,
        succeeded_at=refresh.succeeded_at if refresh else None,
        why=_why(refresh) if refresh else "",
    )


def _why(refresh: Refresh) -> str:
    if refresh.missing_permission:
        return _(
            "AWS denies it: allow %(permission)s in the IAM policy of these"
            " credentials."
        ) % {"permission": refresh.missing_permission}
    return refresh.error_detail or refresh.error_code
