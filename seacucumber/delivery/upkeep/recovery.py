"""What dead workers, lost wake-ups and lost answers left behind is picked up here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.db import connections

from seacucumber import conf
from seacucumber.db import clock
from seacucumber.db.retry import failed_within, persist
from seacucumber.delivery.claims.suspects import SUSPECT_WAIT_S, fail_poisonous
from seacucumber.delivery.holds import host_clock
from seacucumber.delivery.holds.lifecycle import (
    UNPARKED_AT_ONCE,
    lift_those_over,
    unpark_unheld,
)
from seacucumber.delivery.outcomes.lost_answers import (
    announce_proven,
    resolve_from_events,
    settle_uncertain,
)
from seacucumber.delivery.upkeep.clock_jumps import bring_near, longest_lease_s
from seacucumber.enums import AttemptOutcome, HoldCause, MessageState
from seacucumber.exceptions import OutcomeUnknown
from seacucumber.models import Attempt, Hold, Message, Pace
from seacucumber.models.queue.transitions import NOT_HELD_BACK, MessageQuerySet

logger = logging.getLogger("seacucumber")

SWEEP_EVERY_US = 5 * clock.US_PER_S
SWEEP_FOR_S = 5.0
#: An account that nobody has swept for so long: its database was away, or all workers.
GAP_US = 30 * clock.US_PER_S
_BATCH = 500

#: SES's message id by message id, of messages that an event has proven to be sent.
Proven = dict[int, str]


def sweep(using: str) -> list[str]:
    """Bring back what nobody holds any more, on all accounts.

    Safe to run anywhere and as often as one likes: each account is swept by one
    caller at a time, and at most every 5 seconds.

    Returns:
        The aliases of mailers for whose account mail is ready and nobody delivers.
    """
    aliases = {conf.get_mailer(a).pace_key: a for a in conf.mailer_aliases()}
    paces = persist(using, lambda: _paces(aliases.keys()), for_s=SWEEP_FOR_S)
    host_clock.note(using)
    now_us = clock.read_us(using)
    for key, pace in paces.items():
        _sweep_account(pace, using, now_us)
        if key not in aliases:
            _take_home(key, now_us)
    return [
        alias
        for key, alias in sorted(aliases.items())
        if needs_a_deliverer(paces[key], now_us)
    ]


def _paces(keys: Iterable[str]) -> dict[str, Pace]:
    found = {pace.key: pace for pace in Pace.objects.all()}
    for key in set(keys) - found.keys():
        Pace.objects.ensure(key)
        found[key] = Pace.objects.get(key=key)
    return found


def _sweep_account(pace: Pace, using: str, now_us: int) -> None:
    if not persist(using, lambda: _begin(pace, using, now_us), for_s=SWEEP_FOR_S):
        return
    if persist(using, lambda: bring_near(pace.key, now_us), for_s=SWEEP_FOR_S):
        logger.warning(
            "The database's clock was set back: mail of %s waited for moments that are"
            " too far ahead now. It goes on.",
            pace.key,
        )
    moved = _BATCH
    while moved == _BATCH:
        moved, proven = persist(
            using, lambda: _move_overdue(pace.key, using, now_us), for_s=SWEEP_FOR_S
        )
        announce_proven(proven)
    persist(using, lambda: lift_those_over(pace.key, now_us), for_s=SWEEP_FOR_S)
    parked = Message.objects.parked().filter(pace_key=pace.key)
    if parked.exists():
        while unpark_unheld(pace.key, now_us) >= UNPARKED_AT_ONCE:
            pass


def _begin(pace: Pace, using: str, now_us: int) -> bool:
    """Return whether the account is due, and is swept by us.

    Where the database was away, those who deliver could not write down what SES has
    answered. They do so within seconds of its return, and whatever they may still
    know of waits for them: it is not sent again before its time to wait has passed
    once more. The same where its clock has jumped ahead, which looks alike.
    """
    due = clock.due(
        "swept_at_us",
        now_us - SWEEP_EVERY_US,
        longest_s=2 * SWEEP_EVERY_US / clock.US_PER_S,
    )
    if not Pace.objects.filter(due, pk=pace.pk).update(swept_at_us=now_us):
        return False
    was_away = failed_within(using, GAP_US / clock.US_PER_S)
    if was_away or 0 < pace.swept_at_us < now_us - GAP_US:
        _wait_once_more(pace.key, using, now_us, again=was_away)
    return True


def _wait_once_more(key: str, using: str, now_us: int, *, again: bool) -> None:
    """Let what is uncertain, or is being sent, wait for its answers anew.

    Args:
        again: Also what has waited longer than once. That is only where a failure was
            seen here: where sweeps are rare each of them finds a gap.
    """
    states = [MessageState.UNCERTAIN, MessageState.SENDING]
    overdue = Message.objects.overdue(key, states, now_us)
    rows = _unlocked(overdue, using).values_list(
        "pk", "state", "mailer", "due_at_us", "state_at_us"
    )
    waits: dict[int, list[int]] = {}
    for pk, state, alias, due_at_us, since_us in rows:
        mailer = conf.get_mailer_or_default(alias)
        wait_s = longest_s = mailer.uncertain_wait_s
        if state == MessageState.SENDING:
            wait_s, longest_s = mailer.lease_s, longest_lease_s(mailer)
        if again or due_at_us <= clock.after_us(since_us, longest_s):
            waits.setdefault(clock.after_us(now_us, wait_s), []).append(pk)
    for until_us, pks in waits.items():
        for start in range(0, len(pks), _BATCH):
            batch = pks[start : start + _BATCH]
            Message.objects.renew(batch, until_us=until_us, now_us=now_us)


def _unlocked(rows: MessageQuerySet, using: str) -> MessageQuerySet:
    """Leave out what somebody has locked: a worker that froze while it wrote must not
    stop the sweep of all others.
    """
    if connections[using].features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True)
    return rows


def _take_home(key: str, now_us: int) -> None:
    """Move mail whose account no mailer is configured for to its mailer's account."""
    left_behind = Message.objects.queued().filter(pace_key=key)
    for alias in set(left_behind.values_list("mailer", flat=True).distinct()):
        home = conf.get_mailer_or_default(alias).pace_key
        moved = _BATCH
        while moved == _BATCH:
            moved = Message.objects.move_account(
                key, alias, home, now_us=now_us, at_most=_BATCH
            )


def _move_overdue(key: str, using: str, now_us: int) -> tuple[int, Proven]:
    """Move a batch of messages whose lease, or wait, is over; return how many, and
    which of them are sent.
    """
    rows = _unlocked(Message.objects.overdue(key, _MOVES, now_us), using)
    overdue = list(rows.values_list("pk", "state")[:_BATCH])
    proven: Proven = {}
    for state, move in _MOVES.items():
        pks = [pk for pk, found in overdue if found == state]
        if pks:
            proven.update(move(pks, now_us))
    return len(overdue), proven


def _release_expired(pks: list[int], now_us: int) -> Proven:
    fail_poisonous(pks, now_us)
    Message.objects.release_expired(
        pks, now_us=now_us, suspect_wait_us=int(SUSPECT_WAIT_S * clock.US_PER_S)
    )
    Hold.objects.give_back_turns(pks, now_us=now_us)
    return {}


def _abandon(pks: list[int], now_us: int) -> Proven:
    died = OutcomeUnknown("WorkerDied", "The worker died, or froze, during the call.")
    open_attempts = Attempt.objects.filter(message__in=pks, outcome=AttemptOutcome.OPEN)
    numbers = list(open_attempts.values_list("message_id", "number"))
    for alias, mine in _by_mailer(pks).items():
        wait_s = conf.get_mailer_or_default(alias).uncertain_wait_s
        Message.objects.abandon(
            mine, settle_at_us=clock.after_us(now_us, wait_s), now_us=now_us
        )
        Attempt.objects.ended(
            [(pk, number) for pk, number in numbers if pk in mine],
            outcome=AttemptOutcome.ABANDONED,
            error=died,
            now_us=now_us,
        )
    # It may have come while the message was still being sent.
    return resolve_from_events(pks, now_us)


def _by_mailer(pks: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    rows = Message.objects.filter(pk__in=list(pks)).values_list("mailer", "pk")
    for alias, pk in rows:
        found.setdefault(alias, []).append(pk)
    return found


def needs_a_deliverer(pace: Pace, now_us: int) -> bool:
    """Tell whether mail of an account is ready, and nobody delivers it."""
    if pace.attendants(now_us):
        return False
    queued = Message.objects.filter(state=MessageState.QUEUED, pace_key=pace.key)
    # A host whose clock is right again asks SES, and has the hold probed at once.
    skewed = Hold.objects.filter(pace_key=pace.key, cause=HoldCause.CLOCK_SKEW)
    if Hold.objects.due(pace.key, now_us).exists() or skewed.exists():
        return queued.exists()
    return queued.filter(NOT_HELD_BACK, ready_at_us__lte=now_us).exists()


Move = Callable[[list[int], int], Proven]
_MOVES: dict[MessageState, Move] = {
    MessageState.CLAIMED: _release_expired,
    MessageState.SENDING: _abandon,
    MessageState.UNCERTAIN: settle_uncertain,
}
