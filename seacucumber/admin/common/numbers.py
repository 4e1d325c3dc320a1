"""Numbers and times as the pages write them."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def count(value: float) -> str:
    """Return a whole number, in groups of digits."""
    return number_format(int(value), decimal_pos=0, use_l10n=True, force_grouping=True)


def percent(share: float) -> str:
    """Return a part of one in percent, as exactly as it is of use."""
    value = share * 100
    digits = 2 if value < 1 else 1
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if value else "0"
    return f"{text} %"


def duration(seconds: float) -> str:
    """Return a length of time in its largest unit."""
    if seconds < 1:
        return _("under 1 s")
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        # Two units would be noise, and "1 d" for 47 hours is too coarse.
        if seconds >= 2 * length_s or (unit == "min" and seconds >= length_s):
            return f"{int(seconds // length_s)} {unit}"
    return f"{int(seconds)} s"


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was."""
    if at is None:
        return _("never")
    length = duration(max(0.0, (now - at).total_seconds()))
    return _("%(time)s ago") % {"time": length}
