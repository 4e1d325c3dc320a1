"""The parts that a chart is drawn from, in the units of its ``viewBox``.

Coordinates are text: a template would write numbers as the reader's language does,
and SVG takes no decimal comma.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

WIDTH = 560.0
#: On the left is room for "0.5 %" in the letters of a phone, which are the largest.
LEFT, RIGHT = 62.0, 6.0
HEIGHT = 224.0
#: Where a panel over the chart's whole height begins and ends.
TOP, BOTTOM = 16.0, 198.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A word on an axis.

    Args:
        minor: Left out where there is little room.
    """

    at: str
    label: str
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle: a bar, a time without data, or what shows a tooltip."""

    x: str
    y: str
    width: str
    height: str
    css: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line: the data of an SVG path."""

    path: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A level across the chart, with its meaning."""

    y: str
    label_y: str
    label: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One entry of the legend."""

    css: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart, ready to be drawn, with the same in words and as a table.

    Args:
        slug: Makes ids of its parts unique on the page.
        summary: What it shows, for who cannot see it.
        note: What has to be known to read it right.
        empty: What to say and to do where there is nothing to draw; "" otherwise.
        rows: The table, the newest row first.
    """

    slug: str
    title: str
    summary: str
    height: float
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    keys: Sequence[Key] = ()
    gaps: Sequence[Box] = ()
    bars: Sequence[Box] = ()
    lines: Sequence[Line] = ()
    rules: Sequence[Rule] = ()
    hits: Sequence[Box] = ()
    note: str = ""
    empty: str = ""
    view_box: str = field(init=False)
    left: str = field(init=False, default=f"{LEFT:g}")
    right: str = field(init=False, default=f"{WIDTH - RIGHT:g}")
    label_x: str = field(init=False, default=f"{LEFT - 6:g}")
    label_y: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "view_box", f"0 0 {WIDTH:g} {self.height:g}")
        object.__setattr__(self, "label_y", f"{self.height - 6:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of a chart with a scale of its own, over the chart's whole width.

    Args:
        bins: How many bins the time axis has.
        highest: The value at the top.
    """

    top: float
    bottom: float
    bins: int
    highest: float

    def x(self, number: float) -> float:
        """Return where a bin begins."""
        return LEFT + number * (WIDTH - LEFT - RIGHT) / self.bins

    def y(self, value: float) -> float:
        """Return the height of a value."""
        share = min(value / self.highest, 1.0)
        return self.bottom - share * (self.bottom - self.top)

    def bar(self, number: int, low: float, high: float, css: str) -> Box:
        """Return the bar of a bin between two values; what is not nothing is seen."""
        gap = 0.14 * (self.x(1) - self.x(0))
        top, bottom = self.y(high), self.y(low)
        height = max(bottom - top, 1.0)
        return Box(
            x=number_text(self.x(number) + gap / 2),
            y=number_text(bottom - height),
            width=number_text(self.x(1) - self.x(0) - gap),
            height=number_text(height),
            css=css,
        )

    def column(self, first: int, last: int, *, css: str = "", title: str = "") -> Box:
        """Return the whole height over bins, from the first to before the last."""
        return Box(
            x=number_text(self.x(first)),
            y=number_text(self.top),
            width=number_text(self.x(last) - self.x(first)),
            height=number_text(self.bottom - self.top),
            css=css,
            title=title,
        )

    def line(self, values: Iterable[float | None], css: str) -> Line:
        """Return a line through the middle of the bins, with gaps as gaps."""
        parts, pen_down = [], False
        for number, value in enumerate(values):
            if value is None:
                pen_down = False
                continue
            x, y = number_text(self.x(number + 0.5)), number_text(self.y(value))
            # A lone point is a dot: its line has a round end, and no length.
            parts.append(f"L{x} {y}" if pen_down else f"M{x} {y}h0")
            pen_down = True
        return Line(path="".join(parts), css=css)

    def steps(self, values: Iterable[float | None], css: str) -> Line:
        """Return a line that keeps its level through each bin."""
        parts, pen_down = [], False
        for number, value in enumerate(values):
            if value is None:
                pen_down = False
                continue
            x, y = number_text(self.x(number)), number_text(self.y(value))
            parts.append(f"V{y}" if pen_down else f"M{x} {y}")
            parts.append(f"H{number_text(self.x(number + 1))}")
            pen_down = True
        return Line(path="".join(parts), css=css)

    def rule(self, value: float, label: str, css: str) -> Rule:
        """Return a level with its meaning written above."""
        y = self.y(value)
        return Rule(y=number_text(y), label_y=number_text(y - 4), label=label, css=css)

    def gaps(self, known: Sequence[bool]) -> list[Box]:
        """Return a column over each run of bins that nothing is known of."""
        found, first = [], None
        for number, is_known in enumerate([*known, True]):
            if not is_known and first is None:
                first = number
            elif is_known and first is not None:
                found.append(self.column(first, number, title=_("no data")))
                first = None
        return found


def number_text(value: float) -> str:
    """Return a coordinate for SVG."""
    return f"{value:.1f}".removesuffix(".0")


def round_up(value: float) -> float:
    """Return the next number from above that reads well on an axis."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)
    return next(step * unit for step in steps if value <= step * unit * 1.000001)
