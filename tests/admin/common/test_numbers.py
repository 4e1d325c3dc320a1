from __future__ import annotations

import pytest

from seacucumber.admin.common.numbers import count, duration, percent


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.4, "under 1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (41 * 60, "41 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (47 * 3600, "47 h"),
        (3 * 86_400, "3 d"),
    ],
)
def test_times_are_in_one_unit(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (0.1, "10 %"), (0.0123, "1.2 %"), (0.00084, "0.08 %"), (1, "100 %")],
)
def test_small_shares_keep_their_digits(share: float, expected: str) -> None:
    assert percent(share) == expected


def test_counts_are_in_groups() -> None:
    assert count(1234567.9) == "1,234,567"
