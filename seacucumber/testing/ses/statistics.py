"""The numbers of ``GetSendStatistics``."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from seacucumber.testing.ses.addresses import Outcome

PERIOD_S = 15 * 60
SPAN_S = 14 * 86_400


@dataclass(slots=True, kw_only=True)
class Point:
    """A quarter of an hour. Periods without mail have no point."""

    start_epoch_s: int
    attempts: int = 0
    bounces: int = 0
    complaints: int = 0
    rejects: int = 0


class Statistics:
    """Counts recipients by quarter of an hour for two weeks.

    Args:
        epoch_s: The clock.
        seed: Makes the order of the points repeatable; SES has none.
    """

    def __init__(self, epoch_s: Callable[[], float], seed: int) -> None:
        self._epoch_s = epoch_s
        self._points: dict[int, Point] = {}
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count the recipients of an accepted message by what becomes of them."""
        start = int(self._epoch_s() // PERIOD_S) * PERIOD_S
        point = self._points.setdefault(start, Point(start_epoch_s=start))
        for outcome in outcomes:
            point.attempts += 1
            point.bounces += outcome in (Outcome.BOUNCE, Outcome.SUPPRESSED)
            point.complaints += outcome is Outcome.COMPLAINT
            point.rejects += outcome is Outcome.REJECT

    def points(self) -> list[Point]:
        """Return the points of the last two weeks, in no order."""
        oldest = self._epoch_s() - SPAN_S
        rows = [row for start, row in self._points.items() if start > oldest]
        self._random.shuffle(rows)
        return rows
