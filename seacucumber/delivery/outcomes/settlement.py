"""Settling that goes on for as long as the process lives.

What SES has answered is known nowhere else: a claim that is given up is made again by
somebody, an answer that is given up becomes a second mail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from django.db import Error, transaction

from seacucumber.db import clock
from seacucumber.db.errors import may_pass
from seacucumber.db.retry import Retry, persist
from seacucumber.delivery.outcomes.recorder import BatchResult, OutcomeRecorder
from seacucumber.delivery.outcomes.unsettled import UnsettledLog
from seacucumber.delivery.outgoing_message import Answer, OutgoingMessage
from seacucumber.delivery.sending.connections import LATE
from seacucumber.delivery.sending.in_flight import InFlight
from seacucumber.enums import MessageState
from seacucumber.exceptions import TryLater
from seacucumber.models import Message

logger = logging.getLogger("seacucumber")

#: How long the database may be away before what waits for it is logged.
TELL_AFTER_S = 2.0

Release = Callable[[list[OutgoingMessage]], None]


class Settlement:
    """Writes down what one deliverer has in hand, and begins nothing.

    Args:
        release: Puts back claimed messages, inside a transaction.
        conclude: Called with each group that was written down.
    """

    def __init__(
        self,
        in_flight: InFlight,
        recorder: OutcomeRecorder,
        using: str,
        *,
        release: Release,
        conclude: Callable[[BatchResult], None],
    ) -> None:
        self._in_flight = in_flight
        self._recorder = recorder
        self._using = using
        self._release = release
        self._conclude = conclude
        self._log = UnsettledLog()

    def settle(self) -> None:
        """Write down all answers, and what was dropped, however long it takes."""
        retry = Retry(self._using)
        while True:
            # Answers go on to come while the database is away.
            self._in_flight.give_up_on_overdue()
            answers, dropped = (
                list(self._in_flight.answers),
                list(self._in_flight.dropped),
            )
            if not (answers or dropped):
                return
            try:
                with transaction.atomic(using=self._using):
                    batch = self._write(answers, dropped)
            except Error as error:
                if not may_pass(error):
                    self._settle_one_by_one(answers)
                    return
                if retry.lasts_s > TELL_AFTER_S:
                    self._log.tell(answers)
                retry.wait(error)
            else:
                del self._in_flight.dropped[: len(dropped)]
                self.written(answers, batch)
                return

    def written(self, answers: Sequence[Answer], batch: BatchResult) -> None:
        """Let go of answers that are written down."""
        self._in_flight.forget(answers)
        self._log.forget(answers)
        self._conclude(batch)

    def tell_rest(self) -> None:
        """Log what is in hand still, as the process ends."""
        self._in_flight.take_answers()
        self._log.tell(self._in_flight.answers)

    def _write(
        self, answers: list[Answer], dropped: list[OutgoingMessage]
    ) -> BatchResult:
        # What is reckoned may be from before the database was away.
        now_us = clock.read_us(self._using)
        if not dropped:
            return self._recorder.settle(answers, now_us)
        batch = self._recorder.settle(
            [*answers, *self._begun_in_doubt(dropped)], now_us
        )
        self._release(dropped)
        return batch

    def _begun_in_doubt(self, dropped: list[OutgoingMessage]) -> list[Answer]:
        """Begun by a COMMIT that was not answered: not a byte of it has left."""
        begun = Message.objects.filter(
            pk__in=[outgoing.pk for outgoing in dropped],
            state=MessageState.SENDING,
            lease_token=self._recorder.token,
        )
        pks = set(begun.values_list("pk", flat=True))
        late = TryLater(LATE, "The database was away before it could be sent.")
        return [Answer(row, error=late) for row in dropped if row.pk in pks]

    def _settle_one_by_one(self, answers: list[Answer]) -> None:
        """Write down what the database takes; what it refuses is in the log."""
        for answer in answers:
            try:
                batch = persist(
                    self._using, partial(self._write, [answer], []), for_s=float("inf")
                )
            except Error:
                self._log.tell([answer])
                logger.exception(
                    "The answer to %s cannot be kept.", answer.outgoing.uid
                )
                self._in_flight.forget([answer])
            else:
                self.written([answer], batch)
        # Their leases end.
        self._in_flight.dropped.clear()
