"""How fast this project sent, and how fast it was allowed to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from seacucumber.db.clock import US_PER_S
from seacucumber.figures.ranges import Span, bin_of
from seacucumber.models import AccountSnapshot, QuotaSlice
from seacucumber.models.queue.quota import SLICE_US
from seacucumber.text.times import aware, of_us, stored, to_us

SLICE_S = SLICE_US / US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedBin:
    """One bin of the time axis.

    Args:
        peak_per_s: Recipients per second in the busiest ten minutes; None if not known.
        allowed_per_s: What SES allowed at the end of the bin; None if not known.
    """

    begins: datetime
    ends: datetime
    peak_per_s: float | None
    allowed_per_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Achieved against allowed rate over a span.

    Args:
        recent_per_s: Recipients per second over the last ten minutes, at least.
    """

    bins: tuple[SpeedBin, ...]
    recent_per_s: float

    @property
    def empty(self) -> bool:
        """Whether nothing was sent, as far as is known."""
        return not any(bin.peak_per_s for bin in self.bins)


def read_speed(key: str, span: Span, now: datetime) -> Speed:
    """Return how fast this project sent for an account over a span.

    Sums up the counters that the quota lives on: ten minutes each.
    """
    edges = span.edges(now)
    peaks: list[int] = [0] * (len(edges) - 1)
    slices = _slices(key, edges[0])
    for start_us, recipients in slices:
        number = bin_of(edges, of_us(start_us))
        if number is not None:
            peaks[number] = max(peaks[number], recipients)
    known_from = _first_slice(key)
    allowed = _allowed(key, edges[0])
    bins = tuple(
        SpeedBin(
            begins=begins,
            ends=ends,
            peak_per_s=peak / SLICE_S if _is_known(known_from, ends) else None,
            allowed_per_s=_allowed_at(allowed, min(ends.astimezone(UTC), now)),
        )
        for (begins, ends), peak in zip(pairwise(edges), peaks, strict=True)
    )
    return Speed(bins=bins, recent_per_s=_recent_per_s(slices, to_us(now)))


def _slices(key: str, begins: datetime) -> list[tuple[int, int]]:
    rows = QuotaSlice.objects.filter(pace_key=key, start_us__gte=to_us(begins))
    return list(rows.order_by("start_us").values_list("start_us", "recipients"))


def _first_slice(key: str) -> datetime | None:
    start_us = (
        QuotaSlice.objects.filter(pace_key=key)
        .order_by("start_us")
        .values_list("start_us", flat=True)
        .first()
    )
    return None if start_us is None else of_us(start_us)


def _is_known(known_from: datetime | None, ends: datetime) -> bool:
    return known_from is not None and ends.astimezone(UTC) > known_from


def _recent_per_s(slices: list[tuple[int, int]], now_us: int) -> float:
    """Return the rate of the last ten minutes, of which parts lie in two slices.

    The share of the older slice is taken as even, the newer one is as counted.
    """
    start_us = now_us - now_us % SLICE_US
    counted = dict(slices)
    older = 1 - (now_us - start_us) / SLICE_US
    recipients = counted.get(start_us, 0) + older * counted.get(start_us - SLICE_US, 0)
    return recipients / SLICE_S


def _allowed(key: str, begins: datetime) -> list[tuple[datetime, float]]:
    """Return the moments at which the account's own rate was another than before."""
    before = Window(Lag("max_send_rate"), order_by="taken_at")
    # A day earlier, so that the first bin knows it too.
    rows = (
        AccountSnapshot.objects.filter(
            key=key, taken_at__gte=stored(begins - timedelta(days=1))
        )
        .annotate(before=before)
        .filter(Q(before__isnull=True) | ~Q(before=F("max_send_rate")))
        .order_by("taken_at")
        .values_list("taken_at", "max_send_rate")
    )
    return [(aware(at), rate) for at, rate in rows]


def _allowed_at(changes: list[tuple[datetime, float]], at: datetime) -> float | None:
    number = bisect_right(changes, at, key=lambda change: change[0])
    return changes[number - 1][1] if number else None
