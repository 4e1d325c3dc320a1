"""How a recipient's fate moves: only up, and only where it was lower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connections, models

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import Fate
from seacucumber.models.queue.charset import displayable

if TYPE_CHECKING:
    from seacucumber.models.queue.message import Message, Recipient  # noqa: F401 - generic's

#: For each row that an UPDATE changes, the database walks through its list of turns.
_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What an event says of one recipient.

    Args:
        pk: Of the `Recipient`.
        at: When it happened, as `clock.stored` has it.
        detail: Why, in the words of whoever refused it.
    """

    pk: int
    fate: Fate
    at: datetime
    detail: str


class RecipientQuerySet(PrimaryQuerySet["Recipient"]):
    """Recipients, and the only move of their fate."""

    def meet(self, turns: Sequence[Turn]) -> int:
        """Let recipients meet their fates; a fate that is higher already stays.

        Whatever order the events come in, and however often, the end is the same.

        Args:
            turns: One for each recipient, or several of which the highest counts.

        Returns:
            How many moved.
        """
        highest: dict[int, Turn] = {}
        for turn in turns:
            known = highest.get(turn.pk)
            if known is None or turn.fate > known.fate:
                highest[turn.pk] = turn
        # In one order, as others may be at the same rows.
        ordered = [highest[pk] for pk in sorted(highest)]
        return sum(
            self._raise_fates(ordered[start : start + _AT_ONCE])
            for start in range(0, len(ordered), _AT_ONCE)
        )

    def reconsider(self, messages: models.QuerySet[Message]) -> int:
        """Forget that recipients were suppressed: their messages are sent again.

        Args:
            messages: Of which nothing was sent.
        """
        return self.filter(message__in=messages, fate=Fate.SUPPRESSED).update(
            fate=Fate.UNKNOWN, fate_at=None, fate_detail=""
        )

    def _details(self, turns: Sequence[Turn]) -> list[tuple[int, str]]:
        return [(t.pk, displayable(t.detail[:200], self.db)) for t in turns]

    def _raise_fates(self, turns: Sequence[Turn]) -> int:
        """In one statement: Django would take longer to write it than the database
        to carry it out, and this is done for every event.
        """
        connection = connections[self.db]
        table = connection.ops.quote_name(self.model._meta.db_table)
        marks = ", ".join(["%s"] * len(turns))
        case = f"CASE id {' '.join(['WHEN %s THEN %s'] * len(turns))} END"
        sql = (
            f"UPDATE {table} SET fate_at = {case}, fate_detail = {case},"  # noqa: S608
            f" fate = {case} WHERE id IN ({marks}) AND fate < {case}"
        )
        moment = connection.ops.adapt_datetimefield_value
        fates = [value for turn in turns for value in (turn.pk, int(turn.fate))]
        values = [
            *(value for turn in turns for value in (turn.pk, moment(turn.at))),
            *(value for pair in self._details(turns) for value in pair),
            *fates,
            *(turn.pk for turn in turns),
            *fates,
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            changed: int = cursor.rowcount
            return changed
