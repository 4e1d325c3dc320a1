"""What is old goes: bodies soon, messages later, in batches that block nobody."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from seacucumber.conf import get_retention
from seacucumber.enums import MessageState
from seacucumber.models import (
    Attempt,
    BodyChunk,
    Message,
    QuotaSlice,
    Recipient,
    clock,
)
from seacucumber.models.quota import DAY_US
from seacucumber.models.transitions import FINAL

_BATCH = 1000
_UNFINISHED = [state for state in MessageState if state not in FINAL]


def keep_house(using: str) -> dict[str, int]:
    """Expire mail, drop bodies and delete messages whose time is over.

    Returns:
        How many of each were expired or removed.
    """
    retention = get_retention()
    return {
        "expired": _expire(using),
        "bodies": _drop_sent_bodies(retention.bodies_s, using)
        + _drop_failed_bodies(retention.failed_bodies_s, using),
        "messages": purge(retention.messages_s),
        "quota_slices": _forget_quota(using),
    }


def purge(older_than_s: float | None) -> int:
    """Delete messages that ended, and are older than this, with all that is theirs.

    Args:
        older_than_s: Age in seconds; None deletes nothing.
    """
    if older_than_s is None:
        return 0
    before = timezone.now() - timedelta(seconds=older_than_s)
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


def _delete(pks: list[int]) -> None:
    for model in (Recipient, Attempt, BodyChunk):
        rows = model.objects.filter(message_id__in=pks)
        rows._raw_delete(rows.db)
    rows = Message.objects.filter(pk__in=pks)
    rows._raw_delete(rows.db)


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


def _drop_sent_bodies(keep_s: float | None, using: str) -> int:
    if keep_s is None:
        return 0
    before_us = clock.after_us(clock.read_us(using), -keep_s)
    done = Q(message__state=MessageState.SENT, message__state_at_us__lte=before_us)
    return _drop(BodyChunk.objects.filter(done))


def _drop_failed_bodies(keep_s: float | None, using: str) -> int:
    if keep_s is None:
        return 0
    before_us = clock.after_us(clock.read_us(using), -keep_s)
    ended = [state for state in FINAL if state is not MessageState.SENT]
    done = Q(message__state__in=ended, message__state_at_us__lte=before_us)
    return _drop(BodyChunk.objects.filter(done))


def _drop(chunks: QuerySet[BodyChunk]) -> int:
    """Drop bodies that no unfinished part of the same mail needs."""
    needed = Message.objects.filter(
        body_of__isnull=False, state__in=_UNFINISHED
    ).values("body_of")
    free = chunks.exclude(message__in=needed).order_by("message_id")
    dropped = 0
    while pks := list(free.values_list("message_id", flat=True)[:_BATCH]):
        BodyChunk.objects.drop(set(pks))
        dropped += len(set(pks))
    return dropped


def _forget_quota(using: str) -> int:
    before_us = clock.read_us(using) - 2 * DAY_US
    removed, _ = QuotaSlice.objects.filter(start_us__lt=before_us).delete()
    return removed
