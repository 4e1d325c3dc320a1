"""Reading the account's identities from SES.

The list is one call for a thousand, and tells names and states. DKIM and MAIL FROM of
the domains are two calls of the old API for each hundred; the new API would take one
for each domain. Only what these do not tell is asked for one by one: where the DKIM
records point and why a verification failed, for identities that are new or changed,
and once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q, QuerySet

from seacucumber.conf import DEFAULT_MAILER, Mailer, get_mailer
from seacucumber.db.retry import persist
from seacucumber.delivery import queue_database
from seacucumber.enums import IdentityKind, RefreshSubject
from seacucumber.exceptions import AccountError, NotFound, Unreachable
from seacucumber.identities import storage
from seacucumber.identities.names import checked_name
from seacucumber.identities.storage import Changes
from seacucumber.models import Identity
from seacucumber.refresh_schedule import Skipped, paced, run
from seacucumber.ses.account import identities, identity_details

_DETAILS_AGE = timedelta(days=1)
#: Single questions of one refresh: it shall be over in half a minute.
MOST_DETAILS = 20
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitiesReport:
    """What a refresh has brought.

    Args:
        added: Identities that are new, e.g. made in the AWS console.
        removed: Identities that SES has no more.
        changed: Identities with another status than before.
        error: Why SES has not told, or not told all.
        skipped: Why it was not asked.
    """

    added: int = 0
    removed: int = 0
    changed: int = 0
    error: AccountError | None = None
    skipped: Skipped | None = None


def refresh(
    alias: str = DEFAULT_MAILER, *, unless_younger_s: float = 0.0
) -> IdentitiesReport:
    """Ask SES for all identities of a mailer's account, and make the rows follow.

    Where SES tells a part only, that part is kept. Never raises `AccountError`: it is
    in the report, and in the refresh's row.

    Args:
        unless_younger_s: Rows of this age are good enough.
    """
    mailer = get_mailer(alias)
    outcome = run(
        mailer,
        RefreshSubject.IDENTITIES,
        ask=lambda: _ask(mailer),
        # Everything is kept as it comes; half of it is better than nothing.
        keep=lambda changes: changes,
        unless_younger_s=unless_younger_s,
    )
    changes = outcome.value or Changes()
    return IdentitiesReport(
        added=changes.added,
        removed=changes.removed,
        changed=changes.changed,
        error=outcome.error,
        skipped=outcome.skipped,
    )


def refresh_one(name: str, alias: str = DEFAULT_MAILER) -> Identity | None:
    """Ask SES for one identity.

    Returns:
        The row as it is now; None if SES does not have it, and no row is left.

    Raises:
        InvalidIdentity: if the name is neither an address nor a domain.
        AccountError: if SES does not tell.
    """
    mailer, name = get_mailer(alias), checked_name(name)
    with paced(mailer):
        return _read_one(mailer, name)


def _ask(mailer: Mailer) -> tuple[Changes, AccountError | None]:
    asked_at = storage.now()
    listed = list(identities.list_identities(mailer))
    changes = persist(
        queue_database(),
        lambda: storage.keep_list(mailer, listed, asked_at),
        for_s=_PATIENCE_S,
    )
    problem: AccountError | None = None
    for step in (_read_attributes, _read_due):
        try:
            step(mailer)
        except AccountError as error:
            problem = problem or error
            if isinstance(error, Unreachable):
                break
    return changes, problem


def _read_attributes(mailer: Mailer) -> None:
    names = list(_rows(mailer).filter(kind=IdentityKind.DOMAIN).values_list("name"))
    for start in range(0, len(names), identity_details.BATCH_SIZE):
        batch = [name for (name,) in names[start : start + identity_details.BATCH_SIZE]]
        _read_batch(mailer, batch)


def _read_batch(mailer: Mailer, names: Sequence[str]) -> None:
    dkim = identity_details.read_dkim(mailer, names)
    mail_from = identity_details.read_mail_from(mailer, names)
    storage.keep_attributes(mailer, dkim, mail_from)


def _read_due(mailer: Mailer) -> None:
    now = storage.now()
    # What was read later than now was written before the clock was set back.
    old = Q(details_at=None) | Q(details_at__lt=now - _DETAILS_AGE)
    old |= Q(details_at__gt=now)
    # New ones first, and domains before addresses: they have records to publish.
    due = (
        _rows(mailer)
        .filter(old)
        .order_by(F("details_at").asc(nulls_first=True), F("kind").desc(), "id")
    )
    for name in list(due.values_list("name", flat=True)[:MOST_DETAILS]):
        _read_one(mailer, name)


def _read_one(mailer: Mailer, name: str) -> Identity | None:
    try:
        details = identity_details.read_details(mailer, name)
    except NotFound:
        storage.forget(mailer, name)
        return None
    return storage.keep_details(mailer, details)


def _rows(mailer: Mailer) -> QuerySet[Identity]:
    return Identity.objects.filter(pace_key=mailer.pace_key)
