"""What SES counted for an account: attempts, and what came back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from seacucumber.figures.coverage import POINT, Coverage, Row, read_coverage
from seacucumber.figures.ranges import Span
from seacucumber.models import StatisticPoint
from seacucumber.models.account.reputation import ENOUGH_COMPLAINTS
from seacucumber.models.account.simulated import without_simulator
from seacucumber.text.times import aware, stored

#: With fewer attempts than this a rate is chance. AWS, too, judges by what it calls a
#: representative volume.
ENOUGH_ATTEMPTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Sums of what SES counted."""

    attempts: int = 0
    bounces: int = 0
    complaints: int = 0
    rejects: int = 0

    @property
    def bounce_rate(self) -> float | None:
        """Part of the attempts that bounced; None if there were too few to tell."""
        return self._rate(self.bounces)

    @property
    def complaint_rate(self) -> float | None:
        """Part of the attempts that brought a complaint; None if too few to tell."""
        return self._rate(self.complaints)

    @property
    def alarming_complaints(self) -> float | None:
        """The complaint rate; None too where so few complained that it is chance."""
        return self.complaint_rate if self.complaints >= ENOUGH_COMPLAINTS else None

    def _rate(self, count: int) -> float | None:
        return count / self.attempts if self.attempts >= ENOUGH_ATTEMPTS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One bin of the time axis.

    Args:
        counts: Sums of the bin; None if nobody asked SES about that time.
        trailing: Sums of the span's window that ends with the bin; None likewise.
        open: Whether the bin is not over, or not all of it is known yet.
    """

    begins: datetime
    ends: datetime
    counts: Counts | None
    trailing: Counts | None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Attempts, bounces, complaints and rejects over a span.

    Args:
        total: Sums of what is known of the span.
        last_day: Sums of the 24 hours before the last answer of SES.
        known_until: When SES last told; None if it never did.
    """

    span: Span
    bins: tuple[Bin, ...]
    total: Counts
    last_day: Counts
    known_until: datetime | None

    @property
    def known(self) -> list[bool]:
        """Whether anything is known, bin by bin.

        One that has just begun is not missed yet: SES is asked from time to time.
        """
        known = [bin.counts is not None for bin in self.bins]
        return [*known[:-1], known[-2]]

    @property
    def empty(self) -> bool:
        """Whether nothing is known of the whole span."""
        return not any(self.known)


class _Points:
    """Points in order, with sums of any stretch of them at hand."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._at = [row[0] for row in rows]
        columns = [row[1:] for row in rows]
        self._sums = [
            list(accumulate((counts[column] for counts in columns), initial=0))
            for column in range(4)
        ]

    def between(self, begins: datetime, ends: datetime) -> Counts:
        first, last = bisect_left(self._at, begins), bisect_left(self._at, ends)
        attempts, bounces, complaints, rejects = (
            sums[last] - sums[first] for sums in self._sums
        )
        return Counts(
            attempts=attempts, bounces=bounces, complaints=complaints, rejects=rejects
        )


def read_traffic(
    key: str, span: Span, now: datetime, *, simulator: bool = False
) -> Traffic:
    """Return what SES counted for an account over a span, binned.

    Args:
        simulator: Whether our mail to the mailbox simulator counts.
    """
    edges = span.edges(now)
    rows = _rows(key, edges[0] - max(span.window, timedelta(days=1)))
    coverage = read_coverage(key, rows)
    points = _Points(rows if simulator else without_simulator(key, rows))
    bins = tuple(_bin(points, span, pair, coverage) for pair in pairwise(edges))
    until = coverage.until or now
    known = [bin for bin in bins if bin.counts is not None]
    return Traffic(
        span=span,
        bins=bins,
        total=points.between(known[0].begins, known[-1].ends) if known else Counts(),
        last_day=points.between(until - timedelta(days=1), until + POINT),
        known_until=coverage.until,
    )


def _rows(key: str, begins: datetime) -> list[Row]:
    rows = (
        StatisticPoint.objects.filter(key=key, at__gte=stored(begins))
        .order_by("at")
        .values_list("at", "delivery_attempts", "bounces", "complaints", "rejects")
    )
    return [(aware(row[0]), *row[1:]) for row in rows]


def _bin(
    points: _Points, span: Span, edges: tuple[datetime, datetime], coverage: Coverage
) -> Bin:
    begins, ends = edges
    if not coverage.knows(begins, ends):
        return Bin(begins=begins, ends=ends, counts=None, trailing=None)
    return Bin(
        begins=begins,
        ends=ends,
        counts=points.between(begins, ends),
        trailing=points.between(ends - span.window, ends),
        open=coverage.is_open(ends),
    )
