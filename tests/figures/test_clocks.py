"""Which hosts are named for their clock, and what is said of each."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.db.clock import US_PER_S
from seacucumber.figures import (
    DEFAULT_SPAN,
    Finding,
    Severity,
    accounts,
    find,
    read_overview,
)
from seacucumber.models import HostClock
from seacucumber.models.queue.host_clock import GONE_US
from tests.admin import seed
from tests.queue import now_us

pytestmark = pytest.mark.django_db


def _host(
    host: str = "worker-3",
    *,
    database_s: float = 0.0,
    ses_s: float | None = None,
    **values: Any,
) -> None:
    ses_us = None if ses_s is None else int(ses_s * US_PER_S)
    offsets = {"offset_us": int(database_s * US_PER_S), "ses_offset_us": ses_us}
    seen = {"seen_at_us": now_us(), "ses_seen_at_us": now_us()}
    HostClock.objects.note(host, accounts()[0].key, **{**offsets, **seen, **values})


def _findings() -> list[Finding]:
    seed.seed_healthy(days=2)
    found = find(read_overview(accounts()[0], DEFAULT_SPAN, using="default"))
    return [finding for finding in found if finding.severity is not Severity.OK]


def test_clocks_that_ntp_keeps_are_no_news() -> None:
    _host(database_s=0.3, ses_s=-0.9)
    _host("worker-4", database_s=-4.9)

    assert _findings() == []


@pytest.mark.parametrize(
    ("database_s", "ses_s", "headline", "severity"),
    [
        (15, None, "is 15 seconds ahead of the database's.", Severity.WARN),
        (-15, -14.6, "is 15 seconds behind SES's.", Severity.WARN),
        (-90000, None, "is 1 day behind the database's.", Severity.WARN),
        (250, 250, "is 4 minutes ahead of SES's.", Severity.BAD),
    ],
)
def test_a_wrong_clock_is_named_with_its_host(
    database_s: float, ses_s: float | None, headline: str, severity: Severity
) -> None:
    _host(database_s=database_s, ses_s=ses_s)

    [found] = _findings()
    assert found.headline == f"The clock of the host worker-3 {headline}"
    assert found.severity is severity
    assert "by NTP" in found.text


def test_where_ses_agrees_with_the_host_the_database_is_wrong() -> None:
    _host(database_s=-7200, ses_s=0.2)

    [found] = _findings()
    assert found.headline.endswith("worker-3 is 2 hours behind the database's.")
    assert "database server's that is wrong" in found.text


def test_a_host_that_ses_refuses_is_named_even_without_figures() -> None:
    _host(refusals=2)

    [found] = _findings()
    assert found.severity is Severity.BAD
    assert found.headline.startswith("SES refuses what the host worker-3 signs")
    assert "other hosts go on" in found.text


def test_another_account_s_refusal_is_not_this_one_s() -> None:
    HostClock.objects.note("worker-3", "other", refusals=1, seen_at_us=now_us())

    assert _findings() == []


def test_a_host_that_is_gone_is_nobody_s_trouble() -> None:
    _host(database_s=90, seen_at_us=now_us() - GONE_US)
    _host("worker-4", ses_s=90, ses_seen_at_us=now_us() - GONE_US)

    assert _findings() == []
