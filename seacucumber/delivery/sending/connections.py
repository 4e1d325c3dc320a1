"""The connections of one deliverer: threads that talk to SES and nothing else.

They never touch the database; the deliverer's own thread does that for all of them
in groups.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from seacucumber import ses
from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.outgoing_message import Answer, OutgoingMessage
from seacucumber.enums import HoldCause, HoldScope, Uncertain
from seacucumber.exceptions import (
    HoldMail,
    OutcomeUnknown,
    ProbablyNotSent,
    SendError,
    TryLater,
)

logger = logging.getLogger("seacucumber")

Clock = Callable[[], int]

#: A message is submitted a moment before its slot. One whose slot is farther ahead was
#: submitted before the clock was set back, and its moment has come.
_MOST_EARLY_US = US_PER_S

#: Code of the answer for a message that nobody even tried to send.
LATE = "Late"


class Connections:
    """Sends messages through several threads at once.

    Args:
        size: How many calls may be under way.
        clock: Returns the database's time in microseconds, from any thread.
        answered: Called from these threads, with each answer.
    """

    def __init__(
        self, size: int, clock: Clock, answered: Callable[[Answer], None]
    ) -> None:
        self.size = size
        self._answered = answered
        self._jobs: queue.SimpleQueue[tuple[OutgoingMessage, int] | None] = (
            queue.SimpleQueue()
        )
        self._clock = clock
        self._threads = 0
        self._under_way = 0

    def submit(self, outgoing: OutgoingMessage, *, latest_us: int) -> None:
        """Send a message at its slot, or not at all if that is after ``latest_us``."""
        self._under_way += 1
        if self._threads < min(self._under_way, self.size):
            self._start()
        self._jobs.put((outgoing, latest_us))

    def free_one(self) -> None:
        """Take note that the deliverer has taken an answer."""
        self._under_way -= 1

    def give_up_on_one(self) -> None:
        """Replace a thread whose call does not end."""
        self._under_way -= 1
        self._threads -= 1

    def close(self) -> None:
        """Let idle threads end. Calls under way are not waited for."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _start(self) -> None:
        self._threads += 1
        # Daemons: a call that never ends must not keep the process alive.
        threading.Thread(
            target=self._work, name="seacucumber-send", daemon=True
        ).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            outgoing, latest_us = job
            answer = self._answer(outgoing, latest_us)
            outgoing.is_off = True
            self._answered(answer)

    def _answer(self, outgoing: OutgoingMessage, latest_us: int) -> Answer:
        call = prepare(outgoing)
        if isinstance(call, Answer):
            return call
        early_us = outgoing.slot_us - self._clock()
        if early_us > 0:
            time.sleep(min(early_us, _MOST_EARLY_US) / US_PER_S)
        now_us = self._clock()
        if now_us > latest_us:
            late = TryLater(LATE, "Its slot had passed before it could be sent.")
            return Answer(outgoing, error=late)
        outgoing.left_us, outgoing.is_off = now_us, True
        return send(outgoing, call)


def prepare(outgoing: OutgoingMessage) -> ses.SendCall | Answer:
    """Have a client for a signed message, before its slot comes."""
    if not isinstance(outgoing.signed, bytes):
        raise TypeError("A message is signed before it is sent.")
    try:
        ses.get_sender(get_mailer(outgoing.mailer)).prepare()
    except SendError as error:
        return Answer(outgoing, error=error)
    except Exception as error:
        # Nothing has left yet, and no other message of this mailer would fare better.
        logger.exception("Mail of mailer %s cannot be prepared.", outgoing.mailer)
        hold = HoldMail(
            type(error).__name__,
            str(error),
            scope=HoldScope.MAILER,
            value=outgoing.mailer,
            cause=HoldCause.CREDENTIALS,
        )
        return Answer(outgoing, error=hold)
    return ses.SendCall(
        raw=outgoing.signed,
        sender=outgoing.sender,
        recipients=outgoing.recipients,
        configuration_set=outgoing.configuration_set,
        tags=outgoing.ses_tags,
    )


def send(outgoing: OutgoingMessage, call: ses.SendCall) -> Answer:
    """Hand a message to SES: one call, no second try."""
    try:
        ses_message_id = ses.get_sender(get_mailer(outgoing.mailer)).send(call)
    except SendError as error:
        return Answer(outgoing, error=_decided(outgoing, error))
    except Exception as error:
        # A defect, after which nobody can say whether bytes have left.
        logger.exception("The call for message %s broke off.", outgoing.uid)
        return Answer(outgoing, error=OutcomeUnknown(type(error).__name__, str(error)))
    return Answer(outgoing, ses_message_id=ses_message_id)


def _decided(outgoing: OutgoingMessage, error: SendError) -> SendError:
    """Where a mail must not go out twice, that SES drops what fails is not enough."""
    if isinstance(error, ProbablyNotSent) and outgoing.uncertain != Uncertain.RESEND:
        return OutcomeUnknown(error.code, error.detail, http_status=error.http_status)
    return error
