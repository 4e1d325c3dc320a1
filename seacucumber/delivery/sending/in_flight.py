"""What one deliverer has in hand: claimed, signed, under way, answered."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from seacucumber.conf import Mailer
from seacucumber.db.clock import US_PER_S, after_us
from seacucumber.delivery.claims.window import Window
from seacucumber.delivery.outgoing_message import Answer, OutgoingMessage, load
from seacucumber.delivery.sending.connections import LATE, Clock, Connections
from seacucumber.delivery.sending.signatures import Signatures
from seacucumber.delivery.sending.suppression import nobody_left, withhold
from seacucumber.exceptions import OutcomeUnknown, Refused

logger = logging.getLogger("seacucumber")

#: More than two readings of a clock can differ: it has jumped.
_JUMP_US = US_PER_S
CONNECTIONS = 64
#: Some are claimed ahead, and not one by one.
CLAIM_AHEAD = CONNECTIONS + CONNECTIONS // 2
CLAIM_AT_LEAST = CONNECTIONS // 4
#: How long before its slot a message is begun: the time that a commit takes, or longer
#: where it lately took longer.
LEAD_US = 10_000
LEAD_MAX_US = 80_000
#: How long answers are collected before they are settled together.
GROUP_WAIT_S = 0.015
_GLANCE_S = 0.001


class InFlight:
    """Messages on their way, and the threads that they go through.

    Args:
        mailer: Whose call deadline holds.
        clock: Returns the database's time in microseconds.
    """

    def __init__(self, mailer: Mailer, clock: Clock) -> None:
        self.claimed: list[OutgoingMessage] = []
        self.under_way: dict[int, OutgoingMessage] = {}
        self.answers: list[Answer] = []
        #: Given up, and not yet known to be so by the database.
        self.dropped: list[OutgoingMessage] = []
        self.window = Window(mailer.pace_key, size_max=CLAIM_AHEAD)
        self._mailer = mailer
        self._clock = clock
        self._offset_us = 0
        self._signing: set[OutgoingMessage] = set()
        self._events: queue.SimpleQueue[Answer | Sequence[OutgoingMessage]] = (
            queue.SimpleQueue()
        )
        self._signatures = Signatures(self._events.put)
        self._connections = Connections(CONNECTIONS, clock, self._events.put)

    @property
    def empty(self) -> bool:
        """Whether nothing is in hand."""
        return not (self.claimed or self.under_way or self.answers or self.dropped)

    @property
    def room(self) -> int:
        """How many more may be claimed."""
        return self.room_without(())

    def room_without(self, leaving: Sequence[OutgoingMessage]) -> int:
        """Return how many more may be claimed once some have left."""
        held = len(self.claimed) + len(self.under_way) + len(self.answers)
        unsent = len(self.claimed) + sum(
            not outgoing.is_off for outgoing in self.under_way.values()
        )
        return min(CLAIM_AHEAD - held, self.window.size - unsent + len(leaving))

    @property
    def has_room(self) -> bool:
        """Whether there is room for a claim that is worth its transaction."""
        return self.room >= min(CLAIM_AT_LEAST, self.window.size // 2)

    @property
    def free(self) -> int:
        """How many calls may begin."""
        return CONNECTIONS - len(self.under_way)

    @property
    def lead_us(self) -> int:
        """How long before its slot a message is begun."""
        return min(max(LEAD_US, self.window.lag_us), LEAD_MAX_US)

    def follow_clock(self) -> int:
        """Return the database's time; where it has jumped, slots and deadlines move
        along, so that nothing in hand leaves earlier or later, or is given up.
        """
        now_us = self._clock()
        offset_us = now_us - int(time.monotonic() * US_PER_S)
        jump_us = offset_us - self._offset_us
        if self._offset_us and abs(jump_us) > _JUMP_US:
            logger.warning(
                "The database's clock has jumped by %.1f s.", jump_us / US_PER_S
            )
            for outgoing in (*self.claimed, *self.under_way.values()):
                outgoing.slot_us += jump_us
                outgoing.deadline_us += jump_us
                outgoing.lease_until_us += jump_us
        self._offset_us = offset_us
        return now_us

    def take(self, messages: list[OutgoingMessage]) -> None:
        """Take claimed messages, with their bodies and those who may get them."""
        for bodiless in load(messages):
            error = Refused("BodyMissing", "Its body is gone; it cannot be sent.")
            self.answers.append(Answer(bodiless, error=error))
        whole = [each for each in messages if each.raw]
        for nobodys in withhold(whole, self._mailer.pace_key, self._clock()):
            self.answers.append(Answer(nobodys, error=nobody_left(nobodys)))
        mine = [each for each in whole if each.recipients]
        self.claimed.extend(mine)
        self.sign(mine)

    def sign(self, messages: Sequence[OutgoingMessage]) -> None:
        """Have claimed messages signed, or signed anew."""
        ready = self._signatures.order(messages)
        self._signing.update(each for each in messages if each not in ready)

    def due(self, slack_us: int) -> list[OutgoingMessage]:
        """Return the messages to begin now."""
        now_us = self.follow_clock()
        begin = [
            outgoing
            for outgoing in self._ready()
            if self._in_time(outgoing, now_us, slack_us)
            and outgoing.slot_us <= now_us + self.lead_us
        ][: self.free]
        for outgoing in begin:
            outgoing.decided_us = now_us
        return begin

    def late(self, slack_us: int) -> list[OutgoingMessage]:
        """Return messages that could leave at once, had their slot not passed."""
        now_us = self.follow_clock()
        late = [
            outgoing
            for outgoing in self._ready()
            if not self._in_time(outgoing, now_us, slack_us)
        ][: self.free]
        for outgoing in late:
            self.window.late(outgoing, begun=False)
        return late

    def let_go(self, messages: Iterable[OutgoingMessage]) -> None:
        """Forget claimed messages that were begun, or given back."""
        gone = {outgoing.pk for outgoing in messages}
        self.claimed = [each for each in self.claimed if each.pk not in gone]

    def forget(self, answers: Iterable[Answer]) -> None:
        """Forget answers that are written down."""
        gone = {id(answer) for answer in answers}
        self.answers = [answer for answer in self.answers if id(answer) not in gone]

    def drop(self, messages: Iterable[OutgoingMessage]) -> None:
        """Give up what has not left: it is to be put back when that can be done."""
        dropping = [each for each in messages if each.pk not in self.under_way]
        self.dropped += dropping
        self.let_go(dropping)

    def send(self, outgoing: OutgoingMessage, slack_us: int) -> None:
        """Start a call, at the message's slot."""
        if not isinstance(outgoing.signed, bytes):
            self.answers.append(Answer(outgoing, error=outgoing.signed))
            return
        deadline_s = self._mailer.call_deadline_s + outgoing.upload_s
        start_us = max(outgoing.slot_us, self._clock())
        outgoing.deadline_us = after_us(start_us, deadline_s)
        self.under_way[outgoing.pk] = outgoing
        outgoing.latest_us = outgoing.slot_us + slack_us
        self._connections.submit(outgoing, latest_us=outgoing.latest_us)

    def take_answers(self) -> None:
        """Take the answers that have come, without waiting."""
        with suppress(queue.Empty):
            while True:
                self._take(self._events.get_nowait())

    def see_off(self, slack_us: int) -> None:
        """Leave the processor to the connections until what is due has left: whatever
        else is to be done has time, and these have not.
        """
        give_up_s = time.monotonic() + slack_us / US_PER_S
        while time.monotonic() < give_up_s:
            now_us = self.follow_clock()
            if all(
                outgoing.is_off or outgoing.slot_us > now_us
                for outgoing in self.under_way.values()
            ):
                return
            time.sleep(_GLANCE_S)

    def give_up_on_overdue(self) -> None:
        """A socket that drips never times out: the call's own deadline ends it."""
        # One that came in time may lie here since, while the database was away.
        self.take_answers()
        now_us = self.follow_clock()
        for outgoing in list(self.under_way.values()):
            if outgoing.deadline_us < now_us:
                del self.under_way[outgoing.pk]
                self._connections.give_up_on_one()
                error = OutcomeUnknown(
                    "Deadline", "SES did not answer within the call's deadline."
                )
                self.answers.append(Answer(outgoing, error=error))

    def collect(self, until_s: float) -> None:
        """Take answers until a monotonic time, or a moment after the first; or until
        all that is claimed is signed.
        """
        while self.under_way or self._signing or until_s > time.monotonic():
            wait_s = max(0.0, until_s - time.monotonic())
            try:
                event = self._events.get(timeout=wait_s)
            except queue.Empty:
                return
            self._take(event)
            if not (isinstance(event, Answer) or self._signing):
                return
            if len(self.answers) >= CONNECTIONS // 2:
                return
            group_s = GROUP_WAIT_S if self.under_way or self._signing else 0.0
            until_s = min(until_s, time.monotonic() + group_s)

    def next_begin_s(self) -> float:
        """Return the monotonic time at which a signed message is due."""
        now_us = self.follow_clock()
        first_us = min((outgoing.slot_us for outgoing in self._ready()), default=None)
        if first_us is None or not self.free:
            return float("inf")
        wait_s = (first_us - self.lead_us - now_us) / US_PER_S
        return time.monotonic() + wait_s

    def close(self) -> None:
        """Let the threads end."""
        self._signatures.close()
        self._connections.close()

    def _ready(self) -> list[OutgoingMessage]:
        return [each for each in self.claimed if each.signed is not None]

    def _in_time(self, outgoing: OutgoingMessage, now_us: int, slack_us: int) -> bool:
        """Whether a message that is begun now leaves before its slot is over."""
        # A new slot is in time in any case.
        lag_us = min(self.window.lag_us, slack_us * 4 // 5)
        return outgoing.slot_us >= now_us + lag_us - slack_us

    def _take(self, event: Answer | Sequence[OutgoingMessage]) -> None:
        if isinstance(event, Answer):
            self._take_answer(event)
        else:
            self._signing.difference_update(event)

    def _take_answer(self, answer: Answer) -> None:
        outgoing = answer.outgoing
        if self.under_way.get(outgoing.pk) is outgoing:
            del self.under_way[outgoing.pk]
            self._connections.free_one()
            self.answers.append(answer)
            self._learn(answer)
        elif answer.error is None:
            # Given up on, but accepted after all.
            self.answers.append(answer)

    def _learn(self, answer: Answer) -> None:
        """Learn how long it takes from the decision to begin until the first byte."""
        outgoing = answer.outgoing
        due_us = max(outgoing.decided_us, outgoing.slot_us)
        if outgoing.left_us:
            lag_us = outgoing.left_us - due_us
            self.window.lagged(lag_us)
            if lag_us > (outgoing.latest_us - outgoing.slot_us) // 2:
                # Still in time, but not by much.
                self.window.late(outgoing, begun=True)
            else:
                self.window.in_time()
        elif answer.error is not None and answer.error.code == LATE:
            self.window.lagged(self._clock() - due_us)
            self.window.late(outgoing, begun=True)
