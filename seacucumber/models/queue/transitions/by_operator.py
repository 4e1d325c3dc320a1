"""What people decide."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from seacucumber.enums import MessageState
from seacucumber.models.queue.body import BodyChunk
from seacucumber.models.queue.transitions.rows import MessageRows


class MovesByOperator(MessageRows):
    """Moves by hand, of whatever messages were chosen."""

    def cancel(self, *, now_us: int) -> int:
        """Take back what has not left: queued, claimed or held to cancelled."""
        return self.filter(
            state__in=(MessageState.QUEUED, MessageState.CLAIMED, MessageState.HELD)
        ).update(
            **self._end(
                MessageState.CANCELLED, "cancelled", "Cancelled by hand.", now_us
            )
        )

    def requeue(self, *, now_us: int) -> int:
        """What has not been sent to queued, with all retries, if a body is kept.

        That is what failed, is held, was cancelled, or had only suppressed recipients.
        """
        chunks = BodyChunk.objects.filter(
            Q(message=OuterRef("pk")) | Q(message=OuterRef("body_of"))
        )
        return self.filter(
            Exists(chunks),
            state__in=(
                MessageState.FAILED,
                MessageState.HELD,
                MessageState.CANCELLED,
                MessageState.SUPPRESSED,
            ),
        ).update(
            state=MessageState.QUEUED,
            lease_token="",
            due_at_us=None,
            expires_at_us=None,
            ready_at_us=now_us,
            held_back=False,
            claims=0,
            retries=0,
            resends=0,
            reason="",
            last_error="",
            state_at_us=now_us,
        )
