"""One curve over a logarithmic axis, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 320, 60, 50


def drawn(
    points: Sequence[tuple[float, float]], *, title: str, across: str, up: str
) -> str:
    """Return the curve through some points; both axes begin at the left and at 0."""
    first, last = math.log(points[0][0]), math.log(points[-1][0])
    most = 1.2 * max(y for _, y in points)

    def at(x: float, y: float) -> tuple[float, float]:
        part = (math.log(x) - first) / (last - first)
        height = _HEIGHT - _BOTTOM - 40
        return (
            _LEFT + part * (_WIDTH - _LEFT - 30),
            _HEIGHT - _BOTTOM - y / most * height,
        )

    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in (at(*point) for point in points))
    marks = [_mark(*at(*point), *point) for point in points]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
            ' font-family="sans-serif" font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
            f'<text x="{_LEFT}" y="{_HEIGHT - 8}">{escape(across)}</text>',
            f'<text x="14" y="{_HEIGHT - _BOTTOM}"'
            f' transform="rotate(-90 14 {_HEIGHT - _BOTTOM})">{escape(up)}</text>',
            f'<path d="M{_LEFT} 40V{_HEIGHT - _BOTTOM}H{_WIDTH - 20}" fill="none"'
            ' stroke="#888"/>',
            f'<polyline points="{line}" fill="none" stroke="#205067"'
            ' stroke-width="2"/>',
            *marks,
            "</svg>\n",
        ]
    )


def _mark(left: float, top: float, x: float, y: float) -> str:
    return (
        f'<circle cx="{left:.0f}" cy="{top:.0f}" r="4" fill="#205067"/>'
        f'<text x="{left:.0f}" y="{top - 10:.0f}" text-anchor="middle">{y:.0f}</text>'
        f'<text x="{left:.0f}" y="{_HEIGHT - _BOTTOM + 16}"'
        f' text-anchor="middle">{x:g}x</text>'
    )
