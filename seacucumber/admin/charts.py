"""The dashboard's charts, from figures: drawn by ``charts/chart.html``."""

from __future__ import annotations

from collections.abc import Sequence

from seacucumber.admin.chart_axes import period, x_ticks, y_ticks
from seacucumber.admin.chart_parts import (
    Chart,
    Key,
    Panel,
    Tick,
    number_text,
    round_up,
)
from seacucumber.admin.wording import count, percent
from seacucumber.figures import Bin, Counts, Rate, Span, Speed, Traffic
from seacucumber.figures.judging_account import (
    BOUNCE_PAUSE,
    BOUNCE_REVIEW,
    COMPLAINT_PAUSE,
    COMPLAINT_REVIEW,
)
from seacucumber.figures.traffic import ENOUGH_ATTEMPTS

_HEIGHT = 224.0
_TOP, _BOTTOM = 16.0, 198.0
_RETURNED = (
    ("bounces", "cu-bounces"),
    ("complaints", "cu-complaints"),
    ("rejects", "cu-rejects"),
)
_NO_STATISTICS = (
    "SES has not told of this time yet. Start beat and a worker, run manage.py"
    " ses_usage, or refresh now."
)


def traffic_chart(traffic: Traffic) -> Chart:
    """Return attempts, and below them, on a scale of its own, what came back."""
    bins = traffic.bins
    counts = [bin.counts or Counts() for bin in bins]
    sent = Panel(
        top=_TOP,
        bottom=122.0,
        bins=len(bins),
        highest=round_up(max(4, *(row.attempts for row in counts))),
    )
    back = Panel(
        top=146.0,
        bottom=_BOTTOM,
        bins=len(bins),
        highest=round_up(max(2, *(_returned(row) for row in counts))),
    )
    whole = Panel(top=_TOP, bottom=_BOTTOM, bins=len(bins), highest=1.0)
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
    total = traffic.total
    return Chart(
        slug="traffic",
        title="Attempts, and what came back",
        summary=f"In {traffic.span.label}: {_in_words(total)}.",
        height=_HEIGHT,
        x_ticks=x_ticks(sent, [bin.begins for bin in bins], traffic.span),
        y_ticks=(
            *y_ticks(sent, (0, sent.highest / 2, sent.highest)),
            *y_ticks(back, (0, back.highest)),
        ),
        keys=(
            Key(css="cu-attempts", label=f"{count(total.attempts)} attempts"),
            Key(css="cu-bounces", label=f"{count(total.bounces)} bounces"),
            Key(css="cu-complaints", label=f"{count(total.complaints)} complaints"),
            Key(css="cu-rejects", label=f"{count(total.rejects)} rejects"),
            *_gap_key(traffic.known),
        ),
        gaps=whole.gaps(traffic.known),
        bars=bars,
        hits=[
            whole.column(number, number + 1, title=_tooltip(bin, traffic.span))
            for number, bin in enumerate(bins)
            if bin.counts is not None
        ],
        columns=("Time", "Attempts", "Bounces", "Complaints", "Rejects"),
        rows=[_traffic_row(bin, traffic.span) for bin in reversed(bins)],
        empty=_NO_STATISTICS if traffic.empty else "",
    )


def bounce_chart(traffic: Traffic) -> Chart:
    """Return the bounce rate against AWS's lines."""
    return _rate_chart(
        traffic,
        slug="bounces",
        title="Bounce rate",
        css="cu-bounces",
        rates=[(bin.trailing or Counts()).bounce_rate for bin in traffic.bins],
        lines=(BOUNCE_REVIEW, BOUNCE_PAUSE),
        note=" AWS counts hard bounces only, so its own figure may be lower.",
    )


def complaint_chart(traffic: Traffic) -> Chart:
    """Return the complaint rate against AWS's lines."""
    return _rate_chart(
        traffic,
        slug="complaints",
        title="Complaint rate",
        css="cu-complaints",
        rates=[(bin.trailing or Counts()).complaint_rate for bin in traffic.bins],
        lines=(COMPLAINT_REVIEW, COMPLAINT_PAUSE),
        note="",
    )


def _rate_chart(
    traffic: Traffic,
    *,
    slug: str,
    title: str,
    css: str,
    rates: Sequence[float | None],
    lines: tuple[float, float],
    note: str,
) -> Chart:
    review, pause = lines
    known = [rate for rate in rates if rate is not None]
    peak = max(known, default=0.0)
    panel = Panel(
        top=_TOP,
        bottom=_BOTTOM,
        bins=len(rates),
        highest=max(pause * 1.2, peak * 1.1),
    )
    span = traffic.span
    enough = f"{ENOUGH_ATTEMPTS} attempts in {span.window_label}"
    last = f"; now {percent(known[-1])}" if known else ""
    return Chart(
        slug=slug,
        title=title,
        summary=f"In {span.label}: highest {percent(peak)}{last}. AWS reviews an"
        f" account at {percent(review)} and may pause it at {percent(pause)}.",
        height=_HEIGHT,
        x_ticks=x_ticks(panel, [bin.begins for bin in traffic.bins], span),
        y_ticks=[
            Tick(at=number_text(panel.y(value)), label=percent(value))
            for value in (0.0, review, pause)
        ],
        keys=(
            Key(css=css, label=f"over the {span.window_label} before{last}"),
            *_gap_key(traffic.known),
        ),
        gaps=panel.gaps(traffic.known),
        lines=(panel.line(rates, css),),
        rules=(
            panel.rule(pause, "AWS may pause", "cu-bad"),
            panel.rule(review, "AWS reviews", "cu-warn"),
        ),
        hits=[
            panel.column(
                number,
                number + 1,
                title=f"{period(bin.begins, bin.ends, span)}: {percent(rate)}",
            )
            for number, (bin, rate) in enumerate(zip(traffic.bins, rates, strict=True))
            if rate is not None
        ],
        columns=("Time", title),
        rows=[
            (
                period(bin.begins, bin.ends, span),
                _rate_words(bin, rate),
            )
            for bin, rate in reversed(list(zip(traffic.bins, rates, strict=True)))
        ],
        note=f"Shown where there were {enough} or more.{note}",
        empty=_no_rate(traffic, known, enough),
    )


def _no_rate(traffic: Traffic, known: Sequence[float], enough: str) -> str:
    if traffic.empty:
        return _NO_STATISTICS
    return "" if known else f"Too little mail to tell: fewer than {enough}."


def speed_chart(speed: Speed, rate: Rate, span: Span) -> Chart:
    """Return the busiest ten minutes of each bin against the rate that SES allows."""
    bins = speed.bins
    peaks = [bin.peak_per_s or 0.0 for bin in bins]
    allowed = [bin.allowed_per_s for bin in bins]
    highest = max([1.0, rate.allowed_per_s, *peaks, *(a or 0.0 for a in allowed)])
    panel = Panel(
        top=_TOP, bottom=_BOTTOM, bins=len(bins), highest=round_up(highest * 1.08)
    )
    best = max(peaks)
    known = [bool(bin.peak_per_s is not None or bin.allowed_per_s) for bin in bins]
    return Chart(
        slug="speed",
        title="Rate achieved and allowed",
        summary=f"In {span.label}: the busiest ten minutes had {best:.1f} recipients a"
        f" second; {rate.allowed_per_s:g} are allowed now.",
        height=_HEIGHT,
        x_ticks=x_ticks(panel, [bin.begins for bin in bins], span),
        y_ticks=y_ticks(panel, (0, panel.highest / 2, panel.highest)),
        keys=(
            Key(css="cu-attempts", label="busiest ten minutes, recipients/s"),
            Key(css="cu-allowed", label="what SES allows"),
            *_gap_key(known),
        ),
        gaps=panel.gaps(known),
        bars=[
            panel.bar(number, 0, peak, "cu-attempts")
            for number, peak in enumerate(peaks)
            if peak
        ],
        lines=(panel.steps(allowed, "cu-allowed"),),
        hits=[
            panel.column(
                number,
                number + 1,
                title=f"{period(bin.begins, bin.ends, span)}: {bin.peak_per_s:.1f}/s",
            )
            for number, bin in enumerate(bins)
            if bin.peak_per_s is not None
        ],
        columns=("Time", "Busiest ten minutes", "Allowed"),
        rows=[
            (
                period(bin.begins, bin.ends, span),
                _per_s(bin.peak_per_s),
                _per_s(bin.allowed_per_s),
            )
            for bin in reversed(bins)
        ],
        note="What this project sent; others that use the account are not in it.",
        empty=""
        if not speed.empty
        else "This project has sent nothing through this account in this time.",
    )


def _gap_key(known: Sequence[bool]) -> list[Key]:
    return [] if all(known) else [Key(css="cu-gap", label="no data")]


def _per_s(rate: float | None) -> str:
    return "no data" if rate is None else f"{rate:.1f}/s"


def _rate_words(bin: Bin, rate: float | None) -> str:
    if rate is not None:
        return percent(rate)
    return "no data" if bin.counts is None else "too little mail"


def _returned(row: Counts) -> int:
    return row.bounces + row.complaints + row.rejects


def _in_words(row: Counts) -> str:
    return (
        f"{count(row.attempts)} attempts, {count(row.bounces)} bounces,"
        f" {count(row.complaints)} complaints, {count(row.rejects)} rejects"
    )


def _tooltip(bin: Bin, span: Span) -> str:
    so_far = " so far" if bin.open else ""
    words = _in_words(bin.counts or Counts())
    return f"{period(bin.begins, bin.ends, span)}{so_far}: {words}"


def _traffic_row(bin: Bin, span: Span) -> tuple[str, ...]:
    time = period(bin.begins, bin.ends, span)
    if bin.counts is None:
        return (time, *["no data"] * 4)
    row = bin.counts
    counts = (row.attempts, row.bounces, row.complaints, row.rejects)
    return (time + " so far" * bin.open, *map(count, counts))
