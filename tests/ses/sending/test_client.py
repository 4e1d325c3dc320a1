"""One message, one call, one POST."""

from __future__ import annotations

import logging
import os
import signal
import threading
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seacucumber.conf import Mailer
from seacucumber.conf.aws_profile import region_of_profile
from seacucumber.exceptions import HoldMail, OutcomeUnknown, SendError
from seacucumber.ses import SendCall, get_sender
from seacucumber.ses.sending import client
from seacucumber.testing import AwsError, Fault, LocalSES, errors
from seacucumber.testing.faults.unreachable import (
    WITHOUT_DNS,
    refusing,
    with_expired_certificate,
)
from tests.ses.conftest import MakeMailer
from tests.ses.sockets import recorder

# What an operator could set, in all the places there are, to have botocore retry.
EAGER: Mapping[str, Any] = {
    "retries": {"mode": "adaptive", "total_max_attempts": 5, "max_attempts": 4}
}


@pytest.fixture
def _eager_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    (tmp_path / "config").write_text("[default]\nmax_attempts = 5\n")


def test_accepted_message_has_the_id_that_ses_gave(
    local_ses: LocalSES, mailer: Mailer, call: SendCall
) -> None:
    message_id = get_sender(mailer).send(call)

    [accepted] = local_ses.inbox
    assert message_id == accepted.ses_message_id
    assert accepted.raw == call.raw
    assert accepted.sender == "shop@example.com"
    assert accepted.recipients == ("ann@example.net",)
    assert accepted.configuration_set == "news"
    assert accepted.tags == call.tags


@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (Fault.answer(errors.access_denied(), operation="GetAccount"), True),
        (Fault.answer(errors.api_throttled(), operation="GetAccount"), True),
        (Fault.answer(errors.internal_failure(), operation="GetAccount"), False),
        (Fault.answer(errors.bad_gateway(), operation="GetAccount"), False),
        (Fault.reset(operation="GetAccount"), False),
    ],
)
def test_a_refusal_is_an_answer_and_a_failure_is_none(
    local_ses: LocalSES, mailer: Mailer, fault: Fault, answered: bool
) -> None:
    assert get_sender(mailer).is_answered()

    local_ses.faults.add(fault)

    assert get_sender(mailer).is_answered() is answered
    assert local_ses.counters.posts == 0


def test_who_cannot_be_reached_does_not_answer(make_mailer: MakeMailer) -> None:
    with with_expired_certificate() as expired:
        for url in (WITHOUT_DNS, refusing(), expired):
            assert not get_sender(make_mailer(endpoint_url=url)).is_answered()


def test_what_is_wrong_here_is_found_by_the_next_message(
    make_mailer: MakeMailer,
) -> None:
    nobody = make_mailer(ses_access_key_id=None, ses_secret_access_key=None)

    assert get_sender(nobody).is_answered()


def test_everything_that_is_set_is_on_the_wire(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    with recorder() as (url, recorded):
        mailer = make_mailer(
            endpoint_url=url,
            feedback_address="bounces@example.com",
            feedback_identity_arn="arn:aws:ses:eu-west-1:1:identity/b",
            from_identity_arn="arn:aws:ses:eu-west-1:1:identity/f",
        )
        get_sender(mailer).send(call)

    [request] = recorded
    assert request.body == {
        "FromEmailAddress": "shop@example.com",
        "FromEmailAddressIdentityArn": "arn:aws:ses:eu-west-1:1:identity/f",
        "FeedbackForwardingEmailAddress": "bounces@example.com",
        "FeedbackForwardingEmailAddressIdentityArn": (
            "arn:aws:ses:eu-west-1:1:identity/b"
        ),
        "Destination": {"ToAddresses": ["ann@example.net"]},
        "Content": {
            "Raw": {
                "Data": "RnJvbTogc2hvcEBleGFtcGxlLmNvbQ0KVG86IGFubkBleGFtcGxlLm5ldA0K"
                "DQpIZWxsbw0K"
            }
        },
        "ConfigurationSetName": "news",
        "EmailTags": [
            {"Name": "cucumber_message", "Value": "0" * 32},
            {"Name": "cucumber_attempt", "Value": "1"},
        ],
    }


def test_what_is_not_set_is_not_on_the_wire(make_mailer: MakeMailer) -> None:
    with recorder() as (url, recorded):
        get_sender(make_mailer(endpoint_url=url)).send(
            SendCall(
                raw=b"\r\n", sender="shop@example.com", recipients=("a@b.example",)
            )
        )

    assert set(recorded[0].body) == {"Content", "Destination", "FromEmailAddress"}


@pytest.mark.usefixtures("_eager_environment")
@pytest.mark.parametrize(
    "fault",
    [
        Fault.hang(),
        Fault.hang(after_accepting=True),
        Fault.reset(),
        Fault.reset(after_accepting=True),
        Fault.answer(errors.internal_failure()),
        Fault.answer(errors.unavailable()),
        Fault.answer(errors.bad_gateway()),
        Fault.answer(errors.rate_exceeded()),
        Fault.answer(errors.throttling()),
        Fault.answer(errors.daily_quota_exceeded()),
        Fault.answer(errors.expired_token()),
        Fault.answer(errors.clock_skew()),
        Fault.truncated(),
        Fault.without_message_id(),
    ],
    ids=lambda fault: f"{fault.kind}-{getattr(fault.error, 'code', '')}",
)
def test_no_failure_is_ever_answered_with_a_second_post(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall, fault: Fault
) -> None:
    local_ses.faults.add(fault)
    mailer = make_mailer(read_timeout_s=0.2, client_config=EAGER)

    with pytest.raises(SendError):
        get_sender(mailer).send(call)

    assert local_ses.counters.posts == 1
    assert local_ses.counters.sdk_retries == 0


@pytest.mark.parametrize(
    "fault",
    [Fault.truncated(), Fault.without_message_id()],
    ids=lambda fault: str(fault.kind),
)
def test_answer_without_an_id_is_unknown(
    local_ses: LocalSES, mailer: Mailer, call: SendCall, fault: Fault
) -> None:
    """SES has the message: to send it again would be a second mail."""
    local_ses.faults.add(fault)

    with pytest.raises(OutcomeUnknown) as caught:
        get_sender(mailer).send(call)

    assert caught.value.code == "NoMessageId"
    assert caught.value.http_status == 200
    assert len(local_ses.inbox) == 1


def test_equal_mailers_share_a_sender(make_mailer: MakeMailer) -> None:
    first = make_mailer(tags={"a": "b"})
    equal = make_mailer(tags={"a": "b"})
    other = replace(first, read_timeout_s=first.read_timeout_s + 1)

    assert equal is not first
    assert get_sender(first) is get_sender(first) is get_sender(equal)
    assert get_sender(first) is not get_sender(other)


def test_threads_share_one_sender_and_its_connections(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    with recorder() as (url, recorded), ThreadPoolExecutor(8) as pool:
        mailer = make_mailer(endpoint_url=url)
        senders = list(pool.map(lambda _: get_sender(mailer), range(8)))
        list(pool.map(lambda sender: sender.send(call), senders * 5))

    assert len(set(map(id, senders))) == 1
    assert len(recorded) == 40
    assert len({request.port for request in recorded}) <= 8


def test_connection_is_used_again(make_mailer: MakeMailer, call: SendCall) -> None:
    with recorder() as (url, recorded):
        for _ in range(3):
            get_sender(make_mailer(endpoint_url=url)).send(call)

    assert len({request.port for request in recorded}) == 1


def test_connection_that_may_be_dead_is_not_used_again(
    make_mailer: MakeMailer, call: SendCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter((1000.0, 1019.0, 1021.0))
    monkeypatch.setattr(client, "monotonic", lambda: next(times))
    with recorder() as (url, recorded):
        sender = get_sender(make_mailer(endpoint_url=url))
        for _ in range(3):
            sender.send(call)

    first, second, third = (request.port for request in recorded)
    assert first == second
    assert third != first


def test_call_under_way_ends_well_though_its_client_is_replaced(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_MAX_AGE_S", 0.0)
    slow = replace(call, tags={"pace": "slow"})
    local_ses.faults.add(Fault.latency(0.3, tag="pace=slow"))
    sender = get_sender(make_mailer())

    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(sender.send, slow)
        for _ in range(5):
            sender.send(call)
        assert under_way.result(5)

    assert len(local_ses.inbox) == 6


def test_new_credentials_are_looked_for_after_a_refusal(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall, tmp_path: Path
) -> None:
    """As after a rotation: the process goes on, the file has a new key."""
    local_ses.configure(access_keys=("AKIANEW",))
    sender = get_sender(make_mailer(ses_access_key_id=None, ses_secret_access_key=None))
    write_key(tmp_path, "AKIAOLD")
    with pytest.raises(HoldMail):
        sender.send(call)

    write_key(tmp_path, "AKIANEW")

    assert sender.send(call)


def write_key(folder: Path, key: str) -> None:
    text = f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\n"
    (folder / "credentials").write_text(text)


@pytest.mark.parametrize(
    ("mailer_region", "profile_region", "expected"),
    [
        ("eu-west-3", "eu-central-1", "eu-west-3"),
        (None, "eu-central-1", "eu-central-1"),
        (None, "", "us-east-1"),
    ],
)
def test_region_is_the_mailers_else_the_profiles_else_the_default(
    make_mailer: MakeMailer,
    call: SendCall,
    tmp_path: Path,
    mailer_region: str | None,
    profile_region: str,
    expected: str,
) -> None:
    if profile_region:
        (tmp_path / "config").write_text(f"[default]\nregion = {profile_region}\n")
    with recorder() as (url, recorded):
        region = mailer_region or region_of_profile()
        mailer = make_mailer(endpoint_url=url, ses_region_name=region)
        get_sender(mailer).send(call)

    assert f"/{expected}/ses/aws4_request" in recorded[0].headers["authorization"]


def test_endpoint_of_the_environment_is_used(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", local_ses.url)

    get_sender(make_mailer(endpoint_url=None)).send(call)

    assert len(local_ses.inbox) == 1


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, "SeaCucumber/"),
        ({"user_agent": "Shop/1"}, "Shop/1"),
        ({"user_agent_appid": "shop"}, "app/shop"),
        ({"user_agent_extra": "shop-extra"}, "shop-extra"),
    ],
)
def test_user_agent_can_be_chosen(
    make_mailer: MakeMailer, call: SendCall, given: dict[str, str], shown: str
) -> None:
    with recorder() as (url, recorded):
        get_sender(make_mailer(endpoint_url=url, client_config=given)).send(call)

    assert shown in recorded[0].headers["user-agent"]


def test_session_token_is_sent(make_mailer: MakeMailer, call: SendCall) -> None:
    with recorder() as (url, recorded):
        mailer = make_mailer(endpoint_url=url, ses_session_token="the-token")
        get_sender(mailer).send(call)

    assert recorded[0].headers["x-amz-security-token"] == "the-token"


def test_secrets_and_content_are_in_no_repr_log_or_error(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """AWS's own text repeats the signed request, session token and all."""
    caplog.set_level(logging.DEBUG, "seacucumber")
    caplog.set_level(logging.INFO)
    mailer = make_mailer(
        ses_secret_access_key="THE-SECRET", ses_session_token="THE-TOKEN"
    )
    told = "The Canonical String should have been 'x-amz-security-token:THE-TOKEN'"
    answer = AwsError(code="InvalidSignatureException", message=told, status=403)
    local_ses.faults.add(Fault.answer(answer, times=1))

    with pytest.raises(HoldMail) as caught:
        get_sender(mailer).send(call)
    get_sender(mailer).send(call)

    shown = [repr(mailer), repr(get_sender(mailer)), repr(call), caplog.text]
    shown += [str(caught.value), repr(caught.value)]
    for text in shown:
        assert "THE-SECRET" not in text
        assert "THE-TOKEN" not in text
        assert "Hello" not in text
        assert "ann@" not in text


def test_forked_child_sends_on_connections_of_its_own(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    """As in a prefork worker, and at the worst moment: a thread holds the lock."""
    with recorder() as (url, recorded):
        sender = get_sender(make_mailer(endpoint_url=url))
        sender.send(call)
        with HeldByAThread(sender._lock):
            child = fork_and(lambda: sender.send(replace(call, tags={"who": "child"})))
        assert os.waitpid(child, 0)[1] == 0
        sender.send(call)

    before, in_child, after = recorded
    assert in_child.body["EmailTags"] == [{"Name": "who", "Value": "child"}]
    assert in_child.port != before.port
    assert after.port == before.port


class HeldByAThread:
    """Another thread holds a lock in this block."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._held, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold)

    def _hold(self) -> None:
        with self._lock:
            self._held.set()
            self._over.wait()

    def __enter__(self) -> None:
        self._thread.start()
        self._held.wait()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def fork_and(act: Any) -> int:
    """Run a function in a forked child that ends with 0 if it returns in time."""
    with warnings.catch_warnings():
        # Python warns that other threads may hold locks: the very point here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(10)
    status = 1
    try:
        act()
        status = 0
    finally:
        os._exit(status)
