"""Cases, measured in turns, and the medians of what they took."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.processes import Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one run of a case took; CPU is user and system.

    Args:
        cpu_s: CPU of the process that sends, or signs.
        worker_cpu_s: CPU of the Celery worker and its pool.
        wall_s: Time until all was done.
    """

    count: int
    cpu_s: float
    worker_cpu_s: float = 0.0
    wall_s: float


@dataclass(slots=True, kw_only=True)
class Case:
    """One thing that is measured.

    Args:
        run: Does it so many times.
        count: How many times in one round.
        warm_up: How many times before the first round.
    """

    title: str
    run: Callable[[int], Sample]
    count: int
    warm_up: int = 20
    samples: list[Sample] = field(default_factory=list)
    failure: str = ""

    def measure(self, count: int) -> Sample | None:
        """Run it once; a failure is kept, and then it does not run again."""
        if self.failure:
            return None
        try:
            return self.run(count)
        except Failed as error:
            self.failure = str(error)
            return None

    @property
    def cpu_ms(self) -> float:
        """Median CPU of one, in all processes."""
        return statistics.median(self._each_cpu_ms())

    @property
    def spread_ms(self) -> tuple[float, float]:
        """Lowest and highest CPU of one."""
        found = self._each_cpu_ms()
        return min(found), max(found)

    @property
    def parts_ms(self) -> tuple[float, float]:
        """Median CPU of one in the process that sends, and in the worker."""
        return (
            statistics.median(1e3 * s.cpu_s / s.count for s in self.samples),
            statistics.median(1e3 * s.worker_cpu_s / s.count for s in self.samples),
        )

    @property
    def per_s(self) -> float:
        """Median of how many were done in a second."""
        return statistics.median(s.count / s.wall_s for s in self.samples)

    def _each_cpu_ms(self) -> list[float]:
        return [1e3 * (s.cpu_s + s.worker_cpu_s) / s.count for s in self.samples]


@dataclass(slots=True, kw_only=True)
class Group:
    """Cases that are compared with the first one that ran."""

    title: str
    cases: Sequence[Case]

    @property
    def yardstick(self) -> Case | None:
        """The case that the others' CPU is divided by."""
        return next((case for case in self.cases if case.samples), None)


def measure_in_turns(
    groups: Sequence[Group],
    *,
    within_s: float,
    rounds_max: int,
    tell: Callable[[str], None],
) -> int:
    """Measure all cases once, then again, as long as there is time; return how often.

    In turns, so that what else happens on the machine does not decide.

    Args:
        within_s: No round begins that is not likely to end before that.
        tell: Hears of progress.
    """
    begin_s = time.monotonic()
    cases = [case for group in groups for case in group.cases]
    for case in cases:
        tell(f"warming up: {case.title}")
        case.measure(case.warm_up)
    longest_s, rounds = 0.0, 0
    while rounds < rounds_max:
        round_begin_s = time.monotonic()
        if rounds and round_begin_s - begin_s + longest_s > within_s:
            break
        rounds += 1
        for case in cases:
            tell(f"round {rounds}: {case.title}")
            sample = case.measure(case.count)
            if sample is not None:
                case.samples.append(sample)
        longest_s = max(longest_s, time.monotonic() - round_begin_s)
    return rounds
