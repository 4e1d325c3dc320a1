"""The database goes away while SES answers: nothing lost, and nothing sent twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import (
    DataError,
    InternalError,
    OperationalError,
    connection,
    connections,
)

from seacucumber.conf import get_mailer
from seacucumber.db import retry
from seacucumber.delivery import deliverer
from seacucumber.delivery.outcomes import settlement
from seacucumber.delivery.outcomes.unsettled import LoggedAcceptance, read_log
from seacucumber.enums import AttemptOutcome, MessageState, Uncertain
from seacucumber.models import Pace
from seacucumber.testing import LocalSES
from tests.queue import attempts, drain, fresh, overdue, put, put_many, state, sweep

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ses", "hasty"),
]

SENT = MessageState.SENT
UNCERTAIN = MessageState.UNCERTAIN


class ReplicaError(Exception):
    """As psycopg says that a server has become a replica."""

    sqlstate = "25006"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all waits for the database, so that it can be away for many of them."""
    Pace.objects.ensure(get_mailer().pace_key)
    monkeypatch.setattr(retry, "_FIRST_WAIT_S", 0.002)
    monkeypatch.setattr(retry, "_LONGEST_WAIT_S", 0.01)
    monkeypatch.setattr(deliverer, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(settlement, "TELL_AFTER_S", 0.02)


class Outage:
    """Refuses all writes while it lasts, in so many tries."""

    def __init__(self, begins: Callable[[str], bool], tries: int) -> None:
        self.failures = 0
        self._begins = begins
        self._tries = tries
        self.meanwhile: dict[int, Callable[[], object]] = {}

    def __call__(self, execute: Any, sql: str, *args: Any) -> Any:
        # A lock is a write, too, and so is SQLite's BEGIN IMMEDIATE.
        writes = sql.startswith(("BEGIN", "INSERT", "UPDATE", "DELETE"))
        writes |= "FOR UPDATE" in sql
        lasts = self.failures < self._tries and (self.failures or self._begins(sql))
        if writes and lasts:
            self.failures += 1
            elsewhere(self.meanwhile.pop(self.failures, lambda: None))
            raise InternalError("read-only") from ReplicaError()
        return execute(sql, *args)


def elsewhere(work: Callable[[], object]) -> None:
    """Do something as another process would, over a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@contextmanager
def away(outage: Outage) -> Iterator[None]:
    with connection.execute_wrapper(outage):
        yield
    assert not outage.meanwhile


def test_a_failover_in_the_middle_of_answers_sends_nothing_twice(
    ses: LocalSES,
) -> None:
    messages = put_many(20)

    with away(Outage(lambda sql: bool(ses.inbox), tries=200)):
        drain()

    assert len(ses.inbox) == 20
    assert {state(message) for message in messages} == {SENT}
    for message in messages:
        assert attempts(message)[-1].outcome == AttemptOutcome.ACCEPTED


@pytest.mark.parametrize("policy", list(Uncertain))
def test_an_answer_outlives_its_lease_and_the_sweep_of_another_process(
    ses: LocalSES, policy: Uncertain
) -> None:
    message = put(uncertain=policy)
    outage = Outage(lambda sql: bool(ses.inbox), tries=60)
    swept: list[MessageState] = []

    def take_for_dead() -> None:
        # Another process knows nothing of what this one has seen.
        retry._failed_s.clear()
        overdue(message)
        sweep()
        swept.append(state(message))

    outage.meanwhile[50] = take_for_dead
    with away(outage):
        drain()
        sweep()

    assert swept == [UNCERTAIN]
    assert (len(ses.inbox), state(message)) == (1, SENT)
    [attempt] = attempts(message)
    assert (attempt.outcome, attempt.code) == (AttemptOutcome.ACCEPTED, "")


def test_nothing_is_begun_while_the_database_is_away(ses: LocalSES) -> None:
    messages = put_many(5)
    outage = Outage(lambda sql: "INTO" in sql and "_attempt" in sql, tries=40)
    outage.meanwhile[40] = lambda: seen.append(len(ses.inbox))
    seen: list[int] = []

    with away(outage):
        drain()

    assert seen == [0]
    assert {state(message) for message in messages} == {SENT}
    assert len(ses.inbox) == 5
    # The claim that was given up counts for nothing.
    assert {fresh(message).claims for message in messages} <= {0, 1}


def test_what_waits_is_in_the_log_once_and_can_be_read_from_there(
    ses: LocalSES, caplog: pytest.LogCaptureFixture
) -> None:
    message = put()

    with away(Outage(lambda sql: bool(ses.inbox), tries=80)):
        drain()

    lines = [record.getMessage() for record in caplog.records]
    expected = LoggedAcceptance(message.uid, 1, ses.inbox[0].ses_message_id)
    assert list(read_log(lines)) == [expected]
    assert any("In the database now" in line for line in lines)
    # Not once for each try.
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) < 10


def test_an_answer_that_the_database_refuses_does_not_keep_back_the_others(
    ses: LocalSES, caplog: pytest.LogCaptureFixture
) -> None:
    refused, *others = put_many(6)

    def refuse(execute: Any, sql: str, params: Any, *args: Any) -> Any:
        settles = sql.startswith("UPDATE") and "ses_message_id = CASE" in sql
        if settles and refused.pk in params:
            raise DataError("no")
        return execute(sql, params, *args)

    with connection.execute_wrapper(refuse), pytest.raises(DataError):
        drain()
    drain()

    assert {state(message) for message in others} == {SENT}
    assert len(ses.inbox) == 6
    logged = [row.uid for row in read_log(r.getMessage() for r in caplog.records)]
    assert logged == [refused.uid]


class LostCommit:
    """Commits, and loses the answer: once, at the first transaction that is meant."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, marks: str) -> None:
        self.lost = 0
        self._marks = marks
        self._armed = False
        self._commit = connection._commit
        monkeypatch.setattr(connection, "_commit", self.commit)

    def watch(self, execute: Any, sql: str, *args: Any) -> Any:
        self._armed |= self._marks in sql and not self.lost
        return execute(sql, *args)

    def commit(self) -> None:
        self._commit()
        if self._armed:
            self._armed = False
            self.lost += 1
            raise OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize(
    "statement",
    [
        # Claim; begin; settle.
        '"claims" + ',
        'INTO "seacucumber_attempt"',
        "ses_message_id = CASE",
    ],
)
def test_a_commit_whose_answer_was_lost_is_done_again_and_changes_nothing(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    messages = put_many(10)
    lost = LostCommit(monkeypatch, statement.replace('"', quote()))

    with connection.execute_wrapper(lost.watch):
        report = drain()

    assert lost.lost == 1
    assert report.sent == 10
    assert {state(message) for message in messages} == {SENT}
    assert len(ses.inbox) == 10
    for message in messages:
        *before, last = [attempt.outcome for attempt in attempts(message)]
        assert last == AttemptOutcome.ACCEPTED
        # On a busy machine some are late for their slots, and leave in later ones.
        assert set(before) <= {AttemptOutcome.LATE}
        assert before or fresh(message).claims == 1


def test_a_begin_that_was_given_up_after_a_lost_commit_is_put_back(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = put(uncertain=Uncertain.HOLD)
    lost = LostCommit(monkeypatch, f"INTO {quote()}seacucumber_attempt{quote()}")
    outage = Outage(lambda sql: bool(lost.lost), tries=40)

    with connection.execute_wrapper(lost.watch), away(outage):
        drain()

    assert (state(message), len(ses.inbox)) == (SENT, 1)
    assert [a.outcome for a in attempts(message)] == [
        AttemptOutcome.LATE,
        AttemptOutcome.ACCEPTED,
    ]


def quote() -> str:
    return connection.ops.quote_name("x")[0]
