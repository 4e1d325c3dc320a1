"""The hosts whose clock is wrong, by the database's clock or by SES's."""

from __future__ import annotations

from dataclasses import dataclass

from seacucumber.db.clock import US_PER_S
from seacucumber.models import HostClock
from seacucumber.models.queue.host_clock import GONE_US

#: NTP keeps clocks within a fraction of a second.
WRONG_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOff:
    """A host with a wrong clock.

    Args:
        database_s: How far it is ahead of the database's; less than 0 is behind.
        ses_s: The same of SES's; None if SES has not answered this host lately.
        refused: SES refuses what it signs, so it delivers nothing.
    """

    host: str
    database_s: float
    ses_s: float | None
    refused: bool

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should set a clock."""
        off_s = max(abs(self.database_s), abs(self.ses_s or 0.0))
        return self.refused or off_s > WRONG_S

    @property
    def blames_database(self) -> bool:
        """Whether it is rather the database's clock that is wrong, as SES has it."""
        return self.ses_s is not None and abs(self.ses_s) <= WRONG_S


def read_wrong_clocks(now_us: int, pace_key: str | None = None) -> tuple[HostOff, ...]:
    """Return the hosts with a wrong clock that were heard of within the last hour.

    Args:
        pace_key: The account for which SES may refuse a host; None is any.
    """
    by_host: dict[str, list[HostClock]] = {}
    for row in HostClock.objects.seen(now_us):
        by_host.setdefault(row.host, []).append(row)
    found = [
        _host(host, rows, now_us, pace_key) for host, rows in sorted(by_host.items())
    ]
    return tuple(host for host in found if host.is_wrong)


def _host(
    host: str, rows: list[HostClock], now_us: int, pace_key: str | None
) -> HostOff:
    latest = max(rows, key=lambda row: row.seen_at_us)
    asked = max(rows, key=lambda row: row.ses_seen_at_us)
    fresh = abs(now_us - asked.ses_seen_at_us) < GONE_US
    ses_us = asked.ses_offset_us if fresh else None
    return HostOff(
        host=host,
        database_s=latest.offset_us / US_PER_S,
        ses_s=None if ses_us is None else ses_us / US_PER_S,
        refused=any(
            row.refusals > 0 and pace_key in (None, row.pace_key) for row in rows
        ),
    )
