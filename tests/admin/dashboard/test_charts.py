from __future__ import annotations

from datetime import timedelta

import pytest

from seacucumber.admin.dashboard import charts, rate_charts
from seacucumber.figures.ranges import SPANS
from seacucumber.figures.traffic import read_traffic
from seacucumber.models import StatisticPoint
from tests.admin import seed

pytestmark = pytest.mark.django_db


def _point(**counts: int) -> None:
    StatisticPoint.objects.create(
        key=seed.key(),
        at=seed.now() - timedelta(hours=2),
        **{"bounces": 0, "complaints": 0, "rejects": 0, **counts},
    )


def test_the_table_has_the_numbers_of_the_drawing() -> None:
    _point(delivery_attempts=1234, bounces=5, complaints=2, rejects=1)
    seed.seed_refreshes()

    chart = charts.traffic_chart(read_traffic(seed.key(), SPANS["24h"], seed.now()))

    rows = [row[1:] for row in chart.rows if row[1] != "0"]
    assert ("1,234", "5", "2", "1") in rows
    assert "1,234 attempts, 5 bounces, 2 complaints, 1 rejects" in chart.summary
    assert len(chart.rows) == 48


def test_what_is_not_known_is_no_zero_in_the_table() -> None:
    _point(delivery_attempts=1)
    seed.seed_refreshes()

    chart = charts.traffic_chart(read_traffic(seed.key(), SPANS["90d"], seed.now()))

    assert chart.rows[-1][1:] == ("no data",) * 4
    assert len(chart.gaps) == 1
    assert [key.label for key in chart.keys][-1] == "no data"


def test_a_rate_beyond_awss_lines_stays_in_the_picture() -> None:
    _point(delivery_attempts=1000, bounces=400)
    seed.seed_refreshes()

    chart = rate_charts.bounce_chart(read_traffic(seed.key(), SPANS["24h"], seed.now()))

    assert "highest 40 %" in chart.summary
    top = min(float(part) for part in _heights(chart.lines[0].path))
    assert top > 16


def test_too_little_mail_is_said_instead_of_a_rate() -> None:
    _point(delivery_attempts=10, bounces=5)
    seed.seed_refreshes()

    chart = rate_charts.bounce_chart(read_traffic(seed.key(), SPANS["24h"], seed.now()))

    assert chart.empty.startswith("Too little mail to tell")


def _heights(path: str) -> list[str]:
    points = path.replace("M", " ").replace("L", " ").replace("h0", " ").split()
    return points[1::2]
