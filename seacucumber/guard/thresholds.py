"""What the figures say of an account: from our own events, and from SES's statistics.

AWS judges by "a representative volume" of mail and does not say how much that is. Here
it is the mail of the last 24 hours, or where that is little, of the last 14 days; with
less than ``CUCUMBER_GUARD_VOLUME`` recipients there is no judgement at all.
https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import GuardLevel, Lane
from seacucumber.models import AccountSnapshot, EventRoute, MailMinute, StatisticPoint
from seacucumber.models.account.reputation import (
    ENOUGH_COMPLAINTS,
    MINUTE_US,
    MailCounts,
)
from seacucumber.models.account.simulated import without_simulator
from seacucumber.models.account.usage import COUNTS

#: SES's statistics reach so far back, and so does the guard.
LONGEST_S = 14 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares of what was sent; None where too little was sent to tell."""

    sent: int
    bounces: float | None
    complaints: float | None

    def level(self, mailer: Mailer, *, line: int) -> bool:
        """Tell whether either share has reached a line: 0 warn, 1 bulk, 2 all."""
        return any(
            share is not None and share >= lines[line]
            for share, lines in (
                (self.bounces, mailer.guard_bounces),
                (self.complaints, mailer.guard_complaints),
            )
        )

    def words(self) -> str:
        """Return the shares in the part of a sentence."""
        parts = []
        if self.bounces:
            parts.append(f"{self.bounces:.1%} bounced")
        if self.complaints:
            parts.append(f"{self.complaints:.2%} complained")
        return f"of {self.sent:,} recipients {' and '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What should be done for an account, and why.

    Args:
        rates: Those that the level follows from.
        why: In plain words; empty if all is well.
    """

    level: GuardLevel
    rates: Rates
    why: str = ""


def judge(
    mailer: Mailer, now_us: int, *, counts_from: datetime | None, bulk_stopped_us: int
) -> Judgement:
    """Return what the figures say. Asks the database only.

    Args:
        counts_from: Only what was sent from then on counts; None is always. What
            transactional mail is stopped for begins anew when that was resumed.
        bulk_stopped_us: Since when the guard keeps bulk mail back; 0 if it does not.
    """
    ours = _from_events(mailer, now_us, counts_from=counts_from)
    statistics = _from_statistics(mailer, now_us, counts_from)
    judgements = [
        _judge_all(mailer, ours, "By the events of SES"),
        _judge_all(mailer, statistics, "By the statistics of SES"),
        _judge_transactional(mailer, now_us, counts_from, bulk_stopped_us),
    ]
    return max(judgements, key=lambda each: (each.level, each.rates.sent))


def enforcement_status(pace_key: str) -> str:
    """Return AWS's last word on an account; empty if it never said one."""
    snapshot = AccountSnapshot.objects.latest_of(pace_key)
    return snapshot.enforcement_status.upper()[:32] if snapshot else ""


def _judge_all(mailer: Mailer, rates: Rates, source: str) -> Judgement:
    why = f"{source}, {rates.words()}."
    if rates.level(mailer, line=1):
        return Judgement(level=GuardLevel.BULK_STOPPED, rates=rates, why=why)
    if rates.level(mailer, line=0):
        return Judgement(level=GuardLevel.WARNED, rates=rates, why=why)
    return Judgement(level=GuardLevel.WELL, rates=rates)


def _judge_transactional(
    mailer: Mailer, now_us: int, counts_from: datetime | None, bulk_stopped_us: int
) -> Judgement:
    """Judge transactional mail by what it brings itself.

    What a newsletter has brought must not stop a password reset.
    """
    ours = _from_events(mailer, now_us, lane=Lane.TRANSACTIONAL)
    if ours.level(mailer, line=2):
        why = f"Of transactional mail alone, {ours.words()}."
        return Judgement(level=GuardLevel.ALL_STOPPED, rates=ours, why=why)
    ours_tell = ours.bounces is not None and _is_heard_of(mailer, bulk_stopped_us)
    if bulk_stopped_us and not ours_tell:
        # Where our events do not tell. Statistics know no lanes: most of what they
        # count an hour later is not bulk mail, but for complaints, which take days.
        since = clock.moment(clock.after_us(bulk_stopped_us, 3600.0))
        since = max(since, counts_from or since)
        rates = _rates(mailer, _points(mailer, since))
        if rates.level(mailer, line=2):
            why = f"Since bulk mail was stopped, {rates.words()}."
            return Judgement(level=GuardLevel.ALL_STOPPED, rates=rates, why=why)
    return Judgement(level=GuardLevel.WELL, rates=ours)


def _is_heard_of(mailer: Mailer, since_us: int) -> bool:
    """Tell whether events have come of what the account sent since a moment."""
    routes = EventRoute.objects.filter(pace_key=mailer.pace_key)
    return routes.filter(accepted_until_us__gt=since_us).exists()


def _from_events(
    mailer: Mailer,
    now_us: int,
    *,
    lane: Lane | None = None,
    counts_from: datetime | None = None,
) -> Rates:
    counts, from_us = MailCounts(), 0
    if counts_from is not None:
        from_us = int(clock.aware(counts_from).timestamp() * US_PER_S)
        from_us -= from_us % MINUTE_US
    for window_s in (mailer.guard_window_s, LONGEST_S):
        since_us = max(from_us, clock.after_us(now_us, -window_s))
        counts = MailMinute.objects.since(mailer.pace_key, since_us, lane=lane)
        if counts.sent >= mailer.guard_volume:
            break
    return _rates(mailer, counts)


def _from_statistics(
    mailer: Mailer, now_us: int, counts_from: datetime | None
) -> Rates:
    counts = MailCounts()
    for window_s in (mailer.guard_window_s, LONGEST_S):
        since = clock.moment(clock.after_us(now_us, -window_s))
        if counts_from is not None:
            since = max(since, counts_from)
        counts = _points(mailer, since)
        if counts.sent >= mailer.guard_volume:
            break
    return _rates(mailer, counts)


def _points(mailer: Mailer, since: datetime) -> MailCounts:
    """Return the sums of SES's statistics from a moment on."""
    rows = StatisticPoint.objects.filter(key=mailer.pace_key, at__gte=since)
    points = list(rows.values_list("at", *COUNTS))
    if not mailer.guard_simulator:
        points = without_simulator(mailer.pace_key, points)
    return MailCounts(
        sent=sum(row[1] for row in points),
        bounced=sum(row[2] for row in points),
        complained=sum(row[3] for row in points),
    )


def _rates(mailer: Mailer, counts: MailCounts) -> Rates:
    if counts.sent < max(1, mailer.guard_volume):
        return Rates(sent=counts.sent, bounces=None, complaints=None)
    enough = counts.complained >= ENOUGH_COMPLAINTS or not counts.complained
    return Rates(
        sent=counts.sent,
        bounces=counts.bounced / counts.sent,
        complaints=counts.complained / counts.sent if enough else None,
    )
