"""Rows that are inserted by one prepared statement are like those Django inserts."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection
from django.forms.models import model_to_dict

from seacucumber.db.bulk_insert import can_insert_missing, insert, insert_missing
from seacucumber.models import Message, Recipient


def make_message(number: int) -> Message:
    return Message(
        mailer="default",
        pace_key="default/eu-west-1",
        ready_at_us=number,
        expires_at_us=None,
        tags={"list": "weekly"},
        metadata={"größe": [1, None, "ü"]},
        sender="post@example.com",
        subject="Grüße",
        recipient_count=1,
        size_bytes=10,
        state_at_us=0,
    )


@pytest.mark.django_db
def test_a_row_reads_back_as_if_django_had_written_it() -> None:
    ours, django_s = make_message(1), make_message(1)

    insert([ours], "default")
    django_s.save()

    if ours.pk is None:  # MySQL returns no keys.
        ours.pk = Message.objects.get(uid=ours.uid).pk
    different = ["id", "uid", "created_at"]
    read = [Message.objects.get(pk=row.pk) for row in (ours, django_s)]
    assert model_to_dict(read[0], exclude=different) == model_to_dict(
        read[1], exclude=different
    )
    assert read[0].created_at == ours.created_at


@pytest.mark.django_db
def test_more_rows_than_one_statement_takes_get_a_key_each() -> None:
    message = make_message(1)
    message.save()
    rows = [
        Recipient(message_id=message.pk, address=f"r{number}@example.org", kind=0)
        for number in range(700)
    ]

    insert(rows, "default")

    assert Recipient.objects.count() == 700
    if connection.features.can_return_rows_from_bulk_insert:
        assert {row.pk: row.address for row in rows} == dict(
            Recipient.objects.values_list("pk", "address")
        )


@pytest.mark.django_db
def test_rows_that_are_there_already_are_left_as_they_are() -> None:
    if not can_insert_missing("default"):
        pytest.skip("MySQL cannot be told at which conflict a row is left out.")
    known, new = make_message(1), make_message(2)
    known.save()
    again = make_message(3)
    again.uid = known.uid

    assert insert_missing([again, new], "default", once="uid") == {new.uid}

    stored = dict(Message.objects.values_list("uid", "ready_at_us"))
    assert stored == {known.uid: 1, new.uid: 2}


@pytest.mark.django_db
def test_another_conflict_than_the_one_that_is_named_is_an_error() -> None:
    if not can_insert_missing("default"):
        pytest.skip("MySQL cannot be told at which conflict a row is left out.")
    message = make_message(1)
    message.subject = None  # type: ignore[assignment]

    with pytest.raises(IntegrityError):
        insert_missing([message], "default", once="uid")


@pytest.mark.django_db
def test_nothing_to_insert_is_no_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        insert([], "default")
