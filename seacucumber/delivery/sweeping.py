"""What dead workers, lost wake-ups and lost answers left behind is picked up here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import Q

from seacucumber import conf
from seacucumber.enums import AttemptOutcome, MessageState, Uncertain
from seacucumber.exceptions import OutcomeUnknown
from seacucumber.models import Attempt, Hold, Message, Pace, clock

SWEEP_EVERY_US = 5 * clock.US_PER_S
_BATCH = 500
#: After so many lost answers in a row, somebody should have a look.
MAX_RESENDS = 2

Move = Callable[[list[int], int], None]


def sweep(using: str) -> list[str]:
    """Bring back what nobody holds any more, on all accounts.

    Safe to run anywhere and as often as one likes: each account is swept by one
    caller at a time, and at most every 5 seconds.

    Returns:
        The aliases of mailers for whose account mail is ready and nobody delivers.
    """
    aliases = {conf.get_mailer(a).pace_key: a for a in conf.mailer_aliases()}
    keys = set(Pace.objects.values_list("key", flat=True)) | set(aliases)
    return [
        aliases[key]
        for key in sorted(keys)
        if _sweep_account(key, using) and key in aliases
    ]


def _sweep_account(key: str, using: str) -> bool:
    Pace.objects.ensure(key)
    now_us = clock.read_us(using)
    mine = Pace.objects.filter(key=key, swept_at_us__lt=now_us - SWEEP_EVERY_US)
    if mine.update(swept_at_us=now_us):
        _each_batch(key, MessageState.CLAIMED, _take_back, using)
        _each_batch(key, MessageState.SENDING, _abandon, using)
        _each_batch(key, MessageState.UNCERTAIN, _settle_uncertain, using)
        _unpark_unheld(key, using)
    return _needs_a_deliverer(key, using)


def _each_batch(key: str, state: MessageState, move: Move, using: str) -> None:
    """Move overdue messages in batches that lock few rows for a short time."""
    while True:
        now_us = clock.read_us(using)
        overdue = Message.objects.filter(
            pace_key=key, state=state, due_at_us__lt=now_us
        ).order_by("due_at_us")
        pks = list(overdue.values_list("pk", flat=True)[:_BATCH])
        if pks:
            move(pks, now_us)
        if len(pks) < _BATCH:
            return


def _take_back(pks: list[int], now_us: int) -> None:
    Message.objects.poison(pks, now_us=now_us)
    Message.objects.take_back(pks, now_us=now_us)


def _abandon(pks: list[int], now_us: int) -> None:
    died = OutcomeUnknown("WorkerDied", "The worker died, or froze, during the call.")
    open_attempts = Attempt.objects.filter(message__in=pks, outcome=AttemptOutcome.OPEN)
    numbers = list(open_attempts.values_list("message_id", "number"))
    for alias, mine in _by_mailer(pks).items():
        wait_s = conf.get_mailer_or_default(alias).uncertain_wait_s
        with transaction.atomic(using=Message.objects.db):
            Message.objects.abandon(
                mine, settle_at_us=clock.after_us(now_us, wait_s), now_us=now_us
            )
            Attempt.objects.ended(
                [(pk, number) for pk, number in numbers if pk in mine],
                outcome=AttemptOutcome.ABANDONED,
                error=died,
                now_us=now_us,
            )


def _settle_uncertain(pks: list[int], now_us: int) -> None:
    resend = Message.objects.filter(
        pk__in=pks, uncertain=Uncertain.RESEND, resends__lt=MAX_RESENDS
    )
    again = list(resend.values_list("pk", flat=True))
    Message.objects.resend(again, now_us=now_us)
    Message.objects.hold([pk for pk in pks if pk not in again], now_us=now_us)


def _by_mailer(pks: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    rows = Message.objects.filter(pk__in=list(pks)).values_list("mailer", "pk")
    for alias, pk in rows:
        found.setdefault(alias, []).append(pk)
    return found


def _unpark_unheld(key: str, using: str) -> None:
    """A hold that was deleted by hand lets its mail go, too."""
    holds = Hold.objects.active(key)
    held = Q(pk__in=())
    for hold in holds:
        held |= hold.messages()
    Message.objects.unpark(Q(pace_key=key) & ~held, now_us=clock.read_us(using))


def _needs_a_deliverer(key: str, using: str) -> bool:
    now_us = clock.read_us(using)
    pace = Pace.objects.get(key=key)
    if pace.attended_until_us > now_us:
        return False
    queued = Message.objects.filter(state=MessageState.QUEUED, pace_key=key)
    if Hold.objects.filter(pace_key=key, probe_at_us__lte=now_us).exists():
        return queued.exists()
    return queued.filter(ready_at_us__lte=now_us).exists()
