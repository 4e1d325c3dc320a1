"""Faults, as botocore sees them, and what the ledger knows of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.http.server import free_port
from tests.testing.mail import ONE_ATTEMPT, RECIPIENT, SENDER, call, mime, refusal

Connect = Callable[..., Any]


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        (Fault.reset_before_reading(), 0),
        (Fault.reset(), 0),
        (Fault.reset(after_accepting=True), 1),
    ],
)
def test_reset_closes_the_connection_without_an_answer(
    fault: Fault, accepted: int, ses: LocalSES, v2: Any
) -> None:
    ses.faults.add(fault)

    with pytest.raises(ConnectionClosedError):
        v2.send_email(**call())

    assert len(ses.inbox) == accepted
    assert ses.counters.posts == 1


def test_v1_can_be_reset_as_well(ses: LocalSES, v1: Any) -> None:
    ses.faults.add(Fault.reset(after_accepting=True))

    with pytest.raises(ConnectionClosedError):
        v1.send_raw_email(Source=SENDER, RawMessage={"Data": mime()})

    assert ses.inbox[0].recipients == (RECIPIENT,)


@pytest.mark.parametrize("accepted", [False, True])
def test_hang_outlasts_the_read_timeout(
    accepted: bool, ses: LocalSES, connect: Connect
) -> None:
    ses.faults.add(Fault.hang(after_accepting=accepted))

    with pytest.raises(ReadTimeoutError):
        connect(ses.url, read_timeout=0.3).send_email(**call())

    assert len(ses.inbox) == accepted
    assert ses.faults.hanging == 1


def test_hang_ends_when_it_is_released(ses: LocalSES, v2: Any) -> None:
    ses.faults.add(Fault.hang())
    problems: list[BaseException] = []

    def send() -> None:
        try:
            v2.send_email(**call())
        except ConnectionClosedError as error:
            problems.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    while not ses.faults.hanging:
        thread.join(timeout=0.01)
    ses.faults.release()
    thread.join(timeout=10)

    assert len(problems) == 1
    assert ses.inbox == []


def test_hang_ends_after_its_time(ses: LocalSES, v2: Any) -> None:
    ses.faults.add(Fault.hang(0.05, after_accepting=True))

    with pytest.raises(ConnectionClosedError):
        v2.send_email(**call())

    assert len(ses.inbox) == 1


def test_stop_ends_what_hangs(connect: Connect) -> None:
    with LocalSES(verified=["example.com"]) as ses:
        ses.faults.add(Fault.hang())
        with pytest.raises(ReadTimeoutError):
            connect(ses.url, read_timeout=0.2).send_email(**call())
        assert ses.faults.hanging == 1

    assert ses.faults.hanging == 0
    assert ses.inbox == []


def test_late_acceptance_finds_nobody_to_tell(ses: LocalSES, connect: Connect) -> None:
    ses.faults.add(Fault.latency(0.6))

    with pytest.raises(ReadTimeoutError):
        connect(ses.url, read_timeout=0.2).send_email(**call())

    assert len(ses.wait_for(1)) == 1


def test_truncated_answer_is_a_success_without_message_id(
    ses: LocalSES, v2: Any
) -> None:
    ses.faults.add(Fault.truncated())

    answer = v2.send_email(**call())

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "MessageId" not in answer
    assert len(ses.inbox) == 1


def test_answer_without_message_id(ses: LocalSES, v1: Any, v2: Any) -> None:
    ses.faults.add(Fault.without_message_id())

    answer = v2.send_email(**call())
    answer_v1 = v1.send_raw_email(Source=SENDER, RawMessage={"Data": mime()})

    assert "MessageId" not in answer
    assert "MessageId" not in answer_v1
    assert len(ses.inbox) == 2


def test_drip_never_trips_the_read_timeout(ses: LocalSES, connect: Connect) -> None:
    ses.faults.add(Fault.drip(2.0))

    # Each byte starts the timeout anew, which is why a deadline is needed besides.
    answer = connect(ses.url, read_timeout=1.0).send_email(**call())

    assert answer["MessageId"] == ses.inbox[0].ses_message_id


def test_error_after_the_acceptance_lies(ses: LocalSES, v2: Any) -> None:
    ses.faults.add(Fault.answer(errors.unavailable(), after_accepting=True))

    assert refusal(v2.send_email, **call())[1] == 503

    assert len(ses.inbox) == 1


def test_the_next_two_sends_fail_and_then_no_more(ses: LocalSES, v2: Any) -> None:
    ses.faults.add(Fault.answer(errors.rate_exceeded(), times=2))

    for _ in range(2):
        refusal(v2.send_email, **call())
    v2.send_email(**call())

    assert ses.counters.faults == 2
    assert ses.faults.active() == {}
    assert ses.sent_last_24h == 1


@pytest.mark.parametrize(
    ("when", "arguments"),
    [
        ({"recipient": "bob@example.net"}, {"to": [RECIPIENT, "bob@example.net"]}),
        ({"tag": "cucumber_message"}, {"tags": {"cucumber_message": "a1"}}),
        ({"tag": "cucumber_message=a1"}, {"tags": {"cucumber_message": "a1"}}),
        ({"subject": "für"}, {"raw": mime().replace(b"Hello\r\nX", b"")}),
    ],
)
def test_fault_hits_what_it_matches_and_nothing_else(
    when: Any, arguments: Any, ses: LocalSES, v2: Any
) -> None:
    if "subject" in when:
        text = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_f=C3=BCr_Ann?="
        arguments = {"raw": mime().replace(b"Subject: Hello", text)}
    ses.faults.add(Fault.answer(errors.message_rejected(), **when))

    v2.send_email(**call(tags={"cucumber_message": "b2"} if "=" in str(when) else {}))

    assert refusal(v2.send_email, **call(**arguments))[0] == "MessageRejected"
    assert len(ses.inbox) == 1


def test_fault_by_chance_is_the_same_for_the_same_seed(connect: Connect) -> None:
    def outcomes(seed: int) -> list[bool]:
        with LocalSES(rate=1000.0, seed=seed, verified=["example.com"]) as ses:
            ses.faults.add(Fault.answer(errors.internal_failure(), probability=0.5))
            client = connect(ses.url)
            return [_sends(client) for _ in range(20)]

    first = outcomes(1)

    assert outcomes(1) == first
    assert outcomes(2) != first
    assert True in first
    assert False in first


def _sends(client: Any) -> bool:
    try:
        client.send_email(**call())
    except ClientError:
        return False
    return True


def test_management_operation_fails_when_it_is_named(ses: LocalSES, v2: Any) -> None:
    ses.faults.add(
        Fault.answer(errors.access_denied("ses:GetAccount"), operation="GetAccount")
    )

    v2.send_email(**call())
    v2.list_email_identities()

    assert refusal(v2.get_account)[:2] == ("AccessDeniedException", 403)


def test_star_hits_every_operation(ses: LocalSES, v1: Any, v2: Any) -> None:
    ses.faults.add(Fault.answer(errors.expired_token(), operation="*"))

    assert refusal(v2.send_email, **call())[0] == "ExpiredTokenException"
    assert refusal(v2.get_account)[0] == "ExpiredTokenException"
    assert refusal(v1.get_send_quota)[0] == "ExpiredToken"


def test_lifted_fault_hits_nobody(ses: LocalSES, v2: Any) -> None:
    first = ses.faults.add(Fault.reset())
    ses.faults.add(Fault.answer(errors.unavailable()))

    ses.faults.remove(first)
    assert refusal(v2.send_email, **call())[1] == 503
    ses.faults.clear()
    v2.send_email(**call())

    assert len(ses.inbox) == 1


@pytest.mark.parametrize(
    ("fault", "posts", "accepted"),
    [
        (Fault.reset_before_reading(), 3, 0),
        (Fault.reset(after_accepting=True), 3, 3),
        (Fault.answer(errors.internal_failure()), 3, 0),
        (Fault.answer(errors.daily_quota_exceeded()), 3, 0),
        (Fault.answer(errors.message_rejected()), 1, 0),
    ],
)
def test_retries_of_botocore_itself_are_seen(
    fault: Fault, posts: int, accepted: int, ses: LocalSES, connect: Connect
) -> None:
    ses.faults.add(fault)
    client = connect(ses.url, retries={"mode": "standard"})

    with pytest.raises((ClientError, ConnectionClosedError)):
        client.send_email(**call())

    assert ses.counters.posts == posts
    assert ses.counters.sdk_retries == posts - 1
    assert [row.sdk_attempt for row in ses.inbox] == [1, 2, 3][:accepted]


def test_client_as_we_configure_it_never_retries(
    ses: LocalSES, connect: Connect
) -> None:
    ses.faults.add(Fault.reset())

    with pytest.raises(ConnectionClosedError):
        connect(ses.url, retries=ONE_ATTEMPT).send_email(**call())

    assert (ses.counters.posts, ses.counters.sdk_retries) == (1, 0)


def test_port_where_nobody_listens_refuses_connections(connect: Connect) -> None:
    with pytest.raises(EndpointConnectionError):
        connect(f"http://127.0.0.1:{free_port()}").send_email(**call())


def test_latency_is_added_to_every_send(ses: LocalSES, connect: Connect) -> None:
    ses.configure(latency_s=(0.5, 0.6))
    with pytest.raises(ReadTimeoutError):
        connect(ses.url, read_timeout=0.2).send_email(**call())

    ses.configure(latency_s=0.0)
    client = connect(ses.url)
    client.send_email(**call())

    assert client.get_account()["SendingEnabled"] is True
    assert len(ses.wait_for(2)) == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Fault.reset_before_reading(subject="x"), "cannot be matched"),
        (lambda: Fault.reset(probability=1.5), "probability"),
        (lambda: Fault.hang(-1.0), "seconds"),
        (lambda: Fault.reset(times=0), "times"),
        (lambda: Fault.from_dict({"kind": "error"}), "needs an error"),
        (lambda: Fault.from_dict({"kind": "earthquake"}), "earthquake"),
    ],
)
def test_fault_that_means_nothing_is_refused(
    make: Callable[[], Fault], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make()
