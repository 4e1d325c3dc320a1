from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from seacucumber.figures.ranges import SPANS, bin_of

NOON = datetime(2026, 11, 24, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize("span", SPANS.values(), ids=lambda span: span.key)
def test_the_last_bin_is_the_one_of_now(span: Any) -> None:
    edges = span.edges(NOON)

    assert edges[-2] <= NOON < edges[-1]


def test_24_hours_are_48_half_hours() -> None:
    edges = SPANS["24h"].edges(NOON)

    assert len(edges) == 49
    assert edges[-1] - edges[0] == timedelta(hours=24)


def test_14_days_begin_at_midnight_thirteen_days_ago() -> None:
    assert SPANS["14d"].edges(NOON)[0] == datetime(2026, 11, 11, tzinfo=UTC)


def test_a_day_begins_at_local_midnight_also_after_clocks_have_changed(
    settings: Any,
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    # Clocks went back on 25 October 2026: that day has 25 hours.
    edges = SPANS["90d"].edges(NOON)

    assert {(edge.hour, edge.minute) for edge in edges} == {(0, 0)}
    lengths = {
        begins.date(): ends.astimezone(UTC) - begins.astimezone(UTC)
        for begins, ends in pairwise(edges)
    }
    assert lengths.pop(datetime(2026, 10, 25).date()) == timedelta(hours=25)
    assert set(lengths.values()) == {timedelta(hours=24)}


def test_24_hours_are_24_hours_when_clocks_go_back(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    noon = datetime(2026, 10, 25, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))

    edges = [edge.astimezone(UTC) for edge in SPANS["24h"].edges(noon)]

    assert edges[-1] - edges[0] == timedelta(hours=24)


def test_a_moment_outside_lies_in_no_bin() -> None:
    edges = SPANS["24h"].edges(NOON)

    assert bin_of(edges, edges[0] - timedelta(seconds=1)) is None
    assert bin_of(edges, edges[0]) == 0
    assert bin_of(edges, edges[-1]) is None
