"""What the queue asks all the time is answered from an index, whatever the history."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from seacucumber import backlog
from seacucumber.enums import Lane, MessageState
from seacucumber.models import Message
from seacucumber.models.queue.transitions import MessageQuerySet

pytestmark = pytest.mark.django_db

KEY = "default/eu-west-1"
SENT, WAITING = 4000, 500


@pytest.fixture(autouse=True)
def history() -> None:
    """A queue of some length on top of what was sent: planners look at both."""
    rows = [(MessageState.SENT, None)] * SENT
    rows += [(MessageState.QUEUED, None)] * WAITING
    rows += [(MessageState.SENDING, number) for number in range(WAITING)]
    Message.objects.bulk_create(
        Message(
            mailer="default",
            pace_key=KEY,
            state=state,
            lane=Lane.BULK,
            ready_at_us=number,
            due_at_us=due_at_us,
            sender="post@example.com",
            recipient_count=1,
            size_bytes=1,
            state_at_us=0,
        )
        for number, (state, due_at_us) in enumerate(rows)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE seacucumber_message")


def plan_of(rows: MessageQuerySet) -> str:
    """Return the database's plan for a query, as it is run: with parameters."""
    return rows.values_list("pk").explain()


def test_a_claim_reads_the_index_of_ready_mail() -> None:
    ready = Message.objects.ready(KEY, Lane.BULK, 2 * SENT)[:50]

    assert len(ready) == 50
    assert "seacucumber_message_claim" in plan_of(ready)


def test_a_claim_walks_past_no_mail_that_is_held_back() -> None:
    """Nor past what a lane of the same account has: all but the time is looked up."""
    Message.objects.filter(ready_at_us__lt=SENT + WAITING - 50).update(held_back=True)
    ready = Message.objects.ready(KEY, Lane.BULK, 2 * SENT)[:50]

    assert len(ready) == 50
    plan = plan_of(ready)
    assert "seacucumber_message_claim" in plan
    assert not re.search("(?i)temp b-tree|filesort|sort key|filter", plan), plan
    if connection.vendor == "sqlite":
        assert "pace_key=? AND held_back=? AND lane=? AND ready_at_us<?" in plan


def test_what_is_held_back_is_found_by_its_account() -> None:
    Message.objects.filter(ready_at_us=SENT + 3).update(held_back=True)
    parked = Message.objects.parked().filter(pace_key=KEY)[:50]

    assert len(parked) == 1
    assert "seacucumber_message_claim" in plan_of(parked)


def test_the_sweep_reads_the_index_of_what_is_due() -> None:
    """With a condition on the state, SQLite walked through the whole table."""
    states = (MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN)
    overdue = Message.objects.overdue(KEY, states, 50)[:500]

    assert len(overdue) == 50
    assert "seacucumber_message_due" in plan_of(overdue)


@pytest.mark.parametrize("pace_key", [None, KEY])
def test_the_dashboard_reads_the_indexes_of_what_is_in_the_queue(
    pace_key: str | None,
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "seacucumber_message" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        found = backlog.read("default", pace_key=pace_key)

    assert found.counts == {
        (MessageState.QUEUED, Lane.BULK): WAITING,
        (MessageState.SENDING, Lane.BULK): WAITING,
    }
    assert len(asked) == 2
    prefix = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Where a fifth of the rows is wanted, it rightly reads all of them.
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in asked:
            cursor.execute(f"{prefix} {sql}", params)
            plan = str(cursor.fetchall())
            assert "message_live" in plan or "message_claim" in plan


def test_each_account_has_a_queue_of_its_own() -> None:
    Message.objects.filter(state=MessageState.QUEUED).update(pace_key="other/us-east-1")

    mine = backlog.read("default", pace_key=KEY)

    assert mine.count(MessageState.QUEUED) == 0
    assert mine.count(MessageState.SENDING) == WAITING
    assert mine.oldest_s == {}
