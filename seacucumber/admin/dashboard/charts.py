"""Charts of what was sent, drawn by ``charts/chart.html``."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.numbers import count
from seacucumber.admin.dashboard.axes import period, x_ticks, y_ticks
from seacucumber.admin.dashboard.rate_charts import NO_STATISTICS, gap_key
from seacucumber.admin.dashboard.svg import (
    BOTTOM,
    HEIGHT,
    TOP,
    Box,
    Chart,
    Key,
    Panel,
    round_up,
)
from seacucumber.figures import Bin, Counts, Rate, Span, Speed, SpeedBin, Traffic

_COUNTED = ("attempts", "bounces", "complaints", "rejects")
_HEADINGS = (
    gettext_lazy("Attempts"),
    gettext_lazy("Bounces"),
    gettext_lazy("Complaints"),
    gettext_lazy("Rejects"),
)
_RETURNED = (
    ("bounces", "cu-bounces"),
    ("complaints", "cu-complaints"),
    ("rejects", "cu-rejects"),
)


def traffic_chart(traffic: Traffic) -> Chart:
    """Return attempts, and below them, on a scale of its own, what came back."""
    bins = traffic.bins
    counts = [bin.counts or Counts() for bin in bins]
    sent = Panel(
        top=TOP,
        bottom=122.0,
        bins=len(bins),
        highest=round_up(max(4, *(row.attempts for row in counts))),
    )
    back = Panel(
        top=146.0,
        bottom=BOTTOM,
        bins=len(bins),
        highest=round_up(max(2, *(_returned(row) for row in counts))),
    )
    whole = Panel(top=TOP, bottom=BOTTOM, bins=len(bins), highest=1.0)
    total = traffic.total
    return Chart(
        slug="traffic",
        title=_("Attempts, and what came back"),
        summary=_("In %(span)s: %(counts)s.")
        % {"span": traffic.span.label, "counts": _in_words(total)},
        height=HEIGHT,
        x_ticks=x_ticks(sent, [bin.begins for bin in bins], traffic.span),
        y_ticks=(
            *y_ticks(sent, (0, sent.highest / 2, sent.highest)),
            *y_ticks(back, (0, back.highest)),
        ),
        keys=(
            *(
                Key(css=f"cu-{name}", label=label)
                for name, label in zip(_COUNTED, _labels(total), strict=True)
            ),
            *gap_key(traffic.known),
        ),
        gaps=whole.gaps(traffic.known),
        bars=_traffic_bars(sent, back, counts),
        hits=[
            whole.column(number, number + 1, title=_tooltip(bin, traffic.span))
            for number, bin in enumerate(bins)
            if bin.counts is not None
        ],
        columns=(_("Time"), *map(str, _HEADINGS)),
        rows=[_traffic_row(bin, traffic.span) for bin in reversed(bins)],
        empty=str(NO_STATISTICS) if traffic.empty else "",
    )


def _traffic_bars(sent: Panel, back: Panel, counts: Sequence[Counts]) -> list[Box]:
    bars = [
        sent.bar(number, 0, row.attempts, "cu-attempts")
        for number, row in enumerate(counts)
        if row.attempts
    ]
    for number, row in enumerate(counts):
        low = 0
        for name, css in _RETURNED:
            high = low + getattr(row, name)
            if high > low:
                bars.append(back.bar(number, low, high, css))
            low = high
    return bars


def speed_chart(speed: Speed, rate: Rate, span: Span) -> Chart:
    """Return the busiest ten minutes of each bin against the rate that SES allows."""
    bins = speed.bins
    peaks = [bin.peak_per_s or 0.0 for bin in bins]
    allowed = [bin.allowed_per_s for bin in bins]
    highest = max([1.0, rate.allowed_per_s, *peaks, *(a or 0.0 for a in allowed)])
    panel = Panel(
        top=TOP, bottom=BOTTOM, bins=len(bins), highest=round_up(highest * 1.08)
    )
    best = max(peaks)
    known = [bool(bin.peak_per_s is not None or bin.allowed_per_s) for bin in bins]
    return Chart(
        slug="speed",
        title=_("Rate achieved and allowed"),
        summary=_(
            "In %(span)s: the busiest ten minutes had %(best)s recipients a second;"
            " %(allowed)s are allowed now."
        )
        % {
            "span": span.label,
            "best": f"{best:.1f}",
            "allowed": f"{rate.allowed_per_s:g}",
        },
        height=HEIGHT,
        x_ticks=x_ticks(panel, [bin.begins for bin in bins], span),
        y_ticks=y_ticks(panel, (0, panel.highest / 2, panel.highest)),
        keys=(
            Key(css="cu-attempts", label=_("busiest ten minutes, recipients/s")),
            Key(css="cu-allowed", label=_("what SES allows")),
            *gap_key(known),
        ),
        gaps=panel.gaps(known),
        bars=[
            panel.bar(number, 0, peak, "cu-attempts")
            for number, peak in enumerate(peaks)
            if peak
        ],
        lines=(panel.steps(allowed, "cu-allowed"),),
        hits=_speed_hits(panel, bins, span),
        columns=(_("Time"), _("Busiest ten minutes"), _("Allowed")),
        rows=_speed_rows(bins, span),
        note=_("What this project sent; others that use the account are not in it."),
        empty=""
        if not speed.empty
        else _("This project has sent nothing through this account in this time."),
    )


def _speed_rows(bins: Sequence[SpeedBin], span: Span) -> list[tuple[str, str, str]]:
    return [
        (
            period(bin.begins, bin.ends, span),
            _per_s(bin.peak_per_s),
            _per_s(bin.allowed_per_s),
        )
        for bin in reversed(bins)
    ]


def _speed_hits(panel: Panel, bins: Sequence[SpeedBin], span: Span) -> list[Box]:
    return [
        panel.column(
            number,
            number + 1,
            title=f"{period(bin.begins, bin.ends, span)}: {bin.peak_per_s:.1f}/s",
        )
        for number, bin in enumerate(bins)
        if bin.peak_per_s is not None
    ]


def _per_s(rate: float | None) -> str:
    return _("no data") if rate is None else f"{rate:.1f}/s"


def _returned(row: Counts) -> int:
    return row.bounces + row.complaints + row.rejects


def _in_words(row: Counts) -> str:
    return ", ".join(_labels(row))


def _labels(row: Counts) -> tuple[str, ...]:
    """Return the four counts in words, in the order of `_COUNTED`."""
    return (
        _("%(number)s attempts") % {"number": count(row.attempts)},
        _("%(number)s bounces") % {"number": count(row.bounces)},
        _("%(number)s complaints") % {"number": count(row.complaints)},
        _("%(number)s rejects") % {"number": count(row.rejects)},
    )


def _tooltip(bin: Bin, span: Span) -> str:
    return f"{_time(bin, span)}: {_in_words(bin.counts or Counts())}"


def _time(bin: Bin, span: Span) -> str:
    time = period(bin.begins, bin.ends, span)
    return _("%(time)s so far") % {"time": time} if bin.open else time


def _traffic_row(bin: Bin, span: Span) -> tuple[str, ...]:
    if bin.counts is None:
        return (period(bin.begins, bin.ends, span), *[_("no data")] * 4)
    row = bin.counts
    counts = (row.attempts, row.bounces, row.complaints, row.rejects)
    return (_time(bin, span), *map(count, counts))
