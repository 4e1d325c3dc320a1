"""What the queue asks all the time is answered from an index, whatever the history."""

from __future__ import annotations

import pytest
from django.db import connection

from seacucumber.enums import Lane, MessageState
from seacucumber.models import Message
from seacucumber.models.transitions import MessageQuerySet

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
    assert "seacucumber_message_ready" in plan_of(ready)


def test_the_sweep_reads_the_index_of_what_is_due() -> None:
    """With a condition on the state, SQLite walked through the whole table."""
    states = (MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN)
    overdue = Message.objects.overdue(KEY, states, 50)[:500]

    assert len(overdue) == 50
    assert "seacucumber_message_due" in plan_of(overdue)
