"""What stands along the axes of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seacucumber.admin.dashboard.svg import Panel, Tick, number_text
from seacucumber.figures import Span

#: Between two words on the time axis: hours of a day, or days.
_EVERY = {"24h": 4, "14d": 2, "90d": 14}


def period(begins: datetime, ends: datetime, span: Span) -> str:
    """Return the time of a bin in words."""
    day = date_format(begins, "j M")
    if span.bin_s >= 86_400:
        return day
    return _("%(day)s %(begins)s to %(ends)s") % {
        "day": day,
        "begins": date_format(begins, "H:i"),
        "ends": date_format(ends, "H:i"),
    }


def x_ticks(panel: Panel, begins: Sequence[datetime], span: Span) -> list[Tick]:
    """Return the words below: whole hours of a day, or days."""
    every = _EVERY[span.key]
    ticks = []
    for number, at in enumerate(begins):
        if span.days:
            day = (at.date() - begins[0].date()).days
            wanted = at.hour == 0 and day % every == 0
            place, label = day // every, date_format(at, "j M")
        else:
            wanted = at.minute == 0 and at.hour % every == 0
            place, label = at.hour // every, date_format(at, "H:i")
        x = panel.x(number)
        if wanted and 20 < x < 540:
            ticks.append(Tick(at=number_text(x), label=label, minor=bool(place % 2)))
    return ticks


def y_ticks(panel: Panel, values: Sequence[float]) -> list[Tick]:
    """Return numbers on the left."""
    return [
        Tick(at=number_text(panel.y(value)), label=_short(value)) for value in values
    ]


def _short(value: float) -> str:
    """Return a number as an axis has room for."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
