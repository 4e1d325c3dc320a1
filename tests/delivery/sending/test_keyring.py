"""How often a key ring asks the database, and how soon it knows what has changed."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from seacucumber.conf import get_mailer
from seacucumber.delivery.outgoing_message import read_outgoing
from seacucumber.delivery.sending import signing_keys
from seacucumber.delivery.sending.signing_keys import KeyRing
from seacucumber.enums import MessageState
from seacucumber.models import DkimKey, Message
from seacucumber.signing import SigningError
from seacucumber.testing import LocalSES
from tests.delivery.keys import now, signatures, stored_key
from tests.queue import RAW, drain, put, put_many, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses", "new_process")]


class Ring:
    """A key ring, and a clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ring = KeyRing(get_mailer().pace_key)
        self.now_s = 100.0
        monkeypatch.setattr("time.monotonic", lambda: self.now_s)

    def signature(self, message: Message, *, queries: int) -> list[tuple[str, str]]:
        """Return what a message is signed with, and count what was asked."""
        (outgoing,) = read_outgoing(Message.objects.filter(pk=message.pk))
        outgoing.raw = RAW
        with CaptureQueriesContext(connection) as asked:
            self.ring.equip([outgoing, outgoing])
        assert len(asked) == queries, asked.captured_queries
        if outgoing.signing is None:
            return []
        assert not isinstance(outgoing.signing.signer, SigningError)
        return signatures(outgoing.signing.signer.sign(RAW))


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    return Ring(monkeypatch)


def test_one_query_a_second_and_none_between(ring: Ring) -> None:
    stored_key()
    message = put()

    # The second one fetches the key itself, which this process has not met.
    assert ring.signature(message, queries=2) == [("example.com", "one")]
    for _ in range(5):
        ring.now_s += 0.19
        assert ring.signature(message, queries=0) == [("example.com", "one")]
    ring.now_s += 0.1
    assert ring.signature(message, queries=1) == [("example.com", "one")]


def test_without_keys_it_is_one_query_a_second_too(ring: Ring) -> None:
    message = put()

    assert ring.signature(message, queries=1) == []
    assert ring.signature(message, queries=0) == []


def test_a_key_is_parsed_once_in_a_process_and_never_from_pem_per_message(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_key()
    message = put()
    ring.signature(message, queries=2)
    another = Ring(monkeypatch)

    assert another.signature(message, queries=1) == [("example.com", "one")]


def test_a_rotation_is_known_after_a_second(ring: Ring) -> None:
    old = stored_key(selector="old")
    new = stored_key(selector="new", number=1, active=False)
    message = put()
    assert ring.signature(message, queries=2) == [("example.com", "old")]

    assert DkimKey.objects.retire(old, now())
    assert DkimKey.objects.activate(new, now(), unpublished=True)
    ring.now_s += 0.9
    assert ring.signature(message, queries=0) == [("example.com", "old")]
    ring.now_s += 0.2
    assert ring.signature(message, queries=2) == [("example.com", "new")]


def test_a_revoked_key_leaves_the_process(ring: Ring) -> None:
    key = stored_key()
    message = put()
    ring.signature(message, queries=2)
    assert signing_keys._signers

    assert DkimKey.objects.revoke(key, now())
    ring.now_s += 1.0
    assert ring.signature(message, queries=1) == []
    assert not signing_keys._signers


def test_a_key_that_moves_while_it_is_looked_up_is_looked_up_again(ring: Ring) -> None:
    old = stored_key(selector="old")
    new = stored_key(selector="new", number=1, active=False)
    message = put()
    other = put(sender="a@mail.example.com")
    stored_key("mail.example.com", "mail", number=2)
    ring.signature(other, queries=2)

    assert DkimKey.objects.retire(old, now())
    assert DkimKey.objects.activate(new, now(), unpublished=True)
    # Its row is not as it was: the ring is read again, and then the new one's key.
    assert ring.signature(message, queries=3) == [("example.com", "new")]


def test_a_deliverer_asks_once_for_all_that_it_sends_in_a_second() -> None:
    stored_key()
    put_many(120)

    begun_s = time.monotonic()
    with CaptureQueriesContext(connection) as asked:
        assert drain().sent == 120
    seconds = math.ceil(time.monotonic() - begun_s)

    about_keys = [query for query in asked if "seacucumber_dkimkey" in query["sql"]]
    # Once in each second that has passed meanwhile, and once for the key itself.
    assert 2 <= len(about_keys) <= seconds + 2


def test_a_deliverer_with_nothing_to_send_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        drain()

    assert not [query for query in asked if "seacucumber_dkimkey" in query["sql"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failing", ["first", "second"])
def test_a_read_that_the_database_fails_is_done_again_and_nothing_leaves_unsigned(
    ses: LocalSES, failing: str
) -> None:
    """The first query finds the keys, the second fetches what signs."""
    stored_key()
    message = put()
    count = {"first": 1, "second": 2}[failing]
    asked: list[str] = []

    def fail_once(execute: Any, sql: str, *args: Any) -> Any:
        if "seacucumber_dkimkey" in sql:
            asked.append(sql)
            if len(asked) == count:
                raise OperationalError("deadlock detected")
        return execute(sql, *args)

    with connection.execute_wrapper(fail_once):
        drain()

    assert len(asked) > count
    assert state(message) == MessageState.SENT
    assert signatures(ses.inbox[0].raw) == [("example.com", "one")]


def test_a_ring_that_could_not_be_read_is_read_the_next_time(ring: Ring) -> None:
    stored_key()
    message = put()
    outgoing = read_outgoing(Message.objects.filter(pk=message.pk))

    def fail(*args: Any) -> Any:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        ring.ring.equip(outgoing)

    assert ring.signature(message, queries=2) == [("example.com", "one")]
