"""One deliverer: claims, begins, sends over several connections, settles.

Its thread alone talks to the database, and does so for all its connections in
groups: a group commit costs about as much as a commit for one message.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from django.db import Error

from seacucumber import ses
from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.db.errors import may_pass
from seacucumber.db.retry import Retry, persist
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.claims.selection import Claim
from seacucumber.delivery.claims.suspects import SUSPECTS_FIRST_S, Suspects
from seacucumber.delivery.holds.host_clock import HOST, in_words
from seacucumber.delivery.holds.outage import is_answered
from seacucumber.delivery.outcomes.notifications import announce
from seacucumber.delivery.outcomes.recorder import BatchResult, OutcomeRecorder
from seacucumber.delivery.outcomes.settlement import Settlement
from seacucumber.delivery.outgoing_message import (
    Answer,
    OutgoingMessage,
    read_outgoing,
)
from seacucumber.delivery.report import Report
from seacucumber.delivery.sending.in_flight import InFlight
from seacucumber.delivery.sending.signing_keys import KeyRing
from seacucumber.delivery.sending.start import release, start_sending
from seacucumber.enums import MessageState
from seacucumber.exceptions import SendError
from seacucumber.models import Message
from seacucumber.pacing import Schedule

logger = logging.getLogger("seacucumber")

POLL_S = 0.05
ATTEND_EVERY_S = 1.0
CALL_FOR_HELP_EVERY_S = 1.0
#: How long before the end of its turn a deliverer wants to be relieved, so that no
#: slot is lost while another process gets ready.
RELIEF_S = 1.0
#: When the next slot is farther away, the worker does something else meanwhile.
LONG_WAIT_US = 2 * US_PER_S
#: How long a group is tried as it is; then claims give way to answers.
_PATIENCE_S = 2.0


class Deliverer:
    """Delivers the mail of one account until told to stop or dismissed.

    Args:
        mailer: Whose account and pace.
        using: The database that holds the queue.
        on_settled: Called after each group that was written down.
        on_behind: Called, once a second at most, while one deliverer is not enough,
            and when this one's turn ends soon.
        stop: Ends the turn early.
    """

    def __init__(
        self,
        mailer: Mailer,
        using: str,
        *,
        on_settled: Callable[[BatchResult], None] | None = None,
        on_behind: Callable[[], None] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self.mailer = mailer
        self.using = using
        self.claimer = Claimer(mailer, using)
        self.recorder = OutcomeRecorder(mailer, self.claimer.token, self.claimer.watch)
        self.in_flight = InFlight(mailer, self._now_us)
        self.keyring = KeyRing(mailer.pace_key)
        self.report = Report()
        self.worker = f"{HOST}:{os.getpid()}"
        self._on_settled = on_settled
        self._on_behind = on_behind
        self._stop = stop or threading.Event()
        self.patient = Settlement(
            self.in_flight,
            self.recorder,
            using,
            release=self._release,
            conclude=self._conclude,
        )
        self._claim_in_doubt = False
        #: What is in hand must stay alone.
        self._alone = False
        self._suspects_until_s = float("-inf")
        self._outage: Retry | None = None
        self._next_claim_s = 0.0
        self._attend_by_s = 0.0
        self._relief_from_s = float("inf")
        self._next_call_s = time.monotonic() + CALL_FOR_HELP_EVERY_S

    def prepare(self) -> None:
        """Make what takes long to make, such as the client, before there is hurry."""
        self.keyring.prepare()
        try:
            ses.get_sender(self.mailer).prepare()
        except SendError as error:
            # The first message runs into it again, and holds the mail with a reason.
            logger.warning("Mailer %s is not ready: %s", self.mailer.alias, error)

    def run(self, *, until_s: float, linger: bool = True) -> Report:
        """Deliver until a monotonic time, or until there is nothing to do here.

        Answers of SES are written down before it returns, however long that takes.

        Args:
            linger: Stay a moment after the last message, for those that follow.
        """
        self._relief_from_s = until_s - RELIEF_S
        self._suspects_until_s = time.monotonic() + SUSPECTS_FIRST_S
        try:
            try:
                while self._step(linger=linger):
                    if self._stop.is_set() or time.monotonic() >= until_s:
                        self.report.again_in_s = 0.0
                        break
                self._empty_in_flight()
            finally:
                self._finish()
        finally:
            # Nothing is left unless the process is made to end.
            self.patient.tell_rest()
        return self.report

    # -- the round -------------------------------------------------------------

    def _step(self, *, linger: bool) -> bool:
        """One round; return False when dismissed."""
        if self.report.stepped_down:
            self.in_flight.drop(list(self.in_flight.claimed))
            return False
        late, now_s = self.in_flight.late(self._slack_us), time.monotonic()
        wanted = self._has_room or now_s > self._attend_by_s
        due = bool(late) or (wanted and now_s >= self._next_claim_s)
        if due and not self._claim(late, linger=linger):
            return False
        self._write_down()
        # Without room, only an answer makes some.
        claim_s = self._next_claim_s if self._has_room else self._attend_by_s
        self.in_flight.collect(min(claim_s, self.in_flight.next_begin_s()))
        return True

    def _claim(self, late: list[OutgoingMessage], *, linger: bool) -> bool:
        try:
            return self._try_to_claim(late, linger=linger)
        except Error as error:
            self._outlast(error)
            return True

    def _try_to_claim(self, late: list[OutgoingMessage], *, linger: bool) -> bool:
        idle = self.in_flight.empty
        claim, begun = self._commit_claim(late)
        self.claimer.note_clock()
        # Before what is claimed comes to what was: its slots are of this reading.
        self.in_flight.follow_clock()
        self._attend_by_s = time.monotonic() + ATTEND_EVERY_S
        announce(BatchResult(placed=claim.placed, lifted=claim.lifted))
        if self._is_over(claim, idle=idle, linger=linger):
            return False
        self._renew(late, claim, begun)
        if claim.silent:
            self.in_flight.drop(list(self.in_flight.claimed))
            self.patient.settle()
        if claim.messages:
            self._take(claim.messages)
        self.in_flight.window.claimed(claim.messages, limited=claim.full)
        if claim.behind or claim.asks_for_relief:
            self._call_for_help(at_once=claim.asks_for_relief)
        self._next_claim_s = time.monotonic() + self._pause_s(claim)
        if claim.question is not None and is_answered(self.mailer):
            # A message may follow.
            self.claimer.watch.asked = claim.question.pk
            self._next_claim_s = time.monotonic()
        return True

    def _is_over(self, claim: Claim, *, idle: bool, linger: bool) -> bool:
        """Whether there is nothing more to do here."""
        self.report.relieved, self.report.dismissed = claim.relieved, claim.dismissed
        if claim.relieved or claim.dismissed:
            return True
        if not idle or claim.messages:
            return False
        if linger:
            return self._must_wait_long(claim)
        return claim.empty and self.claimer.is_drained(self._now_us())

    def _take(self, claimed: list[OutgoingMessage]) -> None:
        try:
            persist(self.using, lambda: self.keyring.equip(claimed), for_s=_PATIENCE_S)
            self.in_flight.take(claimed)
        except Error:
            self.in_flight.drop(claimed)
            raise

    def _commit_claim(self, late: list[OutgoingMessage]) -> tuple[Claim, set[int]]:
        idle = self.in_flight.empty
        self._alone = self._alone and not idle
        room = 0 if self._alone else self.in_flight.room_without(late)
        relief = time.monotonic() >= self._relief_from_s

        def work() -> tuple[Claim, set[int]]:
            in_doubt, self._claim_in_doubt = self._claim_in_doubt, True
            claim, begun = self._claim_anew(
                room,
                late,
                may_leave=idle,
                wants_relief=relief,
                suspects=self._suspects(),
            )
            if in_doubt:
                self._clear_up(claim)
            return claim, begun

        claim, begun = persist(self.using, work, for_s=_PATIENCE_S)
        self._claim_in_doubt = False
        self._outage = None
        self._alone = self._alone or claim.alone
        return claim, begun

    def _suspects(self) -> Suspects:
        if not self.in_flight.empty:
            return Suspects.NEVER
        is_early = time.monotonic() < self._suspects_until_s
        return Suspects.FIRST if is_early else Suspects.LAST

    @property
    def _has_room(self) -> bool:
        """Whether more may be claimed: nothing beside what workers may have died of."""
        return self.in_flight.has_room and (self.in_flight.empty or not self._alone)

    def _clear_up(self, claim: Claim) -> None:
        """Put back what a claim has taken, or begun, whose COMMIT was not answered."""
        # Of these nothing is known: they may have been begun.
        self.in_flight.drop(claim.unrenewed)
        known = {outgoing.pk for outgoing in (*claim.messages, *self.in_flight.claimed)}
        rows = Message.objects.filter(
            pace_key=self.mailer.pace_key,
            state=MessageState.CLAIMED,
            lease_token=self.claimer.token,
        )
        strays = [each for each in read_outgoing(rows) if each.pk not in known]
        if strays:
            self._release(strays)
            claim.empty = claim.dismissed = False

    def _claim_anew(
        self,
        room: int,
        late: list[OutgoingMessage],
        *,
        may_leave: bool,
        wants_relief: bool,
        suspects: Suspects,
    ) -> tuple[Claim, set[int]]:
        """Claim, and begin at once what has missed its slot and gets a new one."""
        claim = self.claimer.claim(
            room,
            window=self.in_flight.window.size,
            late=late,
            may_be_behind=not self.in_flight.window.is_opening,
            may_leave=may_leave,
            wants_relief=wants_relief,
            suspects=suspects,
        )
        if claim.unrenewed:
            self._release(claim.unrenewed)
        now_us = self._now_us()
        until_us = now_us + self.in_flight.lead_us
        due = [p for p in late if claim.renewed.get(p.pk, until_us + 1) <= until_us]
        return claim, self._begin(due, now_us)

    def _renew(
        self, late: list[OutgoingMessage], claim: Claim, begun: set[int]
    ) -> None:
        """Follow a claim that is committed."""
        self.in_flight.let_go(claim.unrenewed)
        self.in_flight.let_go(each for each in late if each.pk in begun)
        for outgoing in late:
            outgoing.slot_us = claim.renewed.get(outgoing.pk, outgoing.slot_us)
            if outgoing.pk in begun:
                outgoing.decided_us = self._now_us()
                self.in_flight.send(outgoing, self._slack_us)
        self.in_flight.see_off(self._slack_us)

    def _call_for_help(self, *, at_once: bool) -> None:
        due = at_once or time.monotonic() >= self._next_call_s
        if self._on_behind is not None and due:
            self._next_call_s = time.monotonic() + CALL_FOR_HELP_EVERY_S
            self._on_behind()

    def _must_wait_long(self, claim: Claim) -> bool:
        wait_us = claim.next_slot_us - self._now_us()
        if wait_us < LONG_WAIT_US:
            return False
        self.report.again_in_s = wait_us / US_PER_S
        return True

    def _pause_s(self, claim: Claim) -> float:
        """How long until the queue is worth another look."""
        if claim.unfinished:
            return POLL_S
        if claim.full:
            # Room was what limited the claim: look again as soon as there is some.
            return 0.0
        ahead_s = (claim.next_slot_us - self._now_us()) / US_PER_S
        return min(max(POLL_S, ahead_s - POLL_S), ATTEND_EVERY_S)

    # -- the database ------------------------------------------------------------

    def _write_down(self) -> None:
        """Settle what has been answered and begin what is due, in one transaction."""
        self.in_flight.give_up_on_overdue()
        slack_us = self._slack_us
        due = self.in_flight.due(slack_us)
        answers = list(self.in_flight.answers)
        if not (due or answers):
            return
        try:
            batch, begun = persist(
                self.using,
                lambda: self._transaction(answers, due),
                for_s=_PATIENCE_S,
            )
        except Error as error:
            self._outlast(error)
            return
        resigned = [each for each in due if not each.signed_as_wanted]
        self.in_flight.sign(resigned)
        for outgoing in due:
            if outgoing.pk in begun:
                self.in_flight.send(outgoing, slack_us)
        # Last: what is interrupted before is put back.
        self.in_flight.let_go(each for each in due if each.signed_as_wanted)
        self.in_flight.see_off(slack_us)
        self.patient.written(answers, batch)

    def _conclude(self, batch: BatchResult) -> None:
        if batch.silent:
            self._next_claim_s = time.monotonic()
        if batch.clock_refused and not self.report.stepped_down:
            self.report.stepped_down = True
            logger.error("%s Until then it delivers nothing.", in_words())
        self.report.sent += len(batch.sent)
        self.report.failed += len(batch.failed)
        self.report.suppressed += len(batch.suppressed)
        announce(batch)
        if self._on_settled is not None:
            self._on_settled(batch)

    def _outlast(self, error: Error) -> None:
        """Wait for the database: give up what is claimed, never what is answered.

        Raises:
            Error: the one that was given, if it will not pass; or if nothing is in
                hand and it has lasted for a lease.
        """
        self.in_flight.drop(list(self.in_flight.claimed))
        if not may_pass(error):
            raise error
        if self._outage is None:
            self._outage = Retry(self.using, for_s=self.mailer.lease_s)
        if self.in_flight.empty:
            self._outage.wait(error)
        self.patient.settle()

    def _transaction(
        self, answers: list[Answer], due: list[OutgoingMessage]
    ) -> tuple[BatchResult, set[int]]:
        now_us = self._now_us()
        batch = self.recorder.settle(answers, now_us)
        return batch, self._begin(due, now_us)

    def _begin(self, messages: list[OutgoingMessage], now_us: int) -> set[int]:
        """Open the attempts of messages; return the ids of those that may be sent.

        What is to be signed with another key by now is left out.
        """
        if not messages:
            return set()
        # Here a failure of the database is survived, and the keys are as of now.
        self.keyring.equip(messages)
        ready = [each for each in messages if each.signed_as_wanted]
        return start_sending(
            ready, self.mailer, self.claimer.token, worker=self.worker, now_us=now_us
        )

    @property
    def _slack_us(self) -> int:
        return Schedule(rate_per_s=self.claimer.rate_per_s).slack_us

    # -- the end -------------------------------------------------------------------

    def _empty_in_flight(self) -> None:
        """Send what is claimed: its slots are taken, and would be lost."""
        while self.in_flight.claimed:
            self.in_flight.drop(self.in_flight.late(self._slack_us))
            if self.in_flight.dropped:
                self.patient.settle()
            self._write_down()
            soon_s = time.monotonic() + POLL_S
            self.in_flight.collect(min(soon_s, self.in_flight.next_begin_s()))

    def _finish(self) -> None:
        """Wait for what has left; give back what has not, if we were interrupted."""
        self.in_flight.drop(list(self.in_flight.claimed))
        self.patient.settle()
        while not self.in_flight.empty:
            self.in_flight.collect(time.monotonic() + POLL_S)
            self.patient.settle()
        self.in_flight.close()
        if not (self.report.dismissed or self.report.relieved):
            self._leave()

    def _leave(self) -> None:
        try:
            self.claimer.leave()
        except Error as error:
            # Whoever is not heard of for a moment no longer attends anyway.
            logger.warning("A deliverer left without a word: %s", error)

    def _release(self, messages: list[OutgoingMessage]) -> None:
        """Put back what was claimed and has not been begun; it is counted again."""
        release(messages, self.mailer, self.claimer.token, now_us=self._now_us())

    def _now_us(self) -> int:
        return clock.reckon_us(self.using)
