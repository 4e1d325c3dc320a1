"""What dead workers, lost wake-ups and lost answers left behind is picked up here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import connections
from django.db.models import Q

from seacucumber import conf
from seacucumber.delivery.persistence import persist
from seacucumber.delivery.uncertainty import (
    announce_proven,
    settle_by_evidence,
    settle_uncertain,
)
from seacucumber.enums import AttemptOutcome, MessageState
from seacucumber.exceptions import OutcomeUnknown
from seacucumber.models import Attempt, Hold, Message, Pace, clock

SWEEP_EVERY_US = 5 * clock.US_PER_S
SWEEP_FOR_S = 5.0
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
    paces = {pace.key: pace for pace in Pace.objects.all()}
    for key in aliases.keys() - paces.keys():
        Pace.objects.ensure(key)
        paces[key] = Pace.objects.get(key=key)
    now_us = clock.read_us(using)
    for key, pace in paces.items():
        _sweep_account(pace, using, now_us)
        if key not in aliases:
            _take_home(key, now_us)
    return [
        alias
        for key, alias in sorted(aliases.items())
        if _needs_a_deliverer(paces[key], now_us)
    ]


def _sweep_account(pace: Pace, using: str, now_us: int) -> None:
    due = Pace.objects.filter(pk=pace.pk, swept_at_us__lt=now_us - SWEEP_EVERY_US)
    if not due.update(swept_at_us=now_us):
        return
    moved = _BATCH
    while moved == _BATCH:
        moved, proven = persist(
            using, lambda: _move_overdue(pace.key, using, now_us), for_s=SWEEP_FOR_S
        )
        announce_proven(proven)
    parked = Message.objects.parked().filter(pace_key=pace.key)
    if parked.exists():
        _unpark_unheld(pace.key, now_us)


def _take_home(key: str, now_us: int) -> None:
    """Move mail whose account no mailer is configured for to its mailer's account."""
    left_behind = Message.objects.queued().filter(pace_key=key)
    for alias in set(left_behind.values_list("mailer", flat=True).distinct()):
        home = conf.get_mailer_or_default(alias).pace_key
        Message.objects.rehome(key, alias, home, now_us=now_us)


def _move_overdue(key: str, using: str, now_us: int) -> tuple[int, Proven]:
    """Move a batch of messages whose lease, or wait, is over; return how many, and
    which of them are sent.

    Those that somebody has locked are left for the next sweep: a worker that froze
    while it wrote must not stop the sweep of all others.
    """
    rows = Message.objects.overdue(key, _MOVES, now_us)
    if connections[using].features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    overdue = list(rows.values_list("pk", "state")[:_BATCH])
    proven: Proven = {}
    for state, move in _MOVES.items():
        pks = [pk for pk, found in overdue if found == state]
        if pks:
            proven.update(move(pks, now_us))
    return len(overdue), proven


def _take_back(pks: list[int], now_us: int) -> Proven:
    Message.objects.poison(pks, now_us=now_us)
    Message.objects.take_back(pks, now_us=now_us)
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
    return settle_by_evidence(pks, now_us)


def _by_mailer(pks: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    rows = Message.objects.filter(pk__in=list(pks)).values_list("mailer", "pk")
    for alias, pk in rows:
        found.setdefault(alias, []).append(pk)
    return found


def _unpark_unheld(key: str, now_us: int) -> None:
    """A hold that was deleted by hand lets its mail go, too."""
    held = Q(pk__in=())
    for hold in Hold.objects.active(key):
        held |= hold.messages()
    Message.objects.unpark(Q(pace_key=key) & ~held, now_us=now_us)


def _needs_a_deliverer(pace: Pace, now_us: int) -> bool:
    if pace.attendants(now_us):
        return False
    queued = Message.objects.filter(state=MessageState.QUEUED, pace_key=pace.key)
    if Hold.objects.filter(pace_key=pace.key, probe_at_us__lte=now_us).exists():
        return queued.exists()
    return queued.filter(ready_at_us__lte=now_us).exists()


Move = Callable[[list[int], int], Proven]
_MOVES: dict[MessageState, Move] = {
    MessageState.CLAIMED: _take_back,
    MessageState.SENDING: _abandon,
    MessageState.UNCERTAIN: settle_uncertain,
}
