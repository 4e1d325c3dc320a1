"""Which time SES was asked about: there, a missing point means that nothing was sent.

SES tells of two weeks back, in quarters of an hour, and leaves idle ones out.
https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendStatistics.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from seacucumber.enums import RefreshSubject
from seacucumber.models import AccountSnapshot, Refresh, StatisticPoint
from seacucumber.text.times import aware, stored

REACH = timedelta(days=14)
POINT = timedelta(minutes=15)

#: A point: when it begins; attempts, bounces, complaints, rejects.
Row = tuple[datetime, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The time that SES's answers cover.

    Args:
        since: From when; None if nothing is known.
        until: When SES last told; None if it never did.
        holes: Times between that nobody asked about.
    """

    since: datetime | None = None
    until: datetime | None = None
    holes: tuple[tuple[datetime, datetime], ...] = ()

    def knows(self, begins: datetime, ends: datetime) -> bool:
        """Tell whether at least a part of a bin is known."""
        if self.since is None or self.until is None:
            return False
        # As absolute time: Python compares two moments of one time zone by the wall
        # clock, which shows an hour twice in autumn.
        begins, ends = begins.astimezone(UTC), ends.astimezone(UTC)
        if begins >= self.until or ends <= self.since:
            return False
        return not any(
            hole_begins <= begins and ends <= hole_ends
            for hole_begins, hole_ends in self.holes
        )

    def is_open(self, ends: datetime) -> bool:
        """Tell whether SES may still add to a bin."""
        return self.until is not None and ends.astimezone(UTC) > self.until


def read_coverage(key: str, rows: Sequence[Row]) -> Coverage:
    """Return what is known of an account's statistics.

    Args:
        rows: The points of the time that is looked at, in order.
    """
    told_at = _told_at(key)
    until = told_at or (rows[-1][0] + POINT if rows else None)
    if until is None:
        return Coverage()
    until = until.astimezone(UTC)
    starts = [until - REACH]
    first = StatisticPoint.objects.filter(key=key).order_by("at").first()
    if first is not None:
        starts.append(aware(first.at).astimezone(UTC))
    snapshot = AccountSnapshot.objects.filter(key=key).order_by("taken_at").first()
    if told_at is not None and snapshot is not None:
        starts.append(aware(snapshot.taken_at).astimezone(UTC) - REACH)
    moments = [row[0].astimezone(UTC) for row in rows]
    holes = _holes(key, [min(starts), *moments, until])
    return Coverage(since=min(starts), until=until, holes=tuple(holes))


def _told_at(key: str) -> datetime | None:
    row = Refresh.objects.filter(
        pace_key=key, subject=RefreshSubject.STATISTICS
    ).first()
    return aware(row.succeeded_at) if row and row.succeeded_at else None


def _holes(
    key: str, moments: Sequence[datetime]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times between points that no answer of SES covers.

    Snapshots are taken together with the statistics: each covers two weeks back.
    """
    for begins, ends in pairwise(moments):
        if ends - begins <= REACH:
            continue
        snapshots = AccountSnapshot.objects.filter(key=key)
        last = (
            snapshots.filter(taken_at__lte=stored(ends - REACH))
            .order_by("-taken_at")
            .first()
        )
        hole = begins + POINT
        if last is not None:
            hole = max(hole, aware(last.taken_at).astimezone(UTC))
        after = snapshots.filter(taken_at__gt=stored(hole)).order_by("taken_at").first()
        known_again = (aware(after.taken_at) if after else moments[-1]) - REACH
        if known_again > hole:
            yield hole, known_again
