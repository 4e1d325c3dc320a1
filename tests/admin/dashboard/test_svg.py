from __future__ import annotations

import pytest

from seacucumber.admin.dashboard.svg import Panel, round_up

PANEL = Panel(top=10.0, bottom=110.0, bins=4, highest=50.0)


def test_values_go_from_the_bottom_to_the_top() -> None:
    assert (PANEL.y(0), PANEL.y(25), PANEL.y(50)) == (110.0, 60.0, 10.0)


def test_a_value_beyond_the_scale_stays_in_the_picture() -> None:
    assert PANEL.y(80) == 10.0


def test_a_line_has_gaps_where_nothing_is_known() -> None:
    path = PANEL.line([1.0, None, 2.0, 3.0], "x").path

    # A lone dot, then a line of two points.
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_a_level_keeps_to_its_bins() -> None:
    path = PANEL.steps([None, 10.0, 20.0], "x").path

    assert path.count("M") == 1
    assert path.count("H") == 2
    assert path.count("V") == 1


def test_runs_of_unknown_bins_are_one_gap_each() -> None:
    gaps = PANEL.gaps([False, False, True, False])

    assert [float(gap.width) for gap in gaps] == [
        pytest.approx(2 * (PANEL.x(1) - PANEL.x(0)), abs=0.1),
        pytest.approx(PANEL.x(1) - PANEL.x(0), abs=0.1),
    ]


def test_one_of_a_million_is_still_seen() -> None:
    panel = Panel(top=0.0, bottom=100.0, bins=1, highest=1e6)

    assert float(panel.bar(0, 0, 1, "x").height) >= 1.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 1), (1, 1), (7, 8), (99, 100), (100, 100), (101, 120), (26_345, 30_000)],
)
def test_scales_end_at_numbers_that_read_well(value: float, expected: float) -> None:
    assert round_up(value) == pytest.approx(expected)
