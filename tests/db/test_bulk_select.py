"""Rows that are looked up by one prepared statement are those that Django finds."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.db.bulk_select import select
from seacucumber.models import Recipient
from tests.queue import put, put_many

pytestmark = pytest.mark.django_db

COLUMNS = ("id", "message_id", "address", "delivery_status")


def test_rows_of_some_values_are_found_as_django_finds_them() -> None:
    first, second, _other = put(recipients=2), put(recipients=3), put()

    pks = [first.pk, second.pk]
    found = select(Recipient, COLUMNS, "default", by="message_id", values=pks)

    expected = Recipient.objects.filter(message__in=pks).values_list(*COLUMNS)
    assert sorted(found) == sorted(expected)


def test_more_values_than_one_statement_takes_are_all_looked_for() -> None:
    message = put_many(3)[2]
    many = [*range(-2000, 0), message.pk]

    found = select(Recipient, COLUMNS[1:2], "default", by="message_id", values=many)

    assert found == [(message.pk,)]


def test_a_value_is_never_part_of_the_statement() -> None:
    put()
    nasty = ["' OR '1'='1", "%s", "100%"]

    assert select(Recipient, ("id",), "default", by="address", values=nasty) == []


def test_nothing_to_look_for_is_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert select(Recipient, ("id",), "default", by="address", values=[]) == []
