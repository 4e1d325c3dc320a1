"""Moto as a second opinion: the same calls to both, and the answers compared.

Where moto is known to be wrong, the comparison says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from seacucumber.testing import LocalSES
from tests.testing.mail import RECIPIENT, SENDER, call, client, mime

Ask = Callable[..., Any]
NEW = "a@example.org"
BOUNCE = "bounce@simulator.amazonses.com"


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def both(moto_url: str, ses: LocalSES) -> Iterator[Callable[[str, Ask], list[Any]]]:
    """Return a function that does the same with moto and with the local SES.

    The accounts are empty but for the domain ``example.com``.
    """
    ses.reset()
    clients = {
        service: [client(moto_url, service), client(ses.url, service)]
        for service in ("ses", "sesv2")
    }
    moto = clients["ses"][0]
    for name in moto.list_identities()["Identities"]:
        moto.delete_identity(Identity=name)
    moto.verify_domain_identity(Domain="example.com")

    def run(service: str, ask: Ask) -> list[Any]:
        return [outcome(ask, each) for each in clients[service]]

    yield run
    for pair in clients.values():
        for each in pair:
            each.close()


def outcome(ask: Ask, each: Any) -> Any:
    """Return an answer without its metadata, or the code of a refusal."""
    try:
        answer = ask(each)
    except each.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return error.response["Error"]["Code"], status
    answer.pop("ResponseMetadata")
    return answer


def shape(value: Any) -> Any:
    """Return the names and types in an answer, without its values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_raw_message_is_accepted_with_an_id(both: Any) -> None:
    moto, ours = both("sesv2", lambda each: each.send_email(**call()))

    assert shape(moto) == shape(ours) == {"MessageId": "str"}


def test_raw_message_of_v1_is_accepted_with_an_id(both: Any) -> None:
    moto, ours = both(
        "ses",
        lambda each: each.send_raw_email(
            Source=SENDER, Destinations=[RECIPIENT], RawMessage={"Data": mime()}
        ),
    )

    assert shape(moto) == shape(ours) == {"MessageId": "str"}


def test_unverified_sender_is_rejected(both: Any) -> None:
    sender = "a@example.org"

    moto, ours = both(
        "sesv2",
        lambda each: each.send_email(**call(sender=sender, raw=mime(sender=sender))),
    )

    # The texts differ: moto's "Email address not verified" is not AWS's.
    assert moto == ours == ("MessageRejected", 400)


def test_address_is_created(both: Any) -> None:
    moto, ours = both(
        "sesv2", lambda each: each.create_email_identity(EmailIdentity=NEW)
    )

    # Moto makes keys of 1024 bits, and does not tell the current length.
    for answer in (moto, ours):
        answer["DkimAttributes"].pop("NextSigningKeyLength")
    assert ours["DkimAttributes"].pop("CurrentSigningKeyLength") == "RSA_2048_BIT"
    assert moto == ours


def test_domain_is_created(both: Any) -> None:
    moto, ours = both(
        "sesv2", lambda each: each.create_email_identity(EmailIdentity="example.org")
    )

    for name in ("IdentityType", "VerifiedForSendingStatus"):
        assert moto[name] == ours[name]
    # Moto gives a domain no tokens, and neither signs nor will: AWS begins to look
    # for the three CNAME records at once.
    assert set(moto["DkimAttributes"]) <= set(ours["DkimAttributes"])
    assert ours["DkimAttributes"]["Status"] == "PENDING"


def test_identity_is_told(both: Any) -> None:
    both("sesv2", lambda each: each.create_email_identity(EmailIdentity=NEW))

    moto, ours = both("sesv2", lambda each: each.get_email_identity(EmailIdentity=NEW))

    # Moto leaves Tags and MailFromAttributes out.
    assert set(moto) <= set(ours)
    for name in ("IdentityType", "Policies", "VerifiedForSendingStatus"):
        assert moto[name] == ours[name]
    assert shape(moto["FeedbackForwardingStatus"]) == "bool"
    # In moto the status is SUCCESS at once, beside a VerifiedForSendingStatus that
    # stays False for ever.
    assert (moto["VerificationStatus"], ours["VerificationStatus"]) == (
        "SUCCESS",
        "PENDING",
    )


def test_identities_are_listed(both: Any) -> None:
    both("sesv2", lambda each: each.create_email_identity(EmailIdentity=NEW))

    moto, ours = both("sesv2", lambda each: each.list_email_identities())

    # In moto every identity is verified; here the new one is not.
    assert shape(moto) == shape(ours)
    for answer in (moto, ours):
        found = {
            row["IdentityName"]: row["IdentityType"]
            for row in answer["EmailIdentities"]
        }
        assert found == {"example.com": "DOMAIN", NEW: "EMAIL_ADDRESS"}


def test_identity_is_deleted(both: Any) -> None:
    both("sesv2", lambda each: each.create_email_identity(EmailIdentity=NEW))

    deleted = both("sesv2", lambda each: each.delete_email_identity(EmailIdentity=NEW))
    listed = both("ses", lambda each: each.list_identities())

    assert deleted == [{}, {}]
    assert [answer["Identities"] for answer in listed] == [["example.com"]] * 2


def test_unknown_identity_is_not_found(both: Any) -> None:
    moto, ours = both(
        "sesv2", lambda each: each.get_email_identity(EmailIdentity="who@example.org")
    )

    assert moto == ours == ("NotFoundException", 404)


def test_quota_is_told(both: Any) -> None:
    moto, ours = both("ses", lambda each: each.get_send_quota())

    # Moto's numbers are fixed, and nothing enforces them.
    assert shape(moto) == shape(ours)


def test_statistics_are_told(both: Any) -> None:
    both(
        "ses",
        lambda each: each.send_raw_email(
            Source=SENDER, Destinations=[BOUNCE], RawMessage={"Data": mime()}
        ),
    )

    moto, ours = both("ses", lambda each: each.get_send_statistics())

    # Moto knows one point, of now, and counts no bounces of the simulator in it.
    assert shape(moto) == shape(ours)
    moment = ours["SendDataPoints"][0]["Timestamp"].timestamp()
    assert 0 <= time.time() - moment <= 900


def test_address_is_verified_by_v1(both: Any) -> None:
    name = "a@example.org"

    verified = both("ses", lambda each: each.verify_email_identity(EmailAddress=name))
    moto, ours = both(
        "ses",
        lambda each: each.get_identity_verification_attributes(Identities=[name]),
    )

    assert verified == [{}, {}]
    # The token is "null for email address identities" (API model); moto has one.
    moto["VerificationAttributes"][name].pop("VerificationToken")
    assert shape(moto) == shape(ours)
    # In moto it is a success at once, without anybody following the link.
    assert ours["VerificationAttributes"][name]["VerificationStatus"] == "Pending"


def test_domain_has_a_verification_token_in_v1(both: Any) -> None:
    moto, ours = both(
        "ses",
        lambda each: each.get_identity_verification_attributes(
            Identities=["example.com"]
        ),
    )

    assert shape(moto) == shape(ours)


def test_configuration_set_is_created_told_and_deleted(both: Any) -> None:
    name = {"ConfigurationSetName": "news"}

    created = both("sesv2", lambda each: each.create_configuration_set(**name))
    listed = both("sesv2", lambda each: each.list_configuration_sets())
    moto, ours = both("sesv2", lambda each: each.get_configuration_set(**name))
    deleted = both("sesv2", lambda each: each.delete_configuration_set(**name))
    missing = both("sesv2", lambda each: each.get_configuration_set(**name))

    assert created == deleted == [{}, {}]
    assert [answer["ConfigurationSets"] for answer in listed] == [["news"]] * 2
    assert moto["ConfigurationSetName"] == ours["ConfigurationSetName"] == "news"
    # Moto answers with the exception of v1, which v2 does not have.
    assert missing[1] == ("NotFoundException", 404)
