"""What follows from SES's answers: each becomes one named move of the message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seacucumber import conf
from seacucumber.db.clock import US_PER_S, after_us
from seacucumber.delivery.holds.blame import fails_alone
from seacucumber.delivery.holds.host_clock import in_words, step_down
from seacucumber.delivery.holds.lifecycle import lift
from seacucumber.delivery.holds.outage import OutageWatch, may_be_silent
from seacucumber.delivery.outcomes.back_off import back_off_s
from seacucumber.delivery.outcomes.lost_answers import resolve_from_events
from seacucumber.delivery.outgoing_message import Answer, OutgoingMessage
from seacucumber.delivery.sending.connections import LATE
from seacucumber.delivery.sending.suppression import give_back, tell_recipients
from seacucumber.enums import AttemptOutcome, HoldCause, HoldScope
from seacucumber.exceptions import (
    AllSuppressed,
    HoldMail,
    OutcomeUnknown,
    ProbablyNotSent,
    Refused,
    SendError,
    SlowDown,
)
from seacucumber.models import Attempt, BodyChunk, Hold, Message, Pace
from seacucumber.models.queue.transitions import UNANSWERED

#: A throttled message waits about as long as the pause of the schedule.
_THROTTLED_WAIT_US = US_PER_S


@dataclass(slots=True)
class BatchResult:
    """What a group of answers led to, for those who want to hear of it."""

    sent: list[Answer] = field(default_factory=list)
    failed: list[Answer] = field(default_factory=list)
    suppressed: list[Answer] = field(default_factory=list)
    placed: list[Hold] = field(default_factory=list)
    lifted: list[Hold] = field(default_factory=list)
    #: So many calls went unanswered that no more are to begin before the next claim.
    silent: bool = False
    #: SES refuses what this host signs, for its clock.
    clock_refused: bool = False


class OutcomeRecorder:
    """Writes down the answers that one deliverer has got, under its lease token."""

    def __init__(
        self, mailer: conf.Mailer, token: str, watch: OutageWatch | None = None
    ) -> None:
        self.mailer = mailer
        self.token = token
        self.watch = watch or OutageWatch(token)
        self._shared = False
        #: Another host delivers mail that SES refuses from this one.
        self._others_deliver = False

    def settle(self, answers: Sequence[Answer], now_us: int) -> BatchResult:
        """Record answers; call inside a transaction, again if it was rolled back."""
        result = BatchResult()
        if any(_concerns_others(answer) for answer in answers):
            # Before any message: a claim locks in this order too.
            pace = Pace.objects.lock(self.mailer.pace_key)
            if any(isinstance(answer.error, SlowDown) for answer in answers):
                self._slow_down(pace, now_us)
            if any(answer.is_unanswered for answer in answers):
                self.watch.count(pace, answers, now_us)
            self._shared = pace.unanswered_calls > 1
            result.silent = may_be_silent(pace)
            if any(_finds_clock_wrong(answer.error) for answer in answers):
                result.clock_refused = True
                using = Pace.objects.db
                self._others_deliver = step_down(pace, using, now_us)
        self.watch.hear(answers, now_us)
        self._accept([a for a in answers if a.error is None], now_us, result)
        for answer in answers:
            if answer.error is not None:
                self._follow(answer, answer.error, now_us, result)
        self._look_for_evidence([a for a in answers if a.error], now_us, result)
        _give_back_turns(answers, now_us)
        # Last, as a claim counts them, so that neither waits for the other.
        give_back(answers, self.mailer.pace_key, now_us)
        return result

    def _look_for_evidence(
        self, answers: Sequence[Answer], now_us: int, result: BatchResult
    ) -> None:
        """Whatever this answer said: an event may have told, meanwhile, that SES has
        accepted the mail, at this attempt or at one before.
        """
        if not answers:
            return
        proven = resolve_from_events([a.outgoing.pk for a in answers], now_us)
        for answer in answers:
            if answer.outgoing.pk in proven:
                sent = Answer(answer.outgoing, proven[answer.outgoing.pk])
                result.sent.append(sent)
        result.failed = [a for a in result.failed if a.outgoing.pk not in proven]
        result.suppressed = [
            a for a in result.suppressed if a.outgoing.pk not in proven
        ]

    def _follow(
        self, answer: Answer, error: SendError, now_us: int, result: BatchResult
    ) -> None:
        match error:
            case SlowDown():
                self._defer(answer.outgoing, error, now_us, AttemptOutcome.THROTTLED)
            case HoldMail():
                self._hold(answer.outgoing, error, now_us, result)
            case Refused():
                self._refuse(answer, error, now_us, result)
            case AllSuppressed():
                self._suppress(answer, error, now_us, result)
            case OutcomeUnknown():
                self._lose(answer.outgoing, error, now_us)
            case _:
                self._retry(answer, error, now_us, result)

    def _accept(
        self, accepted: Sequence[Answer], now_us: int, result: BatchResult
    ) -> None:
        lost: set[int] = set()
        by_attempt: dict[int, dict[int, str]] = {}
        for answer in accepted:
            ids = by_attempt.setdefault(answer.outgoing.attempt, {})
            ids[answer.outgoing.pk] = answer.ses_message_id
        for attempt, ids in by_attempt.items():
            settled = Message.objects.accept(
                ids, attempt=attempt, token=self.token, now_us=now_us
            )
            if settled < len(ids):
                lost |= self._accept_late(ids, attempt, now_us)
        Attempt.objects.accepted(_numbers(accepted), now_us=now_us)
        sent = [answer for answer in accepted if answer.outgoing.pk not in lost]
        tell_recipients((answer.outgoing for answer in sent), now_us)
        self._drop_bodies(sent)
        result.sent.extend(sent)
        for answer in accepted:
            for hold in answer.outgoing.probes:
                lift(hold, now_us)
                result.lifted.append(hold)

    def _accept_late(self, ids: dict[int, str], attempt: int, now_us: int) -> set[int]:
        """The lease was lost during the call; SES has the mail all the same. That is
        evidence, as an event is: whatever waits for another try is sent, and whatever
        is being sent once more is known to be, even if that fails.

        Returns:
            The ids that somebody else is sending once more: theirs is the last word.
        """
        unsent = Message.objects.lock_unsent(ids)
        for pk in ids.keys() - Message.objects.sent_as(ids):
            # Also where another attempt is what the message was sent by: whoever looks
            # for a second mail finds it by its own id.
            Attempt.objects.witness(pk, attempt, ids[pk])
        return set(unsent) - resolve_from_events(unsent, now_us).keys()

    def _drop_bodies(self, accepted: Iterable[Answer]) -> None:
        if conf.get_retention().bodies_s == 0:
            done = [a.outgoing.pk for a in accepted if not a.outgoing.shares_body]
            if done:
                BodyChunk.objects.drop(done)

    def _defer(
        self,
        outgoing: OutgoingMessage,
        error: SendError,
        now_us: int,
        outcome: AttemptOutcome,
        *,
        wait_us: int = _THROTTLED_WAIT_US,
        counted: bool = False,
    ) -> None:
        Message.objects.put_back(
            outgoing.pk,
            token=self.token,
            ready_at_us=now_us + wait_us,
            counted=counted,
            reason=_reason(error),
            detail=error.detail,
            now_us=now_us,
        )
        self._end(outgoing, outcome, error, now_us)

    def _retry(
        self, answer: Answer, error: SendError, now_us: int, result: BatchResult
    ) -> None:
        outgoing = answer.outgoing
        if error.code == LATE:
            self._defer(outgoing, error, now_us, AttemptOutcome.LATE, wait_us=0)
            return
        # SES's own failure may be found to have been none: the try stays in doubt.
        doubtful = isinstance(error, ProbablyNotSent)
        outcome = AttemptOutcome.UNKNOWN if doubtful else AttemptOutcome.DEFERRED
        mailer = conf.get_mailer_or_default(outgoing.mailer)
        if outgoing.tests_outage:
            self._defer(outgoing, error, now_us, outcome, wait_us=0)
        elif outgoing.retries >= mailer.max_retries and fails_alone(
            outgoing.pk, self.mailer.pace_key
        ):
            self._refuse(answer, error, now_us, result)
        else:
            shared = error.unanswered and self._shared
            wait_s = back_off_s(mailer, outgoing.retries, shared=shared)
            self._defer(
                outgoing,
                error,
                now_us,
                outcome,
                wait_us=int(wait_s * US_PER_S),
                counted=True,
            )

    def _refuse(
        self, answer: Answer, error: SendError, now_us: int, result: BatchResult
    ) -> None:
        Message.objects.refuse(
            answer.outgoing.pk,
            token=self.token,
            reason=error.code[:64],
            detail=error.detail,
            now_us=now_us,
        )
        self._end(answer.outgoing, AttemptOutcome.REFUSED, error, now_us)
        result.failed.append(answer)

    def _suppress(
        self, answer: Answer, error: SendError, now_us: int, result: BatchResult
    ) -> None:
        outgoing = answer.outgoing
        ended = Message.objects.suppress(
            outgoing.pk,
            token=self.token,
            reason=error.code[:64],
            detail=error.detail,
            now_us=now_us,
        )
        if ended:
            tell_recipients([outgoing], now_us)
            result.suppressed.append(answer)

    def _lose(self, outgoing: OutgoingMessage, error: SendError, now_us: int) -> None:
        mailer = conf.get_mailer_or_default(outgoing.mailer)
        Message.objects.mark_uncertain(
            outgoing.pk,
            token=self.token,
            settle_at_us=after_us(now_us, mailer.uncertain_wait_s),
            reason=_reason(error),
            detail=error.detail,
            now_us=now_us,
        )
        self._end(outgoing, AttemptOutcome.UNKNOWN, error, now_us)

    def _hold(
        self,
        outgoing: OutgoingMessage,
        error: HoldMail,
        now_us: int,
        result: BatchResult,
    ) -> None:
        if not (_finds_clock_wrong(error) and self._others_deliver):
            self._place_hold(outgoing, error, now_us, result)
        Message.objects.put_back(
            outgoing.pk,
            token=self.token,
            ready_at_us=now_us,
            counted=False,
            reason=error.code[:64],
            detail=error.detail,
            now_us=now_us,
        )
        self._end(outgoing, AttemptOutcome.HELD, error, now_us)

    def _place_hold(
        self,
        outgoing: OutgoingMessage,
        error: HoldMail,
        now_us: int,
        result: BatchResult,
    ) -> None:
        value = error.value
        if error.scope is HoldScope.MAILER:
            value = outgoing.mailer
        hold, placed = Hold.objects.place(
            self.mailer.pace_key,
            scope=error.scope,
            value=value,
            cause=error.cause,
            detail=in_words() if _finds_clock_wrong(error) else error.detail,
            now_us=now_us,
        )
        if placed:
            result.placed.append(hold)

    def _end(
        self,
        outgoing: OutgoingMessage,
        outcome: AttemptOutcome,
        error: SendError,
        now_us: int,
    ) -> None:
        Attempt.objects.ended(
            [(outgoing.pk, outgoing.attempt)],
            outcome=outcome,
            error=error,
            now_us=now_us,
        )

    def _slow_down(self, pace: Pace, now_us: int) -> None:
        pace.keep(pace.schedule(self.mailer, now_us).slowed_down(now_us))
        pace.save(update_fields=["next_slot_us", "factor", "factor_at_us"])


def _concerns_others(answer: Answer) -> bool:
    """Whether an answer moves more than its own message: the pace, or a hold."""
    probed = answer.error is None and bool(answer.outgoing.probes)
    counted = bool(answer.outgoing.withheld)
    stopping = isinstance(answer.error, SlowDown | HoldMail)
    return probed or counted or stopping or answer.is_unanswered


def _finds_clock_wrong(error: SendError | None) -> bool:
    return isinstance(error, HoldMail) and error.cause is HoldCause.CLOCK_SKEW


def _reason(error: SendError) -> str:
    """Return how a message is marked: what an outage delays is found by it later."""
    return UNANSWERED if error.unanswered else error.code[:64]


def _give_back_turns(answers: Iterable[Answer], now_us: int) -> None:
    """A probe that SES has said nothing of does not make the next one wait longer."""
    for answer in answers:
        hold, error = answer.outgoing.turn_of, answer.error
        if hold is None or answer.is_from_ses:
            continue
        met = isinstance(error, HoldMail) and error.cause == hold.cause
        if met or (answer.is_unanswered and hold.cause == HoldCause.SES_SILENT):
            # What the hold is for was met before SES was: it is still needed.
            continue
        hold.give_back_turn(now_us)


def _numbers(answers: Iterable[Answer]) -> list[tuple[int, int]]:
    return [(answer.outgoing.pk, answer.outgoing.attempt) for answer in answers]
