"""What dead workers and lost answers left behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from django.db.models import F
from django.db.models.functions import Least

from seacucumber.enums import MessageState
from seacucumber.models.queue.transitions.rows import (
    HELD_BACK,
    MAX_CLAIMS,
    QUEUED_BY_ID,
    SUSPECT_CLAIMS,
    MessageRows,
)

POISON_DETAIL = (
    f"{MAX_CLAIMS} workers that took it died, the last"
    f" {MAX_CLAIMS - SUSPECT_CLAIMS} of them with no other message in hand. Their logs"
    " tell of what; it may be their memory."
)


class MovesBySweep(MessageRows):
    """Moves of messages whose lease, or whose time to wait, has run out."""

    def release_expired(
        self, pks: Sequence[int], *, now_us: int, suspect_wait_us: int = 0
    ) -> int:
        """Claimed to queued, where the lease has run out. Safe: no byte has left.

        Args:
            suspect_wait_us: How much longer one waits with each worker that has died
                of it alone. Others have their turn, and their share of what it was.
        """
        gone = self._leased(pks, MessageState.CLAIMED, now_us)
        alone = F("claims") - SUSPECT_CLAIMS
        return self._queue(gone, now_us, suspect_at_us=now_us + alone * suspect_wait_us)

    def fail_poisoned(self, pks: Sequence[int], *, now_us: int) -> set[int]:
        """Claimed or uncertain to failed: every worker that took it died, and the last
        ones had nothing else.

        Returns:
            The ids that moved.
        """
        due = self.filter(
            pk__in=pks,
            state__in=(MessageState.CLAIMED, MessageState.UNCERTAIN),
            due_at_us__lt=now_us,
            claims__gte=MAX_CLAIMS,
        )
        poisonous = set(due.values_list("pk", flat=True))
        if poisonous:
            due.filter(pk__in=poisonous).update(
                **self._end(MessageState.FAILED, "poison", POISON_DETAIL, now_us)
            )
        return poisonous

    def abandon(self, pks: Sequence[int], *, settle_at_us: int, now_us: int) -> int:
        """Sending to uncertain, where the lease has run out: the worker died.

        Its claims stay counted, as those of a worker that lives do not.
        """
        return self._leased(pks, MessageState.SENDING, now_us).update(
            state=MessageState.UNCERTAIN,
            lease_token="",
            due_at_us=settle_at_us,
            reason="worker-died",
            last_error="The worker died, or froze, while it talked to SES.",
            state_at_us=now_us,
        )

    def renew(self, pks: Sequence[int], *, until_us: int, now_us: int) -> int:
        """Claimed, sending or uncertain stays so, until another moment.

        Its own was written by a clock that has jumped since, in either direction; so
        may have been the moment since when it is as it is.
        """
        return self.filter(
            pk__in=pks,
            state__in=(
                MessageState.CLAIMED,
                MessageState.SENDING,
                MessageState.UNCERTAIN,
            ),
        ).update(due_at_us=until_us, state_at_us=Least("state_at_us", now_us))

    def hasten(self, pks: Sequence[int], *, now_us: int) -> int:
        """Queued stays queued, and waits no longer."""
        waiting = self.queued().filter(pk__in=pks)
        waiting.filter(due_at_us__isnull=False).update(due_at_us=now_us)
        return waiting.update(ready_at_us=now_us)

    def move_account(
        self, pace_key: str, mailer: str, home: str, *, now_us: int, at_most: int
    ) -> int:
        """Queued stays queued, at the pace of another account or region."""
        left_behind = self.queued().filter(pace_key=pace_key, mailer=mailer)
        pks = sorted(left_behind.values_list("pk", flat=True)[:at_most])
        moved = self.filter(QUEUED_BY_ID, pk__in=pks)
        moved.filter(HELD_BACK).update(held_back=False, ready_at_us=now_us)
        return moved.update(pace_key=home)

    def resend(
        self, pks: Sequence[int], *, now_us: int, ready_at_us: int | None = None
    ) -> int:
        """Uncertain to queued: settled as not sent, or worth sending twice.

        Args:
            ready_at_us: When it may go out; None is now.
        """
        lost = self._leased(pks, MessageState.UNCERTAIN, now_us)
        at_us = now_us if ready_at_us is None else ready_at_us
        again = {"ready_at_us": at_us, "resends": F("resends") + 1}
        return self._queue(lost, now_us, suspect_at_us=now_us, **again)

    def hold(self, pks: Sequence[int], *, now_us: int) -> int:
        """Uncertain to held: an operator decides."""
        return self._leased(pks, MessageState.UNCERTAIN, now_us).update(
            state=MessageState.HELD, due_at_us=None, state_at_us=now_us
        )

    def _leased(self, pks: Sequence[int], state: MessageState, now_us: int) -> Self:
        return self.filter(pk__in=pks, state=state, due_at_us__lt=now_us)

    @staticmethod
    def _queue(
        rows: MessageRows, now_us: int, *, suspect_at_us: Any, **values: Any
    ) -> int:
        """Queue them; suspects so that they are found as such, at a time."""
        queued = {
            "state": MessageState.QUEUED,
            "lease_token": "",
            "state_at_us": now_us,
            **values,
        }
        apart = {"due_at_us": suspect_at_us, "ready_at_us": suspect_at_us}
        moved = rows.filter(claims__gte=SUSPECT_CLAIMS).update(**{**queued, **apart})
        return moved + rows.update(**{**queued, "due_at_us": None})
