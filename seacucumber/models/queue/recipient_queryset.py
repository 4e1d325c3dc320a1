"""How a recipient's delivery status moves: only up, and only where it was lower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connections, models

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import DeliveryStatus
from seacucumber.models.queue.charset import displayable

if TYPE_CHECKING:
    from seacucumber.models.queue.message import Message, Recipient  # noqa: F401 - generic's

#: For each row that an UPDATE changes, the database walks through its list of updates.
_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """What an event says of one recipient.

    Args:
        pk: Of the `Recipient`.
        status: What it comes to.
        at: When it happened, as `clock.stored` has it.
        detail: Why, in the words of whoever refused it.
    """

    pk: int
    status: DeliveryStatus
    at: datetime
    detail: str


class RecipientQuerySet(PrimaryQuerySet["Recipient"]):
    """Recipients, and the only move of their delivery status."""

    def apply_status(self, updates: Sequence[StatusUpdate]) -> int:
        """Apply delivery statuses; a status never goes down.

        Whatever order the events come in, and however often, the end is the same.

        Args:
            updates: One for each recipient, or several of which the highest counts.

        Returns:
            How many moved.
        """
        highest: dict[int, StatusUpdate] = {}
        for update in updates:
            known = highest.get(update.pk)
            if known is None or update.status > known.status:
                highest[update.pk] = update
        # In one order, as others may be at the same rows.
        ordered = [highest[pk] for pk in sorted(highest)]
        return sum(
            self._raise_statuses(ordered[start : start + _AT_ONCE])
            for start in range(0, len(ordered), _AT_ONCE)
        )

    def reconsider(self, messages: models.QuerySet[Message]) -> int:
        """Forget that recipients were suppressed: their messages are sent again.

        Args:
            messages: Of which nothing was sent.
        """
        return self.filter(
            message__in=messages, delivery_status=DeliveryStatus.SUPPRESSED
        ).update(
            delivery_status=DeliveryStatus.UNKNOWN,
            delivery_status_at=None,
            delivery_status_detail="",
        )

    def _details(self, updates: Sequence[StatusUpdate]) -> list[tuple[int, str]]:
        return [(each.pk, displayable(each.detail[:200], self.db)) for each in updates]

    def _raise_statuses(self, updates: Sequence[StatusUpdate]) -> int:
        """In one statement: Django would take longer to write it than the database
        to carry it out, and this is done for every event.
        """
        connection = connections[self.db]
        table = connection.ops.quote_name(self.model._meta.db_table)
        marks = ", ".join(["%s"] * len(updates))
        case = f"CASE id {' '.join(['WHEN %s THEN %s'] * len(updates))} END"
        sql = (
            f"UPDATE {table} SET delivery_status_at = {case},"  # noqa: S608
            f" delivery_status_detail = {case}, delivery_status = {case}"
            f" WHERE id IN ({marks}) AND delivery_status < {case}"
        )
        moment = connection.ops.adapt_datetimefield_value
        statuses = [
            value for update in updates for value in (update.pk, int(update.status))
        ]
        values = [
            *(value for update in updates for value in (update.pk, moment(update.at))),
            *(value for pair in self._details(updates) for value in pair),
            *statuses,
            *(update.pk for update in updates),
            *statuses,
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            changed: int = cursor.rowcount
            return changed
