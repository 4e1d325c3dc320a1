"""What the local SES looks at in a signature."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from seacucumber.testing import LocalSES
from tests.testing.mail import call, refusal


def ask(ses: LocalSES, headers: Mapping[str, str]) -> tuple[int, str | None, str]:
    """Return status, error type and body of a GetAccount with these headers."""
    connection = http.client.HTTPConnection(ses.url.removeprefix("http://"))
    try:
        connection.request("GET", "/v2/email/account", headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read().decode()
        return answer.status, answer.getheader("x-amzn-ErrorType"), body
    finally:
        connection.close()


def signed(ahead_s: float = 0.0, key: str = "AKIAEXAMPLE") -> dict[str, str]:
    """Return headers as a client sends them whose clock is ahead so much."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + ahead_s))
    return {
        "X-Amz-Date": stamp,
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={key}/{stamp[:8]}/us-east-1/ses/"
            f"aws4_request, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
        ),
    }


@pytest.mark.parametrize("missing", ["Authorization", "X-Amz-Date"])
def test_request_without_a_signature_is_refused(missing: str, ses: LocalSES) -> None:
    headers = signed()
    del headers[missing]

    status, code, body = ask(ses, headers)

    assert (status, code) == (403, "MissingAuthenticationTokenException")
    assert "Missing Authentication Token" in body


def test_signature_of_another_service_is_refused(ses: LocalSES) -> None:
    headers = signed()
    headers["Authorization"] = headers["Authorization"].replace("/ses/", "/sqs/")

    assert ask(ses, headers)[:2] == (403, "InvalidSignatureException")


@pytest.mark.parametrize("ahead_s", [-290, 0, 290])
def test_clock_may_be_five_minutes_wrong(ahead_s: float, ses: LocalSES) -> None:
    assert ask(ses, signed(ahead_s))[0] == 200


@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [
        (-310, ("Signature expired: ", " is now earlier than ", " - 5 min.)")),
        (310, ("Signature not yet current: ", " is still later than ", " + 5 min.)")),
    ],
)
def test_clock_that_is_more_wrong_is_told_so(
    ahead_s: float, words: tuple[str, ...], ses: LocalSES
) -> None:
    status, code, body = ask(ses, signed(ahead_s))

    assert (status, code) == (403, "InvalidSignatureException")
    assert all(word in body for word in words)


@pytest.mark.parametrize("stamp", ["yesterday", "20269999T999999Z", "ä"])
def test_date_that_is_none_is_refused(stamp: str, ses: LocalSES) -> None:
    status, code, _ = ask(ses, signed() | {"X-Amz-Date": stamp})

    assert (status, code) == (403, "InvalidSignatureException")


def test_unknown_key_is_refused_once_keys_are_named(
    ses: LocalSES, connect: Callable[..., Any]
) -> None:
    ses.configure(access_keys=("AKIAKNOWN",))
    known = connect(ses.url, key="AKIAKNOWN")
    unknown, unknown_v1 = connect(ses.url), connect(ses.url, "ses")

    known.send_email(**call())

    text = "The security token included in the request is invalid."
    assert refusal(unknown.send_email, **call()) == (
        "UnrecognizedClientException",
        403,
        text,
    )
    assert refusal(unknown_v1.get_send_quota) == ("InvalidClientTokenId", 403, text)
    assert ses.counters.accepted == 1
