"""The way through a deliverer, and what keeps mail from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Case, F, Q, When

from seacucumber.enums import MessageState
from seacucumber.models.queue.transitions.rows import (
    QUEUED_BY_ID,
    SUSPECT_CLAIMS,
    MessageRows,
)


class MovesByDeliverer(MessageRows):
    """Claim, begin, and what SES's answer leads to."""

    def claim(
        self, pks: Sequence[int], *, token: str, due_at_us: int, now_us: int
    ) -> set[int]:
        """Queued to claimed, under a lease. Return the ids that are now ours."""
        claimed = self.filter(QUEUED_BY_ID, pk__in=pks).update(
            state=MessageState.CLAIMED,
            held_back=False,
            lease_token=token,
            due_at_us=due_at_us,
            claims=F("claims") + 1,
            state_at_us=now_us,
        )
        if claimed == len(pks):
            return set(pks)
        rows = self.filter(pk__in=pks, lease_token=token, state=MessageState.CLAIMED)
        return set(rows.values_list("pk", flat=True))

    def start_sending(
        self,
        pks: Sequence[int],
        *,
        token: str,
        due_at_us: int,
        now_us: int,
        needed_until_us: int,
    ) -> set[int]:
        """Claimed to sending, if the lease lasts. Commit it before the first byte.

        May be repeated: a commit whose answer was lost may have been one.

        Args:
            needed_until_us: The old lease must not end before this.

        Returns:
            The ids that may be sent now.
        """
        begun = self.filter(
            pk__in=pks,
            state=MessageState.CLAIMED,
            lease_token=token,
            due_at_us__gte=needed_until_us,
        ).update(
            state=MessageState.SENDING,
            attempts=F("attempts") + 1,
            due_at_us=due_at_us,
            state_at_us=now_us,
        )
        if begun == len(pks):
            return set(pks)
        rows = self.filter(
            pk__in=pks,
            state=MessageState.SENDING,
            lease_token=token,
            due_at_us__gte=needed_until_us,
        )
        return set(rows.values_list("pk", flat=True))

    def release(self, pks: Sequence[int], *, token: str, now_us: int) -> int:
        """Claimed to queued: no byte has left, nothing is counted."""
        # Before its claims: MySQL and MariaDB would see what they have become.
        due_at_us = Case(When(claims__gt=SUSPECT_CLAIMS, then=now_us), default=None)
        return self.filter(
            pk__in=pks, state=MessageState.CLAIMED, lease_token=token
        ).update(
            state=MessageState.QUEUED,
            lease_token="",
            due_at_us=due_at_us,
            claims=F("claims") - 1,
            state_at_us=now_us,
        )

    def accept(
        self, ses_ids: Mapping[int, str], *, attempt: int, token: str, now_us: int
    ) -> int:
        """Sending to sent: SES took them.

        Args:
            ses_ids: SES's message id by message id.
            attempt: The number of the attempt that was accepted.
        """
        if not ses_ids:
            return 0
        return self._set_ses_ids(
            ses_ids,
            where="state = %s AND lease_token = %s AND attempts = %s",
            params=(MessageState.SENDING, token, attempt),
            now_us=now_us,
        )

    def sent_as(self, ses_ids: Mapping[int, str]) -> set[int]:
        """Return which messages are sent, and have the SES's message id given here."""
        rows = self.filter(pk__in=list(ses_ids), state=MessageState.SENT)
        known = rows.values_list("pk", "ses_message_id")
        return {pk for pk, ses_id in known if ses_ids[pk] == ses_id}

    def put_back(
        self,
        pk: int,
        *,
        token: str,
        ready_at_us: int,
        counted: bool,
        reason: str,
        detail: str,
        now_us: int,
    ) -> int:
        """Sending to queued: certainly not accepted, to be tried again.

        Args:
            counted: Whether it uses up one of the message's retries.
        """
        return self.filter(pk=pk, state=MessageState.SENDING, lease_token=token).update(
            state=MessageState.QUEUED,
            lease_token="",
            due_at_us=None,
            ready_at_us=ready_at_us,
            retries=F("retries") + int(counted),
            claims=0,
            reason=reason,
            last_error=detail,
            state_at_us=now_us,
        )

    def refuse(
        self, pk: int, *, token: str, reason: str, detail: str, now_us: int
    ) -> int:
        """Claimed or sending to failed: it will never be accepted."""
        return self.filter(
            pk=pk,
            state__in=(MessageState.CLAIMED, MessageState.SENDING),
            lease_token=token,
        ).update(**self._end(MessageState.FAILED, reason, detail, now_us))

    def suppress(
        self, pk: int, *, token: str, reason: str, detail: str, now_us: int
    ) -> int:
        """Claimed to suppressed: nobody is left to send it to. No byte has left."""
        return self.filter(pk=pk, state=MessageState.CLAIMED, lease_token=token).update(
            **self._end(MessageState.SUPPRESSED, reason, detail, now_us)
        )

    def mark_uncertain(
        self,
        pk: int,
        *,
        token: str,
        settle_at_us: int,
        reason: str,
        detail: str,
        now_us: int,
    ) -> int:
        """Sending to uncertain: nobody knows whether SES has it."""
        return self.filter(pk=pk, state=MessageState.SENDING, lease_token=token).update(
            state=MessageState.UNCERTAIN,
            lease_token="",
            due_at_us=settle_at_us,
            claims=0,
            reason=reason,
            last_error=detail,
            state_at_us=now_us,
        )

    def park(
        self, condition: Q, *, pace_key: str, lane: int, now_us: int, at_most: int
    ) -> int:
        """Put ready messages out of the deliverers' sight until a hold is lifted.

        Args:
            at_most: More than some thousand rows would keep others waiting for long;
                come again for the rest.
        """
        ready = self.ready(pace_key, lane, now_us).filter(condition)
        pks = sorted(ready.values_list("pk", flat=True)[:at_most])
        return self.filter(QUEUED_BY_ID, pk__in=pks).update(held_back=True)

    def unpark(self, condition: Q, *, now_us: int, at_most: int) -> int:
        """Let parked messages take their turn again, as many as that in one go."""
        kept = self.parked().filter(condition)
        pks = sorted(kept.values_list("pk", flat=True)[:at_most])
        return self.filter(QUEUED_BY_ID, pk__in=pks).update(
            held_back=False, ready_at_us=now_us
        )

    def end_back_off(self, pace_key: str, *, now_us: int) -> int:
        """Queued stays queued: what waits since SES did not answer may go now."""
        return (
            self.unanswered(pace_key)
            .filter(ready_at_us__gt=now_us)
            .update(ready_at_us=now_us)
        )

    def expire(self, pks: Iterable[int], *, now_us: int) -> int:
        """Queued to failed: too old to be of use to anybody."""
        return self.filter(
            QUEUED_BY_ID, pk__in=list(pks), expires_at_us__lt=now_us
        ).update(
            **self._end(
                MessageState.FAILED,
                "expired",
                "It was still waiting when its time was over.",
                now_us,
            )
        )
