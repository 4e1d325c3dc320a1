"""The medians of all cases as text."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from benchmarks.cases import Case, Group


def table(groups: Sequence[Group]) -> Iterator[str]:
    """Yield the lines."""
    yield (
        f"{'':54}{'n':>6}{'CPU ms':>8}{'lowest..highest':>17}"
        f"{'sender+worker':>15}{'ratio':>7}{'per s':>8}"
    )
    for group in groups:
        yield f"\n{group.title}"
        for case in group.cases:
            yield f"  {case.title:52}" + _figures(case, group.yardstick)


def tell(what: str) -> None:
    """Say what goes on, on one line, to whoever watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{what}")
        sys.stderr.flush()


def _figures(case: Case, yardstick: Case | None) -> str:
    if case.failure or not case.samples or yardstick is None:
        return f"  does not run: {case.failure or 'it has not come to it'}"
    low, high = case.spread_ms
    sending, working = case.parts_ms
    parts = f"{sending:.2f}+{working:.2f}" if working else ""
    return (
        f"{case.count:>6}{case.cpu_ms:>8.2f}{f'{low:.2f}..{high:.2f}':>17}"
        f"{parts:>15}{case.cpu_ms / yardstick.cpu_ms:>6.2f}x{case.per_s:>8.0f}"
    )
