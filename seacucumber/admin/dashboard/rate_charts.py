"""Charts of the bounce and the complaint rate, against AWS's lines."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.numbers import percent
from seacucumber.admin.dashboard.axes import period, x_ticks
from seacucumber.admin.dashboard.svg import (
    BOTTOM,
    HEIGHT,
    TOP,
    Box,
    Chart,
    Key,
    Panel,
    Tick,
    number_text,
)
from seacucumber.figures import Bin, Counts, Span, Traffic
from seacucumber.figures.findings.account import (
    BOUNCE_PAUSE,
    BOUNCE_REVIEW,
    COMPLAINT_PAUSE,
    COMPLAINT_REVIEW,
)
from seacucumber.figures.traffic import ENOUGH_ATTEMPTS

NO_STATISTICS = gettext_lazy(
    "SES has not told of this time yet. Start beat and a worker, run manage.py"
    " ses_usage, or refresh now."
)


def gap_key(known: Sequence[bool]) -> list[Key]:
    """Return the legend's entry for times without data, if there are such."""
    return [] if all(known) else [Key(css="cu-gap", label=_("no data"))]


def bounce_chart(traffic: Traffic) -> Chart:
    """Return the bounce rate against AWS's lines."""
    return _rate_chart(
        traffic,
        slug="bounces",
        title=_("Bounce rate"),
        css="cu-bounces",
        rates=[(bin.trailing or Counts()).bounce_rate for bin in traffic.bins],
        lines=(BOUNCE_REVIEW, BOUNCE_PAUSE),
        note=_("AWS counts hard bounces only, so its own figure may be lower."),
    )


def complaint_chart(traffic: Traffic) -> Chart:
    """Return the complaint rate against AWS's lines."""
    return _rate_chart(
        traffic,
        slug="complaints",
        title=_("Complaint rate"),
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
    highest = max(pause * 1.2, max(known, default=0.0) * 1.1)
    panel = Panel(top=TOP, bottom=BOTTOM, bins=len(rates), highest=highest)
    span = traffic.span
    words = _figures(span, known, lines)
    return Chart(
        slug=slug,
        title=title,
        summary=_(
            "In %(span)s: highest %(peak)s; now %(last)s. AWS reviews an account at"
            " %(review)s and may pause it at %(pause)s."
        )
        % words,
        height=HEIGHT,
        x_ticks=x_ticks(panel, [bin.begins for bin in traffic.bins], span),
        y_ticks=_percent_ticks(panel, (0.0, review, pause)),
        keys=(
            Key(css=css, label=_("over the %(window)s before; now %(last)s") % words),
            *gap_key(traffic.known),
        ),
        gaps=panel.gaps(traffic.known),
        lines=(panel.line(rates, css),),
        rules=(
            panel.rule(pause, _("AWS may pause"), "cu-bad"),
            panel.rule(review, _("AWS reviews"), "cu-warn"),
        ),
        hits=_hits(panel, traffic, rates),
        columns=(_("Time"), title),
        rows=[
            (period(bin.begins, bin.ends, span), _rate_words(bin, rate))
            for bin, rate in reversed(list(zip(traffic.bins, rates, strict=True)))
        ],
        note=_("Shown where there were %(enough)s attempts in %(window)s or more.")
        % words
        + (f" {note}" if note else ""),
        empty=_no_rate(traffic, known),
    )


def _percent_ticks(panel: Panel, values: Sequence[float]) -> list[Tick]:
    return [
        Tick(at=number_text(panel.y(value)), label=percent(value)) for value in values
    ]


def _figures(
    span: Span, known: Sequence[float], lines: tuple[float, float]
) -> dict[str, object]:
    """Return what the chart's sentences are filled with."""
    review, pause = lines
    return {
        "span": span.label,
        "window": span.window_label,
        "peak": percent(max(known, default=0.0)),
        "last": percent(known[-1]) if known else _("no data"),
        "review": percent(review),
        "pause": percent(pause),
        "enough": ENOUGH_ATTEMPTS,
    }


def _hits(panel: Panel, traffic: Traffic, rates: Sequence[float | None]) -> list[Box]:
    pairs = enumerate(zip(traffic.bins, rates, strict=True))
    return [
        panel.column(
            number,
            number + 1,
            title=f"{period(bin.begins, bin.ends, traffic.span)}: {percent(rate)}",
        )
        for number, (bin, rate) in pairs
        if rate is not None
    ]


def _no_rate(traffic: Traffic, known: Sequence[float]) -> str:
    if traffic.empty:
        return str(NO_STATISTICS)
    if known:
        return ""
    return _(
        "Too little mail to tell: fewer than %(enough)s attempts in %(window)s."
    ) % {"enough": ENOUGH_ATTEMPTS, "window": traffic.span.window_label}


def _rate_words(bin: Bin, rate: float | None) -> str:
    if rate is not None:
        return percent(rate)
    return _("no data") if bin.counts is None else _("too little mail")
