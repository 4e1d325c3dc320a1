"""Everything that the dashboard shows of one account, read at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from seacucumber import backlog
from seacucumber.db import clock
from seacucumber.enums import Lane, MessageState
from seacucumber.figures.clocks import HostOff, read_wrong_clocks
from seacucumber.figures.events import Events, read_events
from seacucumber.figures.identities import Standing, read_standing
from seacucumber.figures.limits import (
    Account,
    Quota,
    Rate,
    accounts,
    read_quota,
    read_rate,
)
from seacucumber.figures.ranges import Span
from seacucumber.figures.speed import Speed, read_speed
from seacucumber.figures.traffic import Traffic, read_traffic
from seacucumber.figures.upkeep import Age, Job, read_ages, read_jobs
from seacucumber.models import AccountSnapshot, Hold, Message, Pace, Reputation
from seacucumber.text.times import of_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The queue of one account.

    Args:
        backlog: Messages by state and lane, and the oldest that is ready.
        parked: Messages that a hold keeps, by lane.
    """

    backlog: backlog.Backlog
    parked: dict[Lane, int]

    def waiting(self, lane: Lane) -> int:
        """Return how many messages of a lane have not left."""
        states = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING)
        return sum(self.backlog.counts.get((state, lane), 0) for state in states)

    @property
    def total(self) -> int:
        """How many messages have not left."""
        return sum(self.waiting(lane) for lane in Lane)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One account at one moment.

    Args:
        snapshot: What SES last said of it; None if it never did.
        holds: What stops mail of this account, the oldest first.
        clocks: The hosts whose clock is wrong.
        reputation: What its guard has found out; None if it never looked.
    """

    now: datetime
    account: Account
    snapshot: AccountSnapshot | None
    quota: Quota
    rate: Rate
    speed: Speed
    traffic: Traffic
    queue: Queue
    holds: tuple[Hold, ...]
    clocks: tuple[HostOff, ...]
    reputation: Reputation | None
    standing: Standing
    events: Events
    ages: tuple[Age, ...]
    jobs: tuple[Job, ...]

    @property
    def asked(self) -> bool:
        """Whether SES has ever told anything of this account."""
        return self.snapshot is not None or self.traffic.known_until is not None


def read_overview(account: Account, span: Span, *, using: str) -> Overview:
    """Return everything that is known of an account. Asks the database only."""
    now_us = clock.read_us(using)
    now = of_us(now_us)
    pace = Pace.objects.filter(key=account.key).first()
    jobs = read_jobs(now)
    return Overview(
        now=now,
        account=account,
        snapshot=AccountSnapshot.objects.latest_of(account.key),
        quota=read_quota(pace, account.key, now_us),
        rate=read_rate(pace, account.mailer, now_us),
        speed=read_speed(account.key, span, now),
        traffic=read_traffic(
            account.key, span, now, simulator=account.mailer.guard_simulator
        ),
        queue=_queue(account.key, using),
        holds=tuple(Hold.objects.filter(pace_key=account.key).order_by("id")),
        clocks=read_wrong_clocks(now_us, account.key),
        reputation=Reputation.objects.filter(pace_key=account.key).first(),
        standing=read_standing(account.key),
        events=read_events(account, now_us),
        ages=read_ages(account.key, jobs, now),
        jobs=jobs,
    )


def find_account(key: str) -> Account:
    """Return the account of that key, or the default mailer's."""
    known = accounts()
    return next((account for account in known if account.key == key), known[0])


def _queue(key: str, using: str) -> Queue:
    parked = Message.objects.parked().filter(pace_key=key)
    rows = parked.values_list("lane").annotate(number=Count("id"))
    return Queue(
        backlog=backlog.read(using, pace_key=key),
        parked={Lane(lane): number for lane, number in rows.order_by("lane")},
    )
