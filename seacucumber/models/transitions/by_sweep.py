"""What dead workers and lost answers left behind (T8 to T11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from django.db.models import F

from seacucumber.enums import MessageState
from seacucumber.models.transitions.rows import MAX_CLAIMS, PARKED_US, MessageRows


class MovesBySweep(MessageRows):
    """Moves of messages whose lease, or whose time to wait, has run out."""

    def take_back(self, pks: Sequence[int], *, now_us: int) -> int:
        """Claimed to queued, where the lease has run out. Safe: no byte has left."""
        return self._leased(pks, MessageState.CLAIMED, now_us).update(
            state=MessageState.QUEUED,
            lease_token="",
            due_at_us=None,
            state_at_us=now_us,
        )

    def poison(self, pks: Sequence[int], *, now_us: int) -> int:
        """Claimed to failed: every worker that took it died."""
        return (
            self._leased(pks, MessageState.CLAIMED, now_us)
            .filter(claims__gte=MAX_CLAIMS)
            .update(
                **self._end(
                    MessageState.FAILED,
                    "poison",
                    f"{MAX_CLAIMS} workers took it and none began to send it.",
                    now_us,
                )
            )
        )

    def abandon(self, pks: Sequence[int], *, settle_at_us: int, now_us: int) -> int:
        """Sending to uncertain, where the lease has run out: the worker died."""
        return self._leased(pks, MessageState.SENDING, now_us).update(
            state=MessageState.UNCERTAIN,
            lease_token="",
            due_at_us=settle_at_us,
            reason="worker-died",
            last_error="The worker died, or froze, while it talked to SES.",
            state_at_us=now_us,
        )

    def rehome(self, pace_key: str, mailer: str, home: str, *, now_us: int) -> int:
        """Queued stays queued, at the pace of another account or region."""
        moved = self.queued().filter(pace_key=pace_key, mailer=mailer)
        unparked = moved.filter(ready_at_us=PARKED_US)
        unparked.update(ready_at_us=now_us)
        return moved.update(pace_key=home)

    def resend(self, pks: Sequence[int], *, now_us: int) -> int:
        """Uncertain to queued: settled as not sent, or worth sending twice."""
        return self._leased(pks, MessageState.UNCERTAIN, now_us).update(
            state=MessageState.QUEUED,
            due_at_us=None,
            ready_at_us=now_us,
            resends=F("resends") + 1,
            claims=0,
            state_at_us=now_us,
        )

    def hold(self, pks: Sequence[int], *, now_us: int) -> int:
        """Uncertain to held: an operator decides."""
        return self._leased(pks, MessageState.UNCERTAIN, now_us).update(
            state=MessageState.HELD, due_at_us=None, state_at_us=now_us
        )

    def _leased(self, pks: Sequence[int], state: MessageState, now_us: int) -> Self:
        return self.filter(pk__in=pks, state=state, due_at_us__lt=now_us)
