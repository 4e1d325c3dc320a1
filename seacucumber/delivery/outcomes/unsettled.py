"""Answers of SES that the database has not taken yet: they are in the log meanwhile.

A process keeps them until they are written down, but it may be killed before. An
operator then gives the log to ``ses_queue settle``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from seacucumber.db import clock
from seacucumber.db.retry import persist
from seacucumber.delivery.outcomes.lost_answers import (
    announce_proven,
    resolve_from_events,
)
from seacucumber.delivery.outgoing_message import Answer
from seacucumber.models import Attempt, Message

logger = logging.getLogger("seacucumber")

_PATIENCE_S = 10.0
_ACCEPTED = (
    "Accepted, and not in the database yet: message=%s attempt=%d ses_message_id=%s"
)
_READ = re.compile(
    r"Accepted, and not in the database yet:"
    r" message=([0-9a-f]{32}) attempt=([0-9]{1,9}) ses_message_id=([!-~]{1,128})"
)


@dataclass(frozen=True, slots=True)
class LoggedAcceptance:
    """An acceptance by SES that a log tells of."""

    uid: str
    attempt: int
    ses_message_id: str


@dataclass(slots=True)
class UnsettledLog:
    """Writes each answer that has to wait into the log, once."""

    _told: set[tuple[int, int]] = field(default_factory=set)

    def tell(self, answers: Iterable[Answer]) -> None:
        """Log answers that the database did not take, those that are new."""
        for answer in answers:
            key = answer.outgoing.pk, answer.outgoing.attempt
            if key in self._told:
                continue
            self._told.add(key)
            if answer.error is None:
                logger.error(
                    _ACCEPTED, answer.outgoing.uid, key[1], answer.ses_message_id
                )
            else:
                logger.error(
                    "Not accepted, and not in the database yet: message=%s attempt=%d"
                    " (%s)",
                    *(answer.outgoing.uid, key[1], answer.error),
                )

    def forget(self, answers: Iterable[Answer]) -> None:
        """Take note that answers are written down; say so of those that were logged."""
        for answer in answers:
            key = answer.outgoing.pk, answer.outgoing.attempt
            if key in self._told:
                self._told.discard(key)
                logger.warning(
                    "In the database now: message=%s attempt=%d",
                    *(answer.outgoing.uid, key[1]),
                )


def settle_logged(lines: Iterable[str], using: str) -> dict[int, str]:
    """Settle as sent what a log tells to be accepted. Safe to do again.

    Returns:
        SES's message id by message id, of those that moved. What a worker is sending
        at this moment moves when its lease ends.
    """
    logged = {row.uid: row for row in read_log(lines)}

    def work() -> dict[int, str]:
        rows = Message.objects.filter(uid__in=list(logged)).values_list("uid", "pk")
        unsent = Message.objects.lock_unsent([pk for _, pk in rows])
        uids = {pk: uid for uid, pk in rows}
        for pk in unsent:
            row = logged[uids[pk]]
            Attempt.objects.witness(pk, row.attempt, row.ses_message_id)
        return resolve_from_events(unsent, clock.read_us(using))

    proven = persist(using, work, for_s=_PATIENCE_S)
    announce_proven(proven)
    return proven


def read_log(lines: Iterable[str]) -> Iterator[LoggedAcceptance]:
    """Yield the acceptances that the lines of a log tell of."""
    for line in lines:
        found = _READ.search(line)
        if found:
            uid, attempt, ses_message_id = found.groups()
            yield LoggedAcceptance(uid, int(attempt), ses_message_id)
