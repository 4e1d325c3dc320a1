"""What an account may send, and how much of it is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from seacucumber.conf import (
    DEFAULT_REGION,
    Mailer,
    get_mailer,
    mailer_aliases,
    source_of,
)
from seacucumber.db.clock import US_PER_S
from seacucumber.models import Pace, QuotaSlice
from seacucumber.models.queue.quota import DAY_US
from seacucumber.text.times import of_us

_HOUR_US = 3600 * US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One (account, region) that this project sends through.

    Args:
        key: Its name in the database (`Mailer.pace_key`).
        aliases: The mailers that share it.
    """

    key: str
    region: str
    aliases: tuple[str, ...]

    @property
    def mailer(self) -> Mailer:
        """The settings of its first mailer."""
        return get_mailer(self.aliases[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The rolling 24 hours.

    Args:
        limit: Recipients in any 24 hours; None if not known, -1 if there is no limit.
        used: Recipients of the last 24 hours, never less than SES said.
        frees: Recipients that this project's own counters set free within an hour.
        frees_from: When the next of them is set free; None if it sent nothing.
    """

    limit: float | None
    used: float
    frees: int = 0
    frees_from: datetime | None = None

    @property
    def limited(self) -> bool:
        """Whether there is a limit, and it is known."""
        return self.limit is not None and self.limit >= 0

    @property
    def left(self) -> float:
        """Recipients that may still be sent to; 0 where that makes no sense."""
        return max(0.0, (self.limit or 0.0) - self.used) if self.limited else 0.0

    @property
    def share(self) -> float:
        """Used part of the limit, 0 to 1."""
        if not self.limited:
            return 0.0
        return min(1.0, self.used / self.limit) if self.limit else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The pace of sending.

    Args:
        allowed_per_s: Recipients per second that messages are sent at, at most.
        account_per_s: What SES allows the account; None if not known.
        setting: The Django setting that decides instead, or "".
        factor: Part of the rate in use: below 1 after SES has throttled.
    """

    allowed_per_s: float
    account_per_s: float | None
    setting: str
    factor: float
    #: What SES is recorded to allow is no rate, and is not used.
    makes_no_sense: bool = False


def accounts() -> list[Account]:
    """Return the accounts of all mailers, the default mailer's first."""
    found: dict[str, list[str]] = {}
    for alias in mailer_aliases():
        found.setdefault(get_mailer(alias).pace_key, []).append(alias)
    return [
        Account(
            key=key,
            region=get_mailer(aliases[0]).ses_region_name or DEFAULT_REGION,
            aliases=tuple(aliases),
        )
        for key, aliases in found.items()
    ]


def read_quota(pace: Pace | None, key: str, now_us: int) -> Quota:
    """Return how much of the last 24 hours' quota is used."""
    used = None if pace is None else pace.sent_in_day(now_us)
    if pace is None or used is None:
        return Quota(limit=None, used=QuotaSlice.objects.day_until(key, now_us))
    oldest_us = now_us - DAY_US
    leaving = list(
        QuotaSlice.objects.filter(
            pace_key=key, start_us__gt=oldest_us, start_us__lte=oldest_us + _HOUR_US
        )
        .order_by("start_us")
        .values_list("start_us", "recipients")
    )
    return Quota(
        limit=-1.0 if pace.max_24h_send == -1 else pace.day_quota,
        used=used,
        frees=sum(recipients for _, recipients in leaving),
        frees_from=_first_to_leave(key, oldest_us),
    )


def _first_to_leave(key: str, oldest_us: int) -> datetime | None:
    start_us = (
        QuotaSlice.objects.filter(pace_key=key, start_us__gt=oldest_us)
        .order_by("start_us")
        .values_list("start_us", flat=True)
        .first()
    )
    return None if start_us is None else of_us(start_us) + timedelta(days=1)


def read_rate(pace: Pace | None, mailer: Mailer, now_us: int) -> Rate:
    """Return the pace that a mailer's messages are sent at."""
    pace = pace or Pace()
    schedule = pace.schedule(mailer, now_us)
    return Rate(
        allowed_per_s=schedule.rate_per_s,
        account_per_s=pace.known_send_rate,
        setting="" if mailer.rate_limit is None else source_of("rate_limit"),
        factor=schedule.current_factor(now_us),
        makes_no_sense=bool(pace.max_send_rate) and pace.known_send_rate is None,
    )
