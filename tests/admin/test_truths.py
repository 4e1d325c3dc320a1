"""What the pages say of an account in any state is true, sentence by sentence.

A state is put together at random, by a seed. What is true of it is known from its
rows, by code that shares nothing with the pages'. Each sentence has a pattern and a
condition; one that no pattern covers fails, as one does whose condition does not hold.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models import AccountSnapshot, Hold, Pace, StatisticPoint
from seacucumber.models.clock import US_PER_S
from tests.admin import seed
from tests.queueing import now_us, put_many

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("backend", "wakeups"),
]

#: In ``make test``; ``make services`` looks at 200.
STATES = int(os.environ.get("SEACUCUMBER_TEST_STATES", "40"))
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
        )

    def rate(self, count: int) -> float:
        return count / self.attempts if self.attempts >= 100 else 0.0

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
        state.holds.append(_hold(scope, value, dice.choice(list(HoldCause))))
    return state


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


def _hold(scope: HoldScope, value: str, cause: HoldCause) -> Hold:
    hold, _ = Hold.objects.place(
        seed.key(),
        scope=scope,
        value=value,
        cause=cause,
        detail="",
        now_us=now_us(),
        probed=False,
    )
    if cause == HoldCause.OPERATOR:
        Hold.objects.filter(pk=hold.pk).update(placed_by="ann")
    return hold


Condition = Callable[[State, "re.Match[str]"], bool]
_NO_CLAIM: Condition = lambda state, match: True  # noqa: E731 - a name for it

#: What a sentence claims, and when that is true. Advice claims nothing.
CLAIMS: tuple[tuple[str, Condition], ...] = (
    (r"AWS has paused sending for this account", lambda s, m: s.status == "SHUTDOWN"),
    (r"Mail is kept and nothing is lost", lambda s, m: not s.may_send),
    (r"Sending is switched off for this SES account", lambda s, m: not s.enabled),
    (r"AWS reviews this account", lambda s, m: s.status == "PROBATION"),
    (r"AWS may pause it: .*", lambda s, m: s.status == "PROBATION"),
    (r"SES calls the state of this account (\w+)", lambda s, m: s.status == m[1]),
    (r"This version does not know the word", lambda s, m: s.status == "NEW"),
    (r"The account is in the sandbox", lambda s, m: not s.production),
    (r"Only verified recipients get mail", lambda s, m: not s.production),
    (r"It is kept and nothing is lost", lambda s, m: bool(s.holds)),
    (
        r"It is kept and nothing is lost; this hold stops no other mail",
        lambda s, m: bool(s.holds) and not s.stops_all,
    ),
    (r"(.*) waits: (.*)", lambda s, m: s.has(m[1], m[2])),
    (r"(.*) is stopped by ann", lambda s, m: s.has(m[1], "stopped by an operator")),
    (
        r"([\d,]+) of ([\d,]+) recipients of the last 24 hours (bounced|complained)"
        r" \(([\d.]+)%\)",
        lambda s, m: _is_rate(s, m[1], m[2], m[3], m[4]),
    ),
    (r"AWS reviews an account at (5\.0%, .* 10\.0%|0\.1%, .* 0\.5%)", _NO_CLAIM),
    (r"(\d+)% of the 24 hour quota is used", lambda s, m: int(m[1]) == s.used // 500),
    (r"When only the reserve is left, .*", lambda s, m: s.used >= 45_000),
    (
        r"The queue was last swept (2 minutes|2 hours) ago",
        lambda s, m: {"2 minutes": 150, "2 hours": 7200}[m[1]] == s.swept_s,
    ),
    (r"Retries, and what dead workers .*", lambda s, m: (s.swept_s or 0) > 120),
    (r"All is well", lambda s, m: not s.needs_somebody),
    (r"Nothing needs you", lambda s, m: not s.needs_somebody),
    (
        r"No mail waits; up to 13\.93 recipients a second may leave",
        lambda s, m: not sum(s.queued.values()) and not s.stops_all,
    ),
    (
        r"(\d+) on their way; up to 13\.93 recipients a second may leave",
        lambda s, m: int(m[1]) == sum(s.queued.values()) and not s.holds,
    ),
    (r"No figures yet", lambda s, m: s.status is None),
    (r"SES has not been asked about this account", lambda s, m: s.status is None),
    # The page that resumes, and the queue's command.
    (r"Stands still: (.*) \((.*)\)", lambda s, m: s.has(m[1], m[2])),
    (r"People have not placed this hold", lambda s, m: bool(s.holds)),
    (
        r"The mail that waited leaves at the account's pace",
        lambda s, m: len(s.holds) == 1,
    ),
    (
        r"It goes on waiting: (.*) is stopped as well \((.*)\)",
        lambda s, m: len(s.holds) > 1 and s.has(m[1], m[2]),
    ),
    (
        r"Of the mail that waited, what no other hold stops leaves",
        lambda s, m: len(s.holds) > 1 and not _others_stop_all(s),
    ),
    (r"None", lambda s, m: not s.holds),
    (
        r"(\w[\w ]*?)(?: (\S+))?: (.*), since [\d-]+ [\d:]+",
        lambda s, m: any(HoldCause(h.cause).label == m[3] for h in s.holds),
    ),
    (r"Queued: (.*)", lambda s, m: _counts(m[1]) == _queued(s)),
    (r"(Claimed|Sending|Uncertain|Held|Failed): 0", _NO_CLAIM),
    (r"Oldest \w+ waits for \d+ s", lambda s, m: bool(sum(s.queued.values()))),
    (r"--- (Queue|Holds) ---", _NO_CLAIM),
    # What to do claims nothing.
    (
        r"(Answer|Allow|Ask|Check|Create|Enable|Find|If|In the|It goes on by|Look"
        r"|Publish"
        r"|Refresh|Restart|Resume|See|Set|Start|Stop|Switch|Verify|run|Nothing is to be"
        r"|It is asked|Sending goes on)\b.*",
        _NO_CLAIM,
    ),
)


def _is_rate(state: State, count: str, of: str, what: str, percent: str) -> bool:
    counted = state.bounces if what == "bounced" else state.complaints
    numbers = int(count.replace(",", "")), int(of.replace(",", ""))
    share = f"{100 * counted / state.attempts:.2f}"
    return numbers == (counted, state.attempts) and percent == share


def _others_stop_all(state: State) -> bool:
    """Tell whether all others than the first still stop everything."""
    return State(holds=state.holds[1:]).stops_all


def _counts(words: str) -> dict[str, int]:
    return {lane: int(number) for number, lane in re.findall(r"(\d+) (\w+)", words)}


def _queued(state: State) -> dict[str, int]:
    return {lane.name.lower(): n for lane, n in state.queued.items() if n}


class _Reader(HTMLParser):
    """Reads what needs somebody, and what stands still, as people do."""

    _BLOCKS = frozenset({"p", "li", "strong", "div", "a"})

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._depth = 0
        self._link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        classes = (names.get("class") or "").split()
        if self._depth:
            self._depth += tag in ("div", "ul", "section")
        elif "cu-notice" in classes or "cu-findings" in classes:
            self._depth = 1
        self._link = self._link or tag == "a"
        if tag in self._BLOCKS:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._depth and tag in ("div", "ul", "section"):
            self._depth -= 1
        self._link = self._link and tag != "a"
        if tag in self._BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self._depth and not self._link and self.blocks:
            self.blocks[-1] += data


def sentences(html: str) -> list[str]:
    """Return the sentences of a page's notices."""
    reader = _Reader()
    reader.feed(html)
    text = [" ".join(block.split()) for block in reader.blocks]
    return [
        each.rstrip(".")
        for block in text
        for each in re.split(r"(?<=[.?!])\s+(?=[A-Z\d])", block)
        if each.strip(". ")
    ]


def wrong(state: State, said: list[str]) -> list[str]:
    """Return the sentences that are false, or that nothing here can judge."""
    found = []
    for sentence in said:
        judged = [
            condition(state, match)
            for pattern, condition in CLAIMS
            if (match := re.fullmatch(pattern, sentence))
        ]
        if not judged:
            found.append(f"nobody can judge: {sentence}")
        elif not any(judged):
            found.append(f"false: {sentence}")
    return found


@pytest.mark.parametrize("number", range(STATES))
def test_no_sentence_on_the_pages_is_false(number: int, admin_client: Client) -> None:
    state = random_state(number)
    pages = [reverse("admin:seacucumber_dashboard_changelist")]
    if state.holds:
        first = state.holds[0].pk
        pages.append(reverse("admin:seacucumber_hold_resume", args=[first]))
    said = [
        sentence
        for page in pages
        for sentence in sentences(admin_client.get(page).content.decode())
    ]
    assert said
    shown = StringIO()
    call_command("ses_queue", "show", stdout=shown)
    lines = [line.strip().rstrip(".") for line in shown.getvalue().splitlines()]
    said += [line for line in lines if line]
    assert wrong(state, said) == [], state


def test_the_checker_finds_what_is_false_and_what_it_does_not_know() -> None:
    """Bulk stopped, then everything stopped."""
    state = State(
        holds=[
            Hold(scope=HoldScope.LANE, value="bulk", cause=HoldCause.OPERATOR),
            Hold(scope=HoldScope.ACCOUNT, value="", cause=HoldCause.OPERATOR),
        ]
    )
    said = "It is kept and nothing is lost; this hold stops no other mail"
    assert wrong(state, [said]) == [f"false: {said}"]
    assert wrong(state, ["All is well"]) == ["false: All is well"]
    assert wrong(state, ["Mail flies"]) == ["nobody can judge: Mail flies"]
