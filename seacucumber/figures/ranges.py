"""The stretches of time that a page can show, cut into bins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time up to now.

    Args:
        key: What a page's address says.
        label: What a page says.
        days: Calendar days with today; 0 is the last 24 hours.
        bin_s: Seconds from one bin to the next, by the clock on the wall.
        window: How far back a rate that is drawn at some moment looks.
        window_label: The same in words.
    """

    key: str
    label: str | Promise
    days: int
    bin_s: int
    window: timedelta
    window_label: str | Promise

    def edges(self, now: datetime) -> list[datetime]:
        """Return where bins begin, in local time, and where the last one ends."""
        step = timedelta(seconds=self.bin_s)
        if not self.days:
            # By absolute time: the day on which clocks change has 24 hours too.
            ticks = int(now.timestamp()) // self.bin_s + 1
            last = datetime.fromtimestamp(ticks * self.bin_s, UTC)
            count = 86_400 // self.bin_s
            return [
                timezone.localtime(last - step * back) for back in range(count, -1, -1)
            ]
        # By the wall clock: a day begins at midnight, also when clocks have changed.
        midnight = timezone.localtime(now).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        at = midnight - timedelta(days=self.days - 1)
        edges = [at]
        while edges[-1].astimezone(UTC) <= now:
            edges.append(edges[-1] + step)
        return edges


SPANS: Mapping[str, Span] = {
    span.key: span
    for span in (
        Span(
            key="24h",
            label=gettext_lazy("24 hours"),
            days=0,
            bin_s=1800,
            window=timedelta(days=1),
            window_label=gettext_lazy("24 hours"),
        ),
        Span(
            key="14d",
            label=gettext_lazy("14 days"),
            days=14,
            bin_s=6 * 3600,
            window=timedelta(days=1),
            window_label=gettext_lazy("24 hours"),
        ),
        Span(
            key="90d",
            label=gettext_lazy("90 days"),
            days=90,
            bin_s=86_400,
            window=timedelta(days=7),
            window_label=gettext_lazy("7 days"),
        ),
    )
}
DEFAULT_SPAN = SPANS["14d"]


def bin_of(edges: Sequence[datetime], at: datetime) -> int | None:
    """Return the number of the bin that a moment lies in."""
    number = bisect_right(edges, at) - 1
    return number if 0 <= number < len(edges) - 1 else None
