"""Accounts in any state, put together at random, and what is true of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from seacucumber.db.clock import US_PER_S, after_us, moment
from seacucumber.dns import KeyResult
from seacucumber.enums import (
    DkimState,
    GuardLevel,
    HoldCause,
    HoldScope,
    Lane,
    MessageState,
)
from seacucumber.models import (
    AccountSnapshot,
    DkimKey,
    Hold,
    Message,
    Pace,
    Reputation,
    StatisticPoint,
)
from seacucumber.models.account.dkim_key_transitions import active_for
from tests.admin import seed
from tests.admin.keys import new_key
from tests.figures.test_events import accepted, heard
from tests.queue import now_us, put_many

#: Enough for anything that scopes tell apart.
PLACES = (
    (HoldScope.ACCOUNT, ""),
    (HoldScope.MAILER, "default"),
    (HoldScope.LANE, "bulk"),
    (HoldScope.LANE, "transactional"),
    (HoldScope.SENDER, "a@shop.example"),
    (HoldScope.SENDER, "shop.example"),
    (HoldScope.CONFIGURATION_SET, "news"),
)
SUBJECTS = {
    (HoldScope.ACCOUNT, ""): "all mail of this account",
    (HoldScope.MAILER, "default"): "mail of the mailer default",
    (HoldScope.LANE, "bulk"): "bulk mail",
    (HoldScope.LANE, "transactional"): "transactional mail",
    (HoldScope.SENDER, "a@shop.example"): "mail from a@shop.example",
    (HoldScope.SENDER, "shop.example"): "mail from the domain shop.example",
    (HoldScope.CONFIGURATION_SET, "news"): "mail with the configuration set news",
}


@dataclass(slots=True)
class State:
    """One account, as its rows are."""

    status: str | None = "HEALTHY"
    enabled: bool = True
    production: bool = True
    attempts: int = 0
    bounces: int = 0
    complaints: int = 0
    used: int = 0
    swept_s: int | None = 5
    queued: dict[Lane, int] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    #: Whether events come, or came and fell silent; None if there never were any.
    events: str | None = None
    #: How the only DKIM key is; None if there is none.
    key: str | None = None
    #: What the guard has found; None if it never looked.
    guard: GuardLevel | None = None

    @property
    def stops_all(self) -> bool:
        places = {(hold.scope, hold.value) for hold in self.holds}
        lanes = {("lane", "bulk"), ("lane", "transactional")}
        return lanes <= places or any(
            scope in ("account", "mailer") for scope, _value in places
        )

    @property
    def may_send(self) -> bool:
        return self.status is None or (self.enabled and self.status != "SHUTDOWN")

    @property
    def needs_somebody(self) -> bool:
        return bool(
            self.holds
            or not self.may_send
            or self.status == "PROBATION"
            or self.used >= 45_000
            or (self.swept_s or 0) > 120
            or self.rate(self.bounces) >= 0.04
            or (self.complaints >= 3 and self.rate(self.complaints) >= 0.0008)
            or self.key not in (None, "good")
            or self.guard is GuardLevel.WARNED
            or self.events == "silent"
        )

    def rate(self, count: int) -> float:
        return count / self.attempts if self.attempts >= 100 else 0.0

    def waiting(self, hold: Hold) -> int:
        """Return how many messages a hold keeps: they have one sender, and no set."""
        if hold.scope == HoldScope.LANE:
            return self.queued[Lane[hold.value.upper()]]
        wide = hold.scope in (HoldScope.ACCOUNT, HoldScope.MAILER)
        return sum(self.queued.values()) if wide else 0

    def has(self, what: str, cause: str) -> bool:
        """Tell whether a hold stops that, for that."""
        return any(
            SUBJECTS[hold.scope, hold.value] == what[0].lower() + what[1:]
            and HoldCause(hold.cause).label == cause
            for hold in self.holds
        )


def random_state(seed_number: int) -> State:
    """Put a state together, and its rows."""
    dice = random.Random(seed_number)
    state = State(
        status=dice.choice(
            (None, "HEALTHY", "HEALTHY", "PROBATION", "SHUTDOWN", "NEW")
        ),
        enabled=dice.random() > 0.15,
        production=dice.random() > 0.2,
        attempts=dice.choice((0, 50, 207, 1000, 50_000)),
        used=dice.choice((0, 31_204, 46_000, 50_000)),
        swept_s=dice.choice((None, 5, 60, 150, 7200)),
        queued={lane: dice.choice((0, 0, 1, 3)) for lane in Lane},
    )
    state.bounces = min(state.attempts, dice.choice((0, 1, 9, 60)))
    state.complaints = min(state.attempts, dice.choice((0, 1, 2, 3, 60)))
    _store(state)
    for scope, value in dice.sample(PLACES, dice.choice((0, 0, 1, 2, 3, 5))):
        hold = _hold(scope, value, dice.choice(list(HoldCause)), dice.choice(_ENDS))
        state.holds.append(hold)
    state.events = dice.choice((None, None, "come", "silent"))
    if state.events is not None:
        _store_events(state.events)
    state.key = dice.choice((None, None, "good", "waiting", "broken"))
    if state.key is not None:
        _store_key(state.key)
    state.guard = dice.choice((None, GuardLevel.WELL, GuardLevel.WARNED))
    stopped = [hold for hold in state.holds if hold.cause == HoldCause.REPUTATION]
    if stopped:
        whole = any(hold.scope == HoldScope.ACCOUNT for hold in stopped)
        state.guard = GuardLevel.ALL_STOPPED if whole else GuardLevel.BULK_STOPPED
    if state.guard is not None:
        Reputation.objects.create(
            pace_key=seed.key(),
            level=state.guard,
            bounce_rate=0.0412,
            complaint_rate=0.0,
            sent=1000,
            judged_at=moment(now_us()),
        )
    return state


#: Nobody tries whether these are needed still.
UNPROBED = (HoldCause.OPERATOR, HoldCause.QUOTA, HoldCause.REPUTATION)
#: How long a hold of a person lasts, from now on.
_ENDS = (None, 3600.0, -1.0)


def _store_events(how: str) -> None:
    if how == "come":
        heard("news", 600)
        return
    heard("news", 3 * 3600 + 60)
    accepted(600, configuration_set="news")
    Message.objects.filter(configuration_set="news").update(state=MessageState.SENT)


def _store_key(how: str) -> None:
    key = new_key()
    looks = {
        "good": {"state": DkimState.ACTIVE, "result": KeyResult.MATCH},
        "waiting": {},
        "broken": {
            "state": DkimState.ACTIVE,
            "result": KeyResult.MISSING,
            "note": "There is no such record.",
            "bad_checks": 9,
        },
    }[how]
    signs = {"activated_at": moment(now_us()), "active_for": ""}
    signs["active_for"] = active_for(key.domain, key.use)
    values = {**signs, **looks} if looks else {"note": ""}
    DkimKey.objects.filter(pk=key.pk).update(**values)


def _store(state: State) -> None:
    seed.seed_refreshes()
    if state.status is not None:
        AccountSnapshot.objects.create(
            key=seed.key(),
            taken_at=seed.now() - timedelta(minutes=2),
            max_24h_send=50_000,
            max_send_rate=14.0,
            sent_last_24h=state.used,
            production_access=state.production,
            sending_enabled=state.enabled,
            enforcement_status=state.status,
        )
    Pace.objects.learn(
        key=seed.key(),
        max_send_rate=14.0,
        max_24h_send=50_000,
        sent_last_24h=state.used,
    )
    if state.swept_s is not None:
        swept_us = now_us() - state.swept_s * US_PER_S
        Pace.objects.filter(key=seed.key()).update(swept_at_us=swept_us)
    if state.attempts:
        StatisticPoint.objects.create(
            key=seed.key(),
            at=seed.now() - timedelta(hours=2),
            delivery_attempts=state.attempts,
            bounces=state.bounces,
            complaints=state.complaints,
            rejects=0,
        )
    for lane, number in state.queued.items():
        if number:
            put_many(number, lane=lane)


def _hold(scope: HoldScope, value: str, cause: HoldCause, ends_s: float | None) -> Hold:
    hold, _ = Hold.objects.place(
        seed.key(),
        scope=scope,
        value=value,
        cause=cause,
        detail="",
        now_us=now_us(),
        probed=cause not in UNPROBED,
    )
    if cause == HoldCause.OPERATOR:
        ends_at_us = None if ends_s is None else after_us(now_us(), ends_s)
        mine = Hold.objects.filter(pk=hold.pk)
        mine.update(placed_by="ann", ends_at_us=ends_at_us)
        hold.refresh_from_db()
    return hold
