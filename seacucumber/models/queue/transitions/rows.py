"""What all moves of messages build on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from django.db import connections
from django.db.models import Q, Value

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import MessageState

if TYPE_CHECKING:
    from seacucumber.models.queue.message import Message  # noqa: F401 - the generic's

#: `Message.reason` of one whose last call SES has not answered.
UNANSWERED = "unanswered"
#: A message that was claimed so often, and whose workers all died, may be what they
#: died of, as may be whatever was claimed with it: from then on it is claimed alone.
SUSPECT_CLAIMS = 3
#: Of so many claims, the last ones alone, all workers died: it is what they died of.
MAX_CLAIMS = 6
FINAL = (
    MessageState.SENT,
    MessageState.FAILED,
    MessageState.CANCELLED,
    MessageState.SUPPRESSED,
)
# On rows found by primary key, "state < 1" stands for "state = 0": PostgreSQL may
# otherwise answer from the partial index of queued rows, which it believes to be
# empty when its statistics are old, and walk the whole backlog.
QUEUED_BY_ID = Q(state__lt=MessageState.CLAIMED)
# Compared with a value, for SQLite answers what Django makes of `held_back=False`,
# "NOT held_back", from no index.
HELD_BACK = Q(held_back=Value(True))
NOT_HELD_BACK = Q(held_back=Value(False))
#: The condition of a partial index: SQLite has to be told it, word for word.
NOT_SENT = ~Q(state=MessageState.SENT)


class MessageRows(PrimaryQuerySet["Message"]):
    """Messages as the queue looks at them."""

    def ready(self, pace_key: str, lane: int, now_us: int) -> Self:
        """Return queued messages whose time has come, the longest waiting first."""
        return self.filter(
            NOT_HELD_BACK,
            state=MessageState.QUEUED,
            pace_key=pace_key,
            lane=lane,
            ready_at_us__lte=now_us,
        ).order_by("ready_at_us", "id")

    def trusted(self) -> Self:
        """Return queued messages that may be claimed together."""
        return self.filter(due_at_us__isnull=True)

    def suspects(self, now_us: int) -> Self:
        """Return queued messages that are claimed alone, those whose time has come."""
        return self.filter(due_at_us__lte=now_us)

    def suspects_under_way(self, pace_key: str) -> Self:
        """Return the suspects of an account that somebody has claimed."""
        return self.filter(
            pace_key=pace_key,
            state__in=(MessageState.CLAIMED, MessageState.SENDING),
            due_at_us__isnull=False,
            claims__gt=SUSPECT_CLAIMS,
        )

    def overdue(
        self, pace_key: str, states: Iterable[MessageState], now_us: int
    ) -> Self:
        """Return messages in these states whose lease, or wait, is over."""
        return self.filter(
            pace_key=pace_key, state__in=list(states), due_at_us__lt=now_us
        ).order_by("due_at_us")

    def queued(self) -> Self:
        """Return queued messages, also those that must wait."""
        return self.filter(state=MessageState.QUEUED)

    def waiting(self, condition: Q, now_us: int) -> Self:
        """Return queued messages that only a hold may keep back."""
        return self.filter(
            condition,
            Q(ready_at_us__lte=now_us) | HELD_BACK,
            state=MessageState.QUEUED,
        )

    def unanswered(self, pace_key: str) -> Self:
        """Return queued messages of an account whose last call SES has not answered."""
        return self.filter(
            state=MessageState.QUEUED, pace_key=pace_key, reason=UNANSWERED
        )

    def parked(self) -> Self:
        """Return queued messages that wait for a hold to be lifted."""
        return self.filter(HELD_BACK, state=MessageState.QUEUED)

    @staticmethod
    def _end(
        state: MessageState, reason: str, detail: str, now_us: int
    ) -> dict[str, object]:
        return {
            "state": state,
            "held_back": False,
            "lease_token": "",
            "due_at_us": None,
            "reason": reason,
            "last_error": detail,
            "state_at_us": now_us,
        }

    def _set_ses_ids(
        self,
        ses_ids: Mapping[int, str],
        *,
        where: str,
        params: Sequence[str | int],
        now_us: int,
    ) -> int:
        """One UPDATE for many rows with a value of their own each.

        By hand: Django's CASE is compiled anew for every group, which costs more
        than the group's own work.
        """
        whens = " ".join(["WHEN %s THEN %s"] * len(ses_ids))
        marks = ", ".join(["%s"] * len(ses_ids))
        table = connections[self.db].ops.quote_name(self.model._meta.db_table)
        sql = (
            f"UPDATE {table} SET state = %s, held_back = %s, lease_token = '',"  # noqa: S608
            f" due_at_us = NULL,"
            f" reason = '', last_error = '', state_at_us = %s,"
            f" ses_message_id = CASE id {whens} END"
            f" WHERE id IN ({marks}) AND {where}"
        )
        pairs: list[str | int] = [part for pair in ses_ids.items() for part in pair]
        values: list[str | int] = [
            int(MessageState.SENT),
            False,
            now_us,
            *pairs,
            *ses_ids,
            *params,
        ]
        with connections[self.db].cursor() as cursor:
            cursor.execute(sql, values)
            changed: int = cursor.rowcount
            return changed
