"""What SES's events prove."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from seacucumber.enums import MessageState
from seacucumber.models.queue.transitions.rows import MessageRows

#: Where an event that says "SES has it" finds a message whose answer was lost. Not
#: `MessageState.SENDING`: whoever sends it has the word, and looks for the evidence
#: when the answer is lost.
_PROVABLE = (
    MessageState.QUEUED,
    MessageState.CLAIMED,
    MessageState.UNCERTAIN,
    MessageState.FAILED,
    MessageState.CANCELLED,
    MessageState.HELD,
    MessageState.SUPPRESSED,
)


class MovesByEvent(MessageRows):
    """Moves of messages of which SES has told that it accepted them."""

    def prove(self, ses_ids: Mapping[int, str], *, now_us: int) -> dict[int, str]:
        """Whatever was tried and is not known to be sent, to sent: SES has it.

        That includes a message that is to go out again, one that failed at a later
        attempt, and one that was taken back too late.

        Args:
            ses_ids: SES's message id by message id.

        Returns:
            Those that moved.
        """
        rows = self.filter(
            pk__in=list(ses_ids), state__in=_PROVABLE, attempts__gt=0
        ).order_by("pk")
        pks = list(rows.select_for_update().values_list("pk", flat=True))
        moving = {pk: ses_ids[pk] for pk in pks}
        if moving:
            marks = ", ".join(["%s"] * len(_PROVABLE))
            self._set_ses_ids(
                moving,
                where=f"state IN ({marks})",
                params=[int(state) for state in _PROVABLE],
                now_us=now_us,
            )
        return moving

    def lock_unsent(self, pks: Collection[int]) -> list[int]:
        """Keep others from moving those that are not known to be sent, until the
        transaction ends: evidence that is stored meanwhile is seen by all of them.

        Returns:
            Their ids.
        """
        rows = self.filter(pk__in=list(pks)).exclude(state=MessageState.SENT)
        locked = rows.order_by("pk").select_for_update()
        return list(locked.values_list("pk", flat=True))

    def wait_on(self, pks: Sequence[int], *, until_us: int, now_us: int) -> int:
        """Uncertain stays uncertain: its events may be on their way yet."""
        return self.filter(
            pk__in=pks, state=MessageState.UNCERTAIN, due_at_us__lt=now_us
        ).update(due_at_us=until_us)
