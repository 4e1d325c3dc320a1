"""Questions to SES about the account: at its pace, and one asker for each subject.

SES takes one management call a second of each account and region, whoever makes it
(https://docs.aws.amazon.com/ses/latest/dg/quotas.html). The schedule is a row in the
database, so that all processes on all hosts share it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from django.db import Error as DatabaseTrouble

from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.db.retry import persist
from seacucumber.delivery import queue_database
from seacucumber.enums import RefreshSubject
from seacucumber.exceptions import AccountError, Unreachable
from seacucumber.models import ControlPace, Refresh
from seacucumber.models.account.refresh import RefreshQuerySet
from seacucumber.ses.throttle import taking_turns

#: From one call to the next: a second, and what calls can differ in their way to SES.
SPACING_US = 1_200_000
#: A process that woke up later than this after its slot takes another one.
LATE_US = 50_000
_MOST_SLOTS = 10
_PATIENCE_S = 5.0
#: Longer than a call can take; each further call carries the lease on.
LEASE_S = 180.0

Value = TypeVar("Value")


class Skipped(StrEnum):
    """Why SES was not asked."""

    #: Somebody else asks at this moment.
    BUSY = "busy"
    #: What is known is young enough.
    FRESH = "fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[Value]):
    """What became of a refresh.

    Args:
        value: What SES said and was kept; None if it said nothing.
        error: Why SES has not told, or not told all.
        skipped: Why it was not asked.
    """

    value: Value | None = None
    error: AccountError | None = None
    skipped: Skipped | None = None


@contextmanager
def paced(mailer: Mailer) -> Iterator[None]:
    """Let every management call inside wait for the account's next free second.

    Not to be used inside a transaction: the others would wait for its end.
    """
    with taking_turns(lambda: take_turn(mailer.pace_key)):
        yield


def take_turn(pace_key: str) -> None:
    """Wait until an account's next free slot, and take it."""
    using = queue_database()
    ControlPace.objects.ensure(pace_key)
    for _ in range(_MOST_SLOTS):
        slot_us = persist(
            using,
            lambda: ControlPace.objects.reserve(pace_key, spacing_us=SPACING_US),
            for_s=_PATIENCE_S,
        )
        time.sleep(max(0, slot_us - clock.now_us(using)) / clock.US_PER_S)
        if clock.reckon_us(using) - slot_us <= LATE_US:
            return


def run(
    mailer: Mailer,
    subject: RefreshSubject,
    *,
    ask: Callable[[], tuple[Value, AccountError | None]],
    keep: Callable[[Value], object],
    unless_younger_s: float = 0.0,
) -> Outcome[Value]:
    """Ask SES about a subject unless somebody does already, and write down how it went.

    Args:
        ask: Asks SES, at its pace. Returns what it said, and what it would not say.
        keep: Stores what SES said, in one transaction with the success. It does not
            run if the lease was lost meanwhile: somebody newer knows better.
        unless_younger_s: Figures of this age are good enough.
    """
    lease = _Lease(mailer.pace_key, subject)
    skipped = lease.take(unless_younger_s)
    if skipped:
        return Outcome(skipped=skipped)
    try:
        with taking_turns(lease.turn):
            value, error = ask()
    except AccountError as failure:
        lease.fail(failure)
        return Outcome(error=failure)
    except BaseException as failure:
        lease.drop(failure)
        raise
    if not lease.keep(value, keep, error):
        return Outcome(skipped=Skipped.BUSY)
    return Outcome(value=value, error=error)


def in_plain_words(error: AccountError) -> str:
    """Return what an operator has to know of a failure."""
    if isinstance(error, Unreachable):
        return f"Amazon SES cannot be reached from this host. {error.detail}"
    return error.detail


class _Lease:
    """The right to ask about one subject, for as long as somebody is at it."""

    def __init__(self, pace_key: str, subject: RefreshSubject) -> None:
        self._pace_key = pace_key
        self._subject = subject
        self._using = queue_database()
        self._until_us = 0

    @property
    def _row(self) -> RefreshQuerySet:
        return Refresh.objects.held(self._pace_key, self._subject, self._until_us)

    def take(self, unless_younger_s: float) -> Skipped | None:
        now_us = clock.read_us(self._using)
        if unless_younger_s and Refresh.objects.younger_than(
            self._pace_key,
            self._subject,
            age_s=unless_younger_s,
            now_us=now_us,
        ):
            return Skipped.FRESH
        until_us = Refresh.objects.lease(
            self._pace_key, self._subject, now_us=now_us, for_s=LEASE_S
        )
        if until_us is None:
            return Skipped.BUSY
        self._until_us = until_us
        return None

    def turn(self) -> None:
        take_turn(self._pace_key)
        until_us = clock.after_us(clock.now_us(self._using), LEASE_S)
        if self._row.extend(until_us=until_us):
            self._until_us = until_us

    def keep(
        self,
        value: Value,
        keep: Callable[[Value], object],
        error: AccountError | None,
    ) -> bool:
        def work() -> bool:
            ended = self._note(error) if error else self._succeed()
            if ended:
                keep(value)
            return bool(ended)

        try:
            return persist(self._using, work, for_s=_PATIENCE_S)
        except BaseException as failure:
            self.drop(failure)
            raise

    def fail(self, error: AccountError) -> None:
        persist(self._using, lambda: self._note(error), for_s=_PATIENCE_S)

    def drop(self, failure: BaseException) -> None:
        """Note an error of our own; who has it in hand raises it again."""
        code = type(failure).__name__
        detail = "Something unexpected happened; the log of the worker tells more."
        # Where the database itself has failed, the lease ends in its own time.
        with suppress(DatabaseTrouble):
            self._row.fail(code=code, detail=detail)

    def _succeed(self) -> int:
        return self._row.succeed(now_us=clock.read_us(self._using))

    def _note(self, error: AccountError) -> int:
        permission = getattr(error, "permission", "")
        return self._row.fail(
            code=error.code or type(error).__name__,
            detail=in_plain_words(error),
            permission=permission,
        )
