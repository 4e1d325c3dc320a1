"""Whatever comes, the server answers as AWS would, and goes on."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seacucumber.testing import LocalSES
from tests.testing.http.test_authentication import signed
from tests.testing.mail import call, mime

SEND = "/v2/email/outbound-emails"
FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalSES]:
    """One server for all of this."""
    with LocalSES(rate=1e6, quota_24h=-1, verified=["example.com"]) as ses:
        yield ses
        assert ses.counters.crashes == 0


def exchange(ses: LocalSES, data: bytes) -> bytes:
    """Send bytes, say that no more will come, and return all that comes back."""
    host, port = ses.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        # A server that closes with our bytes unread resets the connection.
        try:
            while part := sock.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


def http(method: str, path: str, body: bytes, **headers: str) -> bytes:
    """Return a signed request that ends the connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (signed() | headers).items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status(answer: bytes) -> int:
    """Return the status of an answer."""
    assert answer.startswith(b"HTTP/1.1 "), answer
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'"text"',
        b"[" * 100_000,
        b'{"Content": "text"}',
        b'{"Content": {"Raw": {"Data": 5}}}',
        b'{"Content": {"Raw": {"Data": "no base64!"}}}',
        b'{"Content": {"Raw": {"Data": "Zg=="}}, "Destination": []}',
        b'{"Content": {"Raw": {"Data": "Zg=="}}, "Destination": {"ToAddresses": [5]}}',
        b'{"Content": {"Raw": {"Data": "Zg=="}}, "EmailTags": ["a"]}',
        b'{"Content": {"Raw": {"Data": "Zg=="}}, "FromEmailAddress": {}}',
        b'{"Content": {"Raw": {"Data": "Zg=="}, "Simple": {"Subject": {}}}}',
        b'{"Content": {"Raw": null}}',
    ],
)
def test_body_that_is_no_send_is_the_clients_fault(
    body: bytes, server: LocalSES
) -> None:
    answer = exchange(server, http("POST", SEND, body))

    assert status(answer) == 400
    error = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert list(error) == ["message"]
    kinds = (b"SerializationException", b"BadRequestException")
    assert any(b"x-amzn-ErrorType: " + kind in answer for kind in kinds)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/email/nothing"),
        ("DELETE", SEND),
        ("GET", "/v2/email/identities/"),
        ("POST", "/nothing"),
        ("GET", "/v2"),
        ("PATCH", "/v2/email/account"),
    ],
)
def test_unknown_operation_of_v2_is_404(
    method: str, path: str, server: LocalSES
) -> None:
    answer = exchange(server, http(method, path, b""))

    assert status(answer) == 404
    assert b"x-amzn-ErrorType: UnknownOperationException" in answer


@pytest.mark.parametrize("form", [{"Action": "SendNothing"}, {"Nothing": "1"}])
def test_unknown_action_of_v1_is_400(form: dict[str, str], server: LocalSES) -> None:
    answer = exchange(server, http("POST", "/", urlencode(form).encode()))

    assert status(answer) == 400
    assert b"<Code>InvalidAction</Code>" in answer


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"HELO mail.example\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET http://example.org/ HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n folded: header\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\xb2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
    ],
)
def test_what_is_no_http_is_refused(
    data: bytes, expected: int, server: LocalSES
) -> None:
    assert status(exchange(server, data)) == expected


def test_client_that_leaves_early_is_forgotten(server: LocalSES) -> None:
    before = server.counters

    assert exchange(server, b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nabc") == b""
    assert exchange(server, b"POST / HT") == b""

    assert server.counters == before


def test_client_that_waits_to_be_asked_is_asked(server: LocalSES) -> None:
    request = http("GET", "/v2/email/account", b"", Expect="100-continue")

    assert exchange(server, request).startswith(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
    )


def test_requests_of_one_connection_are_answered_in_turn(server: LocalSES) -> None:
    one = http("GET", "/v2/email/account", b"").replace(b"Connection: close\r\n", b"")

    answer = exchange(server, one * 3)

    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3


def test_message_in_tiny_pieces_arrives_whole(server: LocalSES) -> None:
    arguments = call(raw=mime(body="pieces\r\n"))
    data = base64.b64encode(arguments["Content"]["Raw"]["Data"]).decode()
    body = json.dumps(arguments | {"Content": {"Raw": {"Data": data}}}).encode()
    request = http("POST", SEND, body)
    host, port = server.url.removeprefix("http://").split(":")

    with socket.create_connection((host, int(port)), timeout=10) as sock:
        for index in range(0, len(request), 97):
            sock.sendall(request[index : index + 97])
            time.sleep(0)
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 OK")

    assert server.inbox[-1].raw.endswith(b"pieces\r\n")


@FUZZ
@given(data=st.binary(max_size=200))
def test_any_bytes_leave_the_server_alive(data: bytes, server: LocalSES) -> None:
    answer = exchange(server, data)

    assert answer == b"" or status(answer) < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Raw",
                    "Simple",
                    "Data",
                    "Subject",
                    "Body",
                    "Text",
                    "Html",
                    "Name",
                    "Value",
                    "ToAddresses",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FIELDS = (
    "Content Destination EmailTags FromEmailAddress ConfigurationSetName EmailIdentity "
    "PageSize NextToken Filter Tags SendingEnabled SendingOptions "
    "FeedbackForwardingEmailAddress"
)
PATHS = (
    ("POST", SEND),
    ("POST", "/v2/email/identities"),
    ("POST", "/v2/email/list-identities"),
    ("POST", "/v2/email/configuration-sets"),
    ("PUT", "/v2/email/account/sending"),
    ("PUT", "/v2/email/configuration-sets/a/sending"),
    ("POST", "/_local/settings"),
    ("POST", "/_local/faults"),
    ("POST", "/_local/verify"),
)


@FUZZ
@given(
    target=st.sampled_from(PATHS),
    fields=st.dictionaries(st.sampled_from(FIELDS.split()), JSON, max_size=5),
)
def test_any_json_is_accepted_or_refused(
    target: tuple[str, str], fields: dict[str, Any], server: LocalSES
) -> None:
    kind = {"Content-Type": "application/json"}

    answer = exchange(server, http(*target, json.dumps(fields).encode(), **kind))

    assert status(answer) < 500
    server.reset()


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["From", "Sender", "To", "Cc", "Bcc", "Subject", "Return-Path", "X-A"]
        )
        | st.text(max_size=5),
        st.text(max_size=30) | st.just("a@example.com"),
    ),
    max_size=6,
)


@FUZZ
@given(headers=HEADERS, tail=st.binary(max_size=50), with_destination=st.booleans())
def test_any_mime_is_accepted_or_refused(
    headers: list[tuple[str, str]],
    tail: bytes,
    with_destination: bool,
    server: LocalSES,
) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    raw = lines.encode("utf-8", "replace") + b"\r\n" + tail
    fields: dict[str, Any] = {
        "Content": {"Raw": {"Data": base64.b64encode(raw).decode()}}
    }
    if with_destination:
        fields["Destination"] = {"ToAddresses": ["ann@example.net"]}

    answer = exchange(server, http("POST", SEND, json.dumps(fields).encode()))

    assert status(answer) in (200, 400)
    # The page shows whatever was accepted.
    assert status(exchange(server, http("GET", "/", b""))) == 200


@FUZZ
@given(
    form=st.dictionaries(
        st.sampled_from(
            [
                "Source",
                "RawMessage.Data",
                "Destinations.member.1",
                "Tags.member.1.Name",
                "EmailAddress",
                "Identity",
                "Identities.member.1",
                "IdentityType",
            ]
        ),
        st.text(max_size=20),
    ),
    action=st.sampled_from(
        [
            "SendRawEmail",
            "VerifyEmailIdentity",
            "DeleteIdentity",
            "ListIdentities",
            "GetIdentityVerificationAttributes",
            "GetSendStatistics",
        ]
    ),
)
def test_any_form_is_accepted_or_refused(
    form: dict[str, str], action: str, server: LocalSES
) -> None:
    body = urlencode({"Action": action, **form}).encode()

    assert status(exchange(server, http("POST", "/", body))) in (200, 400)
