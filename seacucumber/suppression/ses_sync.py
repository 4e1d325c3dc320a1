"""Keeping a copy of SES's suppression list, at one call a second.

SES tells what came onto the list after a moment, which is asked every few minutes. What
has left the list is seen only by reading all of it, which is done once a day: a
thousand addresses take one call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import router
from django.db.models import QuerySet

from seacucumber.addresses import read_address
from seacucumber.conf import DEFAULT_MAILER, Mailer, get_mailer
from seacucumber.db import clock
from seacucumber.db.retry import persist
from seacucumber.enums import RefreshSubject, SuppressionReason, SuppressionSource
from seacucumber.exceptions import AccountError, NotFound
from seacucumber.models import Refresh, Suppressed
from seacucumber.refresh_schedule import Outcome, Skipped, paced, run
from seacucumber.ses.account import suppression
from seacucumber.ses.account.suppression import Entry

#: How old the last reading of the whole list may get.
ALL_AGE = timedelta(days=1)
#: SES's lists settle within this: what came in while it was asked is asked for again.
_OVERLAP = timedelta(hours=1)
#: Of so many that a whole reading misses, SES is asked for each: a call a second.
_ASKED_MAX = 50
_PATIENCE_S = 5.0
_UPDATED = ("reason", "since", "ses_known", "ses_seen_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorReport:
    """What a refresh has brought.

    Args:
        listed: Addresses that SES has told of.
        added: Those among them that were not known to be on SES's list.
        removed: Addresses that have left it; only a whole reading sees them.
        whole: Whether all of the list was read.
        error: Why SES has not told.
        skipped: Why it was not asked.
    """

    listed: int = 0
    added: int = 0
    removed: int = 0
    whole: bool = False
    error: AccountError | None = None
    skipped: Skipped | None = None


@dataclass(slots=True)
class _Tally:
    listed: int = 0
    added: int = 0
    removed: int = 0


def refresh(
    alias: str = DEFAULT_MAILER, *, whole: bool = False, unless_younger_s: float = 0.0
) -> MirrorReport:
    """Read from SES's list what is new, or all of it when that was long ago.

    What has arrived is kept even if SES stops answering on the way. Never raises
    `AccountError`: it is in the report, and in the refresh's row.

    Args:
        whole: Read all of it, whenever that was done last.
        unless_younger_s: A copy of this age is good enough.
    """
    mailer = get_mailer(alias)
    known = Refresh.objects.of(mailer.pace_key)
    whole = whole or _whole_is_due(known.get(RefreshSubject.ALL_SUPPRESSION))
    if not whole and unless_younger_s and _read_within(mailer, unless_younger_s):
        return MirrorReport(skipped=Skipped.FRESH)
    since = None if whole else _begin(known)
    outcome = run(
        mailer,
        RefreshSubject.ALL_SUPPRESSION if whole else RefreshSubject.SUPPRESSION,
        ask=lambda: (_read(mailer, since), None),
        # Each page is kept as it comes: the list may be long.
        keep=lambda tally: tally,
        unless_younger_s=unless_younger_s,
    )
    return _report(outcome, whole)


def ask_about(address: str, alias: str = DEFAULT_MAILER) -> Entry | None:
    """Ask SES whether an address is on its list, and correct the copy.

    Returns:
        What SES says; None if it is not on the list.

    Raises:
        AccountError: if SES does not tell.
    """
    mailer = get_mailer(alias)
    at = now()
    try:
        with paced(mailer):
            entry = suppression.read(mailer, address)
    except NotFound:
        forget_at_ses(mailer.pace_key, address)
        return None
    keep_page(mailer.pace_key, [entry], at)
    return entry


def keep_page(pace_key: str, entries: Iterable[Entry], at: datetime) -> int:
    """Keep what SES told at a moment; return how many of these are new.

    An entry of our own stays as it is, and learns that SES has it, too.
    """
    by_address = {_key(entry.address): entry for entry in entries if entry.address}
    rows = {row.address: row for row in _known(pace_key, by_address)}
    added = sum(not row.ses_known for row in rows.values())
    for address, row in rows.items():
        row.ses_known, row.ses_seen_at = True, at
        if not row.is_ours:
            row.reason = _reason(by_address[address].reason)
            row.since = clock.stored(by_address[address].since)
    new = [
        Suppressed(
            address=address[:320],
            scope=pace_key,
            reason=_reason(entry.reason),
            source=SuppressionSource.SES,
            since=clock.stored(entry.since),
            ses_known=True,
            ses_seen_at=at,
        )
        for address, entry in by_address.items()
        if address not in rows
    ]
    Suppressed.objects.bulk_update(list(rows.values()), _UPDATED, batch_size=100)
    # Another process may have put the same one in meanwhile; the next reading sees it.
    Suppressed.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    return added + len(new)


def forget_at_ses(pace_key: str, address: str) -> int:
    """Take note that SES does not have an address; return whether it was thought so."""
    rows = Suppressed.objects.filter(scope=pace_key, address=_key(address))
    return _forget(rows.filter(ses_known=True))


def _key(address: str) -> str:
    return read_address(address) or address.lower()


def now() -> datetime:
    """Return the database's time as its columns take it."""
    return clock.moment(clock.read_us(_using()))


def _read(mailer: Mailer, since: datetime | None) -> _Tally:
    tally, begun = _Tally(), now()
    for page in suppression.list_pages(mailer, since=since):
        entries = page
        tally.listed += len(entries)
        tally.added += persist(
            _using(),
            lambda entries=entries: keep_page(  # type: ignore[misc]
                mailer.pace_key, entries, now()
            ),
            for_s=_PATIENCE_S,
        )
    if since is None:
        tally.removed = _forget_what_has_left(mailer, begun)
    return tally


def _forget_what_has_left(mailer: Mailer, begun: datetime) -> int:
    """Forget what the whole list did not have; return how many these were.

    Pages may move up while somebody removes addresses, and one on the border is missed
    then: where few are missing, SES is asked for each. An entry that another reading
    brings back meanwhile is not missing any more, and stays.
    """
    missing = Suppressed.objects.filter(
        scope=mailer.pace_key, ses_known=True, ses_seen_at__lt=begun
    )
    few = list(missing.values_list("pk", "address")[: _ASKED_MAX + 1])
    if len(few) <= _ASKED_MAX:
        return sum(
            _forget(missing.filter(pk=pk))
            for pk, address in few
            if not _is_at_ses(mailer, address)
        )
    removed = 0
    while pks := list(missing.values_list("pk", flat=True)[:500]):
        removed += _forget(missing.filter(pk__in=pks))
    return removed


def _is_at_ses(mailer: Mailer, address: str) -> bool:
    try:
        suppression.read(mailer, address)
    except NotFound:
        return False
    return True


def _forget(rows: QuerySet[Suppressed]) -> int:
    """Forget that SES has these; the condition counts at the moment of each query."""
    gone = rows.filter(source=SuppressionSource.SES).delete()[0]
    return gone + rows.update(ses_known=False, ses_seen_at=None)


def _known(pace_key: str, addresses: Iterable[str]) -> list[Suppressed]:
    asked = list(addresses)
    found: list[Suppressed] = []
    for start in range(0, len(asked), 500):
        batch = asked[start : start + 500]
        found += Suppressed.objects.filter(scope=pace_key, address__in=batch)
    return found


def _whole_is_due(row: Refresh | None) -> bool:
    if row is None or row.succeeded_at is None:
        return True
    return now() - row.succeeded_at > ALL_AGE


def _read_within(mailer: Mailer, seconds: float) -> bool:
    """Tell whether all of the list was read a moment ago: what is new was read too."""
    return Refresh.objects.younger_than(
        mailer.pace_key,
        RefreshSubject.ALL_SUPPRESSION,
        age_s=seconds,
        now_us=clock.read_us(_using()),
    )


def _begin(known: dict[RefreshSubject, Refresh]) -> datetime:
    """Return from when on the list is to be asked for."""
    moments = [_begin_of_whole(known[RefreshSubject.ALL_SUPPRESSION])]
    latest = known.get(RefreshSubject.SUPPRESSION)
    if latest is not None:
        moments.append(latest.succeeded_at)
    return clock.aware(max(at for at in moments if at is not None)) - _OVERLAP


def _begin_of_whole(row: Refresh) -> datetime | None:
    """Return a moment before which a whole reading has seen all.

    A reading that failed, or is under way, has moved the moment of asking. The one that
    succeeded began before its end, and nobody knows when: a day is enough.
    """
    asked, succeeded = row.asked_at, row.succeeded_at
    if asked is None or succeeded is None or asked <= succeeded:
        return asked
    return succeeded - ALL_AGE


def _reason(word: str) -> SuppressionReason:
    # SES's list of reasons is open; what is not a complaint is no use to write to.
    if word == "COMPLAINT":
        return SuppressionReason.COMPLAINT
    return SuppressionReason.BOUNCE


def _report(outcome: Outcome[_Tally], whole: bool) -> MirrorReport:
    tally = outcome.value or _Tally()
    return MirrorReport(
        listed=tally.listed,
        added=tally.added,
        removed=tally.removed,
        whole=whole,
        error=outcome.error,
        skipped=outcome.skipped,
    )


def _using() -> str:
    return router.db_for_write(Suppressed)
