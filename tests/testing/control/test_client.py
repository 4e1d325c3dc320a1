"""The control API and its client, against a server that a test can look into."""

from __future__ import annotations

import http.client
import inspect
from typing import Any

import pytest

from seacucumber.testing import Fault, LocalSES, LocalSESClient, errors
from seacucumber.testing.control.client import FaultsClient
from seacucumber.testing.control.console import Console
from seacucumber.testing.events.client import EventClient
from seacucumber.testing.events.console import EventConsole
from seacucumber.testing.faults.active import Faults
from tests.testing.listeners import Listening, bodies
from tests.testing.mail import RECIPIENT, call, refusal


@pytest.fixture
def remote(ses: LocalSES) -> LocalSESClient:
    """A client of the local SES."""
    return LocalSESClient(ses.url)


def public(kind: type, *but: str) -> dict[str, Any]:
    """Return the public methods of a class with their parameters."""
    return {
        name: list(inspect.signature(value).parameters) if callable(value) else None
        for name, value in vars(kind).items()
        if not name.startswith("_") and name not in but
    }


def test_client_has_the_methods_of_the_server() -> None:
    here = public(Console)
    there = public(LocalSESClient, "get", "post")

    assert {name: there.get(name, "missing") for name in here} == here


def test_client_has_the_methods_of_the_server_about_events() -> None:
    here = public(EventConsole, "url")
    there = public(EventClient, "get", "post")

    assert there == here


def test_client_has_the_methods_of_the_faults() -> None:
    internal = ("choose", "hang", "pause", "start", "stop")
    here = public(Faults, *internal)

    there = public(FaultsClient, "hanging", "applied")

    assert there == here


def test_both_tell_the_same(ses: LocalSES, remote: LocalSESClient, v2: Any) -> None:
    v2.send_email(**call(tags={"a": "b"}))
    v2.send_email(**call(to=[RECIPIENT, "bob@example.net"]))
    refusal(v2.send_email, **call(to=["nobody"]))
    v2.create_email_identity(EmailIdentity="new@example.org")

    assert remote.inbox == ses.inbox
    assert remote.accepted_after(1) == ses.inbox[1:]
    assert remote.find(ses.inbox[0].ses_message_id) == ses.inbox[0]
    assert remote.find("0100-unknown") is None
    assert remote.wait_for(2) == ses.inbox
    assert remote.counters == ses.counters
    assert remote.settings == ses.settings
    assert remote.identities == ses.identities
    assert remote.sent_last_24h == ses.sent_last_24h == 3


def test_everything_can_be_changed_from_outside(
    ses: LocalSES, remote: LocalSESClient, v2: Any
) -> None:
    remote.configure(rate=7.0, latency_s=(0.0, 0.001), access_keys=(), burst=None)
    remote.verify("a@example.org", "example.info")
    remote.unverify("example.com")
    remote.set_configuration_set("news", sends=False)
    remote.consume_quota(100)

    assert ses.settings.rate == 7.0
    assert ses.settings.latency_s == (0.0, 0.001)
    assert {row.name: row.status.value for row in ses.identities} == {
        "a@example.org": "SUCCESS",
        "example.com": "PENDING",
        "example.info": "SUCCESS",
    }
    assert ses.configuration_sets == remote.configuration_sets == {"news": False}
    assert ses.sent_last_24h == 100

    remote.advance(86_400)
    assert ses.sent_last_24h == 0
    remote.reset()
    assert ses.settings.rate == 1000.0


def test_faults_can_be_set_from_outside(
    ses: LocalSES, remote: LocalSESClient, v2: Any
) -> None:
    fault = Fault.answer(errors.rate_exceeded(), times=2, tag="a=b")
    number = remote.faults.add(fault)
    assert remote.faults.active() == ses.faults.active() == {number: fault}

    assert refusal(v2.send_email, **call(tags={"a": "b"}))[1] == 429
    assert (remote.faults.applied, remote.faults.hanging) == (1, 0)
    remote.faults.remove(number)
    remote.faults.add(Fault.hang())
    remote.faults.clear()
    remote.faults.release()

    v2.send_email(**call(tags={"a": "b"}))
    assert len(ses.inbox) == 1


@pytest.mark.parametrize(
    ("path", "arguments", "words"),
    [
        ("settings", {"rate": "fast"}, "rate is above 0"),
        ("settings", {"rate": 0}, "rate is above 0"),
        ("settings", {"burst": -1}, "burst is above 0"),
        ("settings", {"quota_24h": -2}, "quota_24h is -1 or more"),
        ("settings", {"rate": float("nan")}, "rate is above 0"),
        ("settings", {"latency_s": [2, 1]}, "latency_s is 2 or more"),
        ("settings", {"sandbox": "yes"}, "sandbox is true or false"),
        ("settings", {"region": 5}, "text"),
        ("settings", {"enforcement_status": "FINE"}, "HEALTHY, PROBATION, SHUTDOWN"),
        ("settings", {"speed": 1}, "There is no setting speed"),
        ("verify", {"names": ["no name"]}, "Invalid domain name no name."),
        ("verify", {"names": "example.org"}, "names is a list"),
        ("unverify", {"name": "who@example.org"}, "does not exist"),
        ("advance", {"seconds": -1}, "only goes forward"),
        ("consume-quota", {"recipients": -1}, "0 or more"),
        ("consume-quota", {}, "recipients"),
        ("faults", {"kind": "earthquake"}, "earthquake"),
        ("faults", {"kind": "reset", "often": 1}, "often"),
        ("faults", {"kind": "error", "error": {"code": "X"}}, "message"),
        ("faults", {"kind": "hang", "seconds": "long"}, "long"),
        ("nothing", {}, "no such control"),
    ],
)
def test_wrong_control_is_told_so_and_changes_nothing(
    path: str,
    arguments: dict[str, Any],
    words: str,
    ses: LocalSES,
    remote: LocalSESClient,
) -> None:
    before = ses.settings

    with pytest.raises(ValueError, match=words):
        remote.post(path, **arguments)

    assert ses.settings == before
    assert ses.faults.active() == {}


def test_in_vain_is_the_same_from_outside(remote: LocalSESClient) -> None:
    with pytest.raises(TimeoutError, match="0 of 1 messages"):
        remote.wait_for(1, timeout_s=0.05)


def post(ses: LocalSES, headers: dict[str, str]) -> int:
    """Return the status of a reset with these headers."""
    connection = http.client.HTTPConnection(ses.url.removeprefix("http://"))
    try:
        connection.request("POST", "/_local/reset", body=b"{}", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_page_of_another_site_cannot_control_the_server(ses: LocalSES, v2: Any) -> None:
    v2.send_email(**call())

    # A form of any site may send these, but no JSON.
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert post(ses, {"Content-Type": kind}) == 400
    # A name that was made to point here (DNS rebinding).
    rebound = {"Content-Type": "application/json", "Host": "evil.example:80"}
    assert post(ses, rebound) == 403
    assert len(ses.inbox) == 1

    assert post(ses, {"Content-Type": "application/json", "Host": "localhost:1"}) == 200
    assert ses.inbox == []


def test_events_are_connected_told_and_seen_from_outside(
    ses: LocalSES, remote: LocalSESClient, v2: Any, sqs: Any, web: Listening
) -> None:
    queue = remote.send_events_to_queue(
        configuration_set="news", attributes={"VisibilityTimeout": "5"}
    )
    topic_arn = remote.send_events_to_address(
        web.url, configuration_set="news", topic="web"
    )
    remote.set_outcome("gone.example", "bounce")
    v2.send_email(**call(to=["ann@gone.example"], ConfigurationSetName="news"))
    remote.report(
        remote.inbox[0].ses_message_id,
        "Open",
        recipients=["ann@gone.example"],
        ipAddress="203.0.113.1",
    )
    remote.publish(topic_arn, "anything")
    remote.wait_for_events()

    assert remote.emitted == ses.emitted
    assert [row.kind for row in remote.emitted] == ["Send", "Bounce", "Open"]
    assert remote.postings == ses.postings
    assert len(web.posts) == 4
    assert "203.0.113.1" in bodies(sqs, queue)[-1]
    assert remote.certificate == ses.certificate
    assert remote.certificate_url == ses.certificate_url


def test_suppression_list_is_told_and_changed_from_outside(
    ses: LocalSES, remote: LocalSESClient
) -> None:
    remote.suppress("a@example.net", "b@example.net", reason="COMPLAINT")

    assert remote.suppressed == ses.suppressed
    assert set(remote.suppressed.values()) == {"COMPLAINT"}


def test_events_that_are_late_are_waited_for_in_vain(
    ses: LocalSES, remote: LocalSESClient, v2: Any
) -> None:
    remote.faults.add(Fault.event_late(60.0, "Send"))
    v2.send_email(**call())

    with pytest.raises(TimeoutError, match="left after"):
        remote.wait_for_events(0.05)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda ses: ses.set_outcome("a.example", "boredom"),
        lambda ses: ses.suppress("a@example.net", reason="BOREDOM"),
        lambda ses: ses.report("0100-unknown", "Open"),
        lambda ses: ses.publish("arn:aws:sns:us-east-1:123456789012:none", "hello"),
        lambda ses: ses.send_events_to_queue(configuration_set="news", way="pigeon"),
    ],
)
def test_wrong_words_about_events_are_refused(
    wrong: Any, ses: LocalSES, remote: LocalSESClient
) -> None:
    for each in (ses, remote):
        with pytest.raises(ValueError, match=r"no|not"):
            wrong(each)
