"""SES does not answer: the account's mail waits, and SES is asked now and then.

Every deliverer counts unanswered calls in the row of the pace, and reports with each
claim when SES has answered it. Calls that fail one after the other, of more than one
message and more often than chance has it, stop the mail of the account: at first for
the moment in which others report, then by a hold.

The hold's probe comes in two steps. A question that costs nothing goes first; only if
SES answers that, a message follows. Any answer lifts the hold.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from seacucumber import ses
from seacucumber.conf import Mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.holds.blame import is_beyond_chance
from seacucumber.delivery.holds.lifecycle import lift
from seacucumber.delivery.outgoing_message import Answer
from seacucumber.enums import HoldCause, HoldScope
from seacucumber.models import Hold, Pace
from seacucumber.models.queue.pace import UNANSWERED_FIELDS

#: Fewer calls in a row say nothing, nor do those of one message.
_ENOUGH_CALLS, _ENOUGH_MESSAGES = 5, 2
#: Whoever else delivers has reported by then: it claims once a second.
_REPORTED_US = 2 * US_PER_S
#: No answer within this is none. A resolver that hangs knows no shorter time.
ASK_FOR_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageReview:
    """What stands after a review.

    Args:
        silent: SES does not answer, so nothing is to be sent but the hold's probe.
    """

    holds: list[Hold]
    silent: bool = False
    placed: list[Hold] = field(default_factory=list)
    lifted: list[Hold] = field(default_factory=list)


@dataclass(slots=True)
class OutageWatch:
    """What one deliverer knows of whether SES answers.

    Args:
        token: The deliverer's lease token.
        answered_at_us: When SES has answered it last.
        asked: Id of the hold whose question SES has answered, until a probe follows.
    """

    token: str
    answered_at_us: int = 0
    asked: int | None = None

    def hear(self, answers: Iterable[Answer], now_us: int) -> None:
        """Take note of what SES has answered."""
        telling = [each.is_from_ses for each in answers if each.tells_of_ses]
        if any(telling):
            # Later than what failed before it, earlier than what failed after it.
            self.answered_at_us = now_us + (1 if telling[-1] else -1)

    def count(self, pace: Pace, answers: Sequence[Answer], now_us: int) -> None:
        """Write down, in their order, which calls went unanswered.

        Call under the pace's lock, before `hear`.
        """
        pace.go_answered(self.answered_at_us)
        for answer in answers:
            if answer.is_from_ses:
                pace.go_answered(now_us)
            elif answer.error is not None and answer.is_unanswered:
                pace.go_unanswered(answer.outgoing.pk, answer.error.detail, now_us)
        pace.save(update_fields=UNANSWERED_FIELDS)

    def review(self, pace: Pace, holds: list[Hold], now_us: int) -> OutageReview:
        """Report, and stop the account's mail if SES answers nobody, or let it go on.

        Call under the pace's lock; the caller saves the pace.
        """
        pace.go_answered(self.answered_at_us)
        held = [hold for hold in holds if hold.cause == HoldCause.SES_SILENT]
        if held and self.answered_at_us > pace.unanswered_at_us:
            for hold in held:
                lift(hold, now_us)
            pace.outage_ended_us = now_us
            pace.unanswered_calls = pace.unanswered_messages = 0
            kept = [hold for hold in holds if hold not in held]
            return OutageReview(holds=kept, lifted=held)
        if held or not _is_silent(pace):
            return OutageReview(holds=holds, silent=bool(held))
        others = pace.attendants(now_us).keys() - {self.token}
        if others and now_us - pace.unanswered_at_us < _REPORTED_US:
            return OutageReview(holds=holds, silent=True)
        hold, placed = Hold.objects.place(
            pace.key,
            scope=HoldScope.ACCOUNT,
            value="",
            cause=HoldCause.SES_SILENT,
            detail=pace.unanswered_detail,
            now_us=now_us,
        )
        return OutageReview(holds=[*holds, hold], silent=True, placed=[hold] * placed)


def may_be_silent(pace: Pace) -> bool:
    """Tell whether so many calls went unanswered that it is worth another look."""
    return (
        pace.unanswered_calls >= _ENOUGH_CALLS
        and pace.unanswered_messages >= _ENOUGH_MESSAGES
    )


def is_answered(mailer: Mailer) -> bool:
    """Ask SES something that costs nothing; return whether it answers in time.

    Not to be called inside a transaction.
    """
    return ask(ses.get_sender(mailer).is_answered) is True


def ask(question: Callable[[], bool | None]) -> bool | None:
    """Return what SES answers to a question; None if it does not in time.

    Not to be called inside a transaction.
    """
    answers: list[bool | None] = []
    # A name server may take longer than any timeout of ours; its thread is left alone.
    asker = threading.Thread(
        target=lambda: answers.append(question()),
        name="seacucumber-ask",
        daemon=True,
    )
    asker.start()
    asker.join(ASK_FOR_S)
    return answers[0] if answers else None


def _is_silent(pace: Pace) -> bool:
    return may_be_silent(pace) and is_beyond_chance(
        pace.unanswered_calls,
        pace_key=pace.key,
        before_us=pace.unanswered_since_us,
    )
