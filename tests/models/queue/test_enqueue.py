"""New rows: what one mail becomes in the queue."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from seacucumber.conf import get_mailer
from seacucumber.enums import Lane, MessageState, RecipientKind, Uncertain
from seacucumber.envelope import Envelope
from seacucumber.envelope import Recipient as Address
from seacucumber.models import Attempt, BodyChunk, Message, Recipient
from seacucumber.models.queue.body import CHUNK_BYTES
from seacucumber.models.queue.enqueue import store
from tests.queue import RAW, USING, envelope, now_us

pytestmark = pytest.mark.django_db


def kept(*mails: Envelope, uids: tuple[str, ...] = ()) -> list[list[Message]]:
    with transaction.atomic():
        return store(mails, get_mailer(), using=USING, uids=uids)


def test_one_mail_is_one_message_with_body_and_recipient() -> None:
    before_us = now_us()

    [[message]] = kept(envelope(get_mailer()))

    row = Message.objects.get()
    assert row.pk == message.pk
    assert row.state == MessageState.QUEUED
    assert (row.sender, row.subject) == ("post@example.com", "Hello")
    assert row.mailer == "default"
    assert row.pace_key == get_mailer().pace_key
    assert before_us <= row.ready_at_us <= now_us()
    assert row.recipient_count == 1
    assert row.size_bytes == len(RAW)
    assert not row.shares_body
    assert BodyChunk.objects.of([row.pk]) == {row.pk: RAW}
    assert Recipient.objects.get().message_id == row.pk
    assert not Attempt.objects.exists()


def test_a_uid_is_what_ses_takes_as_the_value_of_a_tag() -> None:
    [[first], [second]] = kept(envelope(get_mailer()), envelope(get_mailer()))

    assert first.uid != second.uid
    for message in (first, second):
        assert len(message.uid) == 32
        assert set(message.uid) <= set("0123456789abcdef")


def test_a_given_uid_is_kept_and_the_other_parts_get_new_ones() -> None:
    [[first, second], [third]] = kept(
        envelope(get_mailer(), recipients=51), envelope(get_mailer()), uids=("a" * 32,)
    )

    assert first.uid == "a" * 32
    assert len({first.uid, second.uid, third.uid}) == 3


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(50, [50]), (51, [50, 1]), (100, [50, 50]), (120, [50, 50, 20])],
)
def test_more_than_50_recipients_are_several_calls_with_one_body(
    count: int, sizes: list[int]
) -> None:
    """SES takes 50 recipients in one message."""
    [parts] = kept(envelope(get_mailer(), recipients=count))

    assert [part.recipient_count for part in parts] == sizes
    rows = list(Message.objects.order_by("pk"))
    assert [row.recipient_count for row in rows] == sizes
    assert [row.body_of_id for row in rows] == [None] + [rows[0].pk] * (len(sizes) - 1)
    assert {row.shares_body for row in rows} == {len(sizes) > 1}
    assert set(BodyChunk.objects.values_list("message_id", flat=True)) == {rows[0].pk}
    addresses = [
        list(row.recipients.order_by("pk").values_list("address", flat=True))
        for row in rows
    ]
    assert list(itertools.chain.from_iterable(addresses)) == [
        f"ann{number}@example.org" for number in range(count)
    ]
    assert [len(mine) for mine in addresses] == sizes


def test_a_large_body_is_kept_in_pieces() -> None:
    """MariaDB takes 16 MB in one packet, SES 40 MB in one message."""
    raw = RAW + bytes(range(256)) * 4800

    [[message]] = kept(envelope(get_mailer(), raw=raw))

    assert BodyChunk.objects.count() == 3
    assert max(len(chunk.data) for chunk in BodyChunk.objects.all()) == CHUNK_BYTES
    assert BodyChunk.objects.of([message.pk]) == {message.pk: raw}


def test_large_and_small_bodies_of_one_call_do_not_mix() -> None:
    large = RAW + b"x" * CHUNK_BYTES

    [[one], [two], [three]] = kept(
        envelope(get_mailer()),
        envelope(get_mailer(), raw=large),
        envelope(get_mailer()),
    )

    assert BodyChunk.objects.of([one.pk, two.pk, three.pk]) == {
        one.pk: RAW,
        two.pk: large,
        three.pk: RAW,
    }


def test_addresses_are_found_in_lower_case_and_sent_as_they_were_written() -> None:
    addresses = (
        Address(address="Ann.Lee@example.org", kind=RecipientKind.TO),
        Address(address="bob@example.org", kind=RecipientKind.BCC),
    )

    kept(replace(envelope(get_mailer()), recipients=addresses))

    ann, bob = Recipient.objects.order_by("pk")
    assert (ann.address, ann.spelling) == ("ann.lee@example.org", "Ann.Lee@example.org")
    assert (bob.address, bob.spelling) == ("bob@example.org", "")
    assert (ann.kind, bob.kind) == (RecipientKind.TO, RecipientKind.BCC)


def test_options_of_the_envelope_are_kept_with_the_message() -> None:
    before_us = now_us()

    kept(
        envelope(
            get_mailer(),
            lane=Lane.BULK,
            uncertain=Uncertain.HOLD,
            configuration_set="news",
            expires_s=60.0,
            tags={"kind": "welcome"},
            metadata={"order": 7, "lines": [1, None]},
        )
    )

    row = Message.objects.get()
    assert row.lane == Lane.BULK
    assert row.uncertain == Uncertain.HOLD
    assert row.configuration_set == "news"
    assert row.expires_at_us is not None
    assert 60_000_000 <= row.expires_at_us - before_us < 90_000_000
    assert row.tags == {"kind": "welcome"}
    assert row.metadata == {"order": 7, "lines": [1, None]}


def test_a_rollback_leaves_nothing() -> None:
    with transaction.atomic():
        store([envelope(get_mailer(), recipients=60)], get_mailer(), using=USING)
        transaction.set_rollback(True)

    assert not Message.objects.exists()
    assert not Recipient.objects.exists()
    assert not BodyChunk.objects.exists()


def test_many_mails_need_few_statements(
    django_assert_max_num_queries: Any,
) -> None:
    mails = [envelope(get_mailer()) for _ in range(100)]
    now_us()

    with django_assert_max_num_queries(8):
        kept(*mails)
