"""What is old goes: bodies soon, messages later, in batches that block nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connections, router, transaction
from django.db.models import Q, QuerySet

from seacucumber.conf import Retention, get_retention
from seacucumber.db import clock
from seacucumber.enums import MessageState
from seacucumber.models import (
    AccountSnapshot,
    Attempt,
    BodyChunk,
    Event,
    HostClock,
    MailMinute,
    Message,
    Pace,
    QuotaSlice,
    Recipient,
    StatisticPoint,
    Suppressed,
)
from seacucumber.models.queue.quota import DAY_US
from seacucumber.models.queue.transitions import FINAL

_BATCH = 1000
#: The quota needs one day of its counters; the rate that the dashboard draws, 90.
_QUOTA_DAYS = 92
#: The reputation guard looks back 14 days at most.
_GUARD_DAYS = 15
#: An operator may ask why mail stayed away lately.
_ENDED_DAYS = 30
_UNFINISHED = [state for state in MessageState if state not in FINAL]


def purge_expired(using: str) -> dict[str, int]:
    """Expire mail, drop bodies and delete messages whose time is over.

    Returns:
        How many of each were expired or removed.
    """
    retention = get_retention()
    return {
        "expired": _expire(using),
        "bodies": _drop_bodies(retention, using),
        "messages": purge(retention.messages_s),
        "quota_slices": _forget_quota(using),
        "suppressed": _forget_suppressed(using),
        "events": _forget_events(retention.events_s),
        "host_clocks": HostClock.objects.forget(clock.read_us(using)),
        "figures": _forget_figures(retention.figures_s, using),
    }


def purge(older_than_s: float | None) -> int:
    """Delete messages that ended, and are older than this, with all that is theirs.

    Args:
        older_than_s: Age in seconds; None deletes nothing.
    """
    if older_than_s is None:
        return 0
    before = _ago(older_than_s)
    in_use = Message.objects.filter(body_of__isnull=False).values("body_of")
    old = (
        Message.objects.filter(created_at__lt=before, state__in=FINAL)
        .exclude(pk__in=in_use)
        .order_by("id")
    )
    removed = 0
    # Twice: the owner of a shared body goes after the messages that share it.
    for _ in range(2):
        while pks := list(old.values_list("pk", flat=True)[:_BATCH]):
            _delete(pks)
            removed += len(pks)
    return removed


def _ago(seconds: float) -> datetime:
    """Return a moment of the past by the database's clock, as date columns take it."""
    now_us = clock.read_us(router.db_for_write(Message))
    return clock.moment(clock.after_us(now_us, -seconds))


def _delete(pks: list[int]) -> None:
    rows = Message.objects.filter(pk__in=pks)
    using = router.db_for_write(Message)
    with transaction.atomic(using=using):
        if connections[using].features.has_select_for_update:
            # An event that comes now waits, and finds no message then. SQLite locks
            # all with the first row that goes, and must not have read before.
            locked = rows.using(using).order_by("pk").select_for_update()
            list(locked.values_list("pk", flat=True))
        for model in (Recipient, Attempt, BodyChunk, Event):
            theirs: QuerySet[Any] = model.objects.filter(message_id__in=pks)
            theirs._raw_delete(using)
        rows._raw_delete(using)


def _expire(using: str) -> int:
    now_us = clock.read_us(using)
    late = Message.objects.filter(
        state=MessageState.QUEUED, expires_at_us__lt=now_us
    ).order_by("expires_at_us")
    expired = 0
    while pks := list(late.values_list("pk", flat=True)[:_BATCH]):
        changed = Message.objects.expire(pks, now_us=now_us)
        expired += changed
        if not changed:
            break
    return expired


def _drop_bodies(retention: Retention, using: str) -> int:
    now_us = clock.read_us(using)
    dropped = 0
    for keep_s, states in (
        (retention.bodies_s, [MessageState.SENT]),
        (retention.failed_bodies_s, [s for s in FINAL if s is not MessageState.SENT]),
    ):
        if keep_s is not None:
            before_us = clock.after_us(now_us, -keep_s)
            chunks = BodyChunk.objects.filter(
                message__state__in=states, message__state_at_us__lte=before_us
            )
            dropped += _drop(chunks.exclude(message__in=_needed(retention, now_us)))
    return dropped


def _needed(retention: Retention, now_us: int) -> QuerySet[Message, int | None]:
    """Return the owners of bodies that another part of the same mail may still need."""
    parts = Message.objects.filter(body_of__isnull=False)
    failed = Q(state__in=[MessageState.FAILED, MessageState.SUPPRESSED])
    if retention.failed_bodies_s is not None:
        before_us = clock.after_us(now_us, -retention.failed_bodies_s)
        failed &= Q(state_at_us__gt=before_us)
    wanted = parts.filter(Q(state__in=_UNFINISHED) | failed)
    return wanted.values_list("body_of", flat=True)


def _drop(chunks: QuerySet[BodyChunk]) -> int:
    free = chunks.order_by("message_id").values_list("message_id", flat=True)
    dropped = 0
    while pks := set(free[:_BATCH]):
        BodyChunk.objects.drop(pks)
        dropped += len(pks)
    return dropped


def _forget_quota(using: str) -> int:
    before_us = clock.read_us(using) - _QUOTA_DAYS * DAY_US
    removed, _ = QuotaSlice.objects.filter(start_us__lt=before_us).delete()
    minutes_us = clock.read_us(using) - _GUARD_DAYS * DAY_US
    MailMinute.objects.filter(start_us__lt=minutes_us).delete()
    return removed


def _forget_suppressed(using: str) -> int:
    before_us = clock.read_us(using) - _ENDED_DAYS * DAY_US
    return Suppressed.objects.forget_ended(clock.moment(before_us))


def _forget_events(older_than_s: float | None) -> int:
    if older_than_s is None:
        return 0
    before = _ago(older_than_s)
    removed = 0
    # In the order of their ids, which is that of time: the oldest stand in front.
    while pks := _oldest_events(before):
        rows = Event.objects.filter(pk__in=pks)
        removed += rows._raw_delete(rows.db)
    return removed


def _oldest_events(before: datetime) -> list[int]:
    first = Event.objects.order_by("pk").values_list("pk", "received_at")[:_BATCH]
    return [pk for pk, received_at in first if received_at < before]


def _forget_figures(older_than_s: float | None, using: str) -> int:
    if older_than_s is None:
        return 0
    before = clock.moment(clock.after_us(clock.read_us(using), -older_than_s))
    removed = 0
    # Account by account, as the indexes have them.
    for key in Pace.objects.values_list("key", flat=True):
        snapshots = AccountSnapshot.objects.filter(key=key, taken_at__lt=before)
        points = StatisticPoint.objects.filter(key=key, at__lt=before)
        removed += _delete_all(snapshots) + _delete_all(points)
    return removed


def _delete_all(
    rows: QuerySet[AccountSnapshot] | QuerySet[StatisticPoint],
) -> int:
    removed = 0
    while pks := list(rows.values_list("pk", flat=True)[:_BATCH]):
        count, _ = rows.filter(pk__in=pks).delete()
        removed += count
    return removed
