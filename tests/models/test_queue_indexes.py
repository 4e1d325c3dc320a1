"""What the queue asks all the time is answered from an index, whatever the history."""

from __future__ import annotations

import pytest
from django.db import connection

from seacucumber.enums import Lane, MessageState
from seacucumber.models import Message
from seacucumber.models.transitions import MessageQuerySet

pytestmark = pytest.mark.django_db


def plan_of(rows: MessageQuerySet) -> str:
    """Return the database's plan for a query, as it is run: with parameters."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A table that is almost empty is read whole, rightly.
            cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.values_list("pk").explain()


def test_a_claim_reads_the_index_of_ready_mail() -> None:
    ready = Message.objects.ready("default/eu-west-1", Lane.BULK, 1)[:50]

    assert "seacucumber_message_ready" in plan_of(ready)


def test_the_sweep_reads_the_index_of_what_is_due() -> None:
    """With a condition on the state, SQLite walked through the whole table."""
    states = (MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN)
    overdue = Message.objects.overdue("default/eu-west-1", states, 1)[:500]

    assert "seacucumber_message_due" in plan_of(overdue)
