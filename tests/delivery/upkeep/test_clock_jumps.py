"""The database's clock jumps, either way: nothing waits for it, nothing goes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from seacucumber import delivery
from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.deliverer import Deliverer
from seacucumber.enums import HoldCause, HoldScope, MessageState
from seacucumber.models import Hold, Message, Pace
from seacucumber.testing import LocalSES
from tests.queue import fresh, now_us, put, state

pytestmark = pytest.mark.django_db

HOURS_S = 7200.0
Jump = Callable[[float], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jump]:
    """Set the database's clock by so many seconds from what it is."""
    ask, ahead_us = clock._ask, 0

    def jump(seconds: float) -> None:
        nonlocal ahead_us
        ahead_us += int(seconds * US_PER_S)
        clock.read_us("default")

    with monkeypatch.context() as moved:
        moved.setattr(clock, "_ask", lambda connection: ask(connection) + ahead_us)
        # What was read of the moved clock says nothing to the tests that follow.
        moved.setattr(clock, "_offsets", {})
        yield jump


def sweep() -> list[str]:
    """Sweep now, as beat does ten seconds after the last time."""
    now = clock.read_us("default")
    swept_us = Pace.objects.get().swept_at_us if Pace.objects.exists() else 0
    if 0 <= now - swept_us < 10 * US_PER_S:
        Pace.objects.update(swept_at_us=now - 10 * US_PER_S)
    return delivery.sweep("default")


def lease(message: Message, into: MessageState) -> None:
    now = now_us()
    Message.objects.filter(pk=message.pk).update(
        state=into,
        lease_token="t" * 32 if into != MessageState.UNCERTAIN else "",
        due_at_us=clock.after_us(now, get_mailer().lease_s),
        attempts=1,
        claims=1,
        state_at_us=now,
    )


@pytest.mark.parametrize("back_s", [-300.0, -HOURS_S, -400 * 86400.0])
def test_mail_that_was_queued_while_the_clock_was_ahead_leaves(
    back_s: float, ses: LocalSES, jump: Jump
) -> None:
    jump(-back_s)
    message = put()
    sweep()
    jump(back_s)

    assert sweep() == ["default"]

    delivery.drain("default")
    assert state(message) == MessageState.SENT
    assert len(ses.inbox) == 1


@pytest.mark.parametrize(
    "leased", [MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN]
)
def test_a_clock_that_is_set_back_gives_a_lease_one_more_term(
    leased: MessageState, jump: Jump
) -> None:
    """Somebody may still be at it, so it is not over; but nobody waits for hours."""
    message = put()
    sweep()
    lease(message, leased)

    jump(-HOURS_S)
    sweep()

    assert state(message) == leased
    left_us = (fresh(message).due_at_us or 0) - now_us()
    assert 0 < left_us <= 121 * US_PER_S
    assert fresh(message).state_at_us <= now_us()


@pytest.mark.parametrize("leased", [MessageState.SENDING, MessageState.UNCERTAIN])
def test_a_clock_that_jumps_ahead_ends_no_call_that_is_under_way(
    leased: MessageState, jump: Jump
) -> None:
    """It would go out again while its answer, or its event, is on its way."""
    message = put()
    sweep()
    lease(message, leased)

    jump(HOURS_S)
    sweep()
    assert state(message) == leased
    jump(-HOURS_S)
    sweep()
    assert state(message) == leased

    Message.objects.update(due_at_us=now_us() - 1)
    sweep()
    assert state(message) != leased


def test_sweeps_go_on_though_the_last_was_in_the_future(jump: Jump) -> None:
    jump(HOURS_S)
    put()
    sweep()
    jump(-HOURS_S)

    assert sweep() == ["default"]
    assert Pace.objects.get().swept_at_us <= now_us()


def test_dead_deliverers_and_lingering_are_forgotten_with_the_jump(jump: Jump) -> None:
    jump(HOURS_S)
    dead = Deliverer(get_mailer(), "default")
    assert dead.claimer.join()
    jump(-HOURS_S)

    pace = Pace.objects.get()
    assert pace.attendants(now_us()) == {}
    assert pace.may_leave(now_us())
    assert Deliverer(get_mailer(), "default").claimer.join()


def test_the_schedule_goes_on_though_its_next_slot_lies_hours_ahead(
    ses: LocalSES, jump: Jump
) -> None:
    Pace.objects.ensure(get_mailer().pace_key)
    ahead_us = now_us() + 7200 * US_PER_S
    Pace.objects.update(
        next_slot_us=ahead_us, factor=0.1, factor_at_us=ahead_us, unanswered_at_us=1
    )
    pace = Pace.objects.get()

    slot_us = pace.schedule(get_mailer(), now_us()).first_slot_us(now_us())
    pace.forget_future(now_us())

    assert slot_us <= now_us() + 2 * US_PER_S
    assert pace.factor_at_us <= now_us()
    assert pace.unanswered_at_us == 1


def test_a_slow_schedule_keeps_its_slot(settings: object) -> None:
    """Fifty recipients at a hundred an hour take half an hour: that is no jump."""
    settings.CUCUMBER_RATE_LIMIT = "100/h"  # type: ignore[attr-defined]
    get_mailer.cache_clear()
    next_us = now_us() + 1800 * US_PER_S

    schedule = Pace(next_slot_us=next_us).schedule(get_mailer(), now_us())

    assert schedule.next_slot_us == next_us


def test_a_hold_is_probed_though_its_probe_lies_hours_ahead(jump: Jump) -> None:
    put()
    jump(HOURS_S)
    hold, _ = Hold.objects.place(
        get_mailer().pace_key,
        scope=HoldScope.ACCOUNT,
        value="",
        cause=HoldCause.ACCOUNT_PAUSED,
        detail="",
        now_us=now_us(),
    )
    assert not hold.is_due(now_us())
    jump(-HOURS_S)

    assert hold.is_due(now_us())
    assert sweep() == ["default"]


@pytest.mark.parametrize("by_s", [-HOURS_S, HOURS_S])
def test_what_a_deliverer_has_in_hand_leaves_when_it_would_have(
    by_s: float, ses: LocalSES, jump: Jump
) -> None:
    """A live one slept until the clock was there again, or gave up calls under way."""
    message = put()
    deliverer = Deliverer(get_mailer(), "default")
    deliverer.claimer.join()
    claim = deliverer.claimer.claim(5)
    deliverer.in_flight.follow_clock()
    deliverer.in_flight.claimed = claim.messages
    [outgoing] = claim.messages
    before_us = outgoing.slot_us - now_us()

    jump(by_s)
    deliverer.in_flight.follow_clock()

    assert abs(outgoing.slot_us - now_us() - before_us) < US_PER_S
    assert state(message) == MessageState.CLAIMED
