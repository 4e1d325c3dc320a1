"""What SES refuses, with AWS's codes and texts, as boto3 sees them."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.testing import LocalSES
from tests.testing.mail import RECIPIENT, SENDER, call, mime, refusal

#: The texts that users of the real SES reported.
BAD_REQUESTS: dict[str, tuple[dict[str, Any], str]] = {
    "51 recipients": (
        {"to": [f"r{number}@example.net" for number in range(51)]},
        "Recipient count exceeds 50.",
    ),
    "no domain": ({"to": ["ann"]}, "Missing final '@domain'"),
    "leading dot": ({"to": ["ann@.example.net"]}, "Domain starts with dot"),
    "trailing dot": ({"to": ["ann@example.net."]}, "Domain ends with dot"),
    "one of many": (
        {"to": [RECIPIENT, "bob@example..net"]},
        "Domain contains dot-dot",
    ),
    "non-ASCII local part": (
        {"to": ["änn@example.net"]},
        "There are non-ASCII characters in the email address",
    ),
    "non-ASCII domain": (
        {"to": ["ann@exämple.net"]},
        "There are non-ASCII characters in the email address",
    ),
    "two DKIM signatures": (
        {"raw": mime("DKIM-Signature: v=1; d=a", "DKIM-Signature: v=1; d=b")},
        "Duplicate header 'DKIM-Signature'.",
    ),
    "two subjects": ({"raw": mime("SUBJECT: twice")}, "Duplicate header 'Subject'."),
    "no From": (
        {"raw": b"To: ann@example.net\r\n\r\nHello\r\n"},
        "Missing required header 'From'.",
    ),
    "empty header name": (
        {"raw": mime(": nothing")},
        "Empty header names are illegal.",
    ),
    "tag value": (
        {"tags": {"event": "event:id:abc1234"}},
        "Invalid tag value <event:id:abc1234>: only alphanumeric ASCII characters, "
        "'_', and '-' are allowed.",
    ),
    "tag name": (
        {"tags": {"an.event": "1"}},
        "Invalid tag name <an.event>: only alphanumeric ASCII characters, "
        "'_', and '-' are allowed.",
    ),
    "too large": (
        {"raw": mime(body="x" * 76 + "\r\n") + b"\r\n" * (20 * 1024 * 1024)},
        "Message length is more than 41943040 bytes long",
    ),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_bad_request_is_refused_in_the_words_of_aws(
    name: str, ses: LocalSES, v2: Any
) -> None:
    changes, text = BAD_REQUESTS[name]

    code, status, message = refusal(v2.send_email, **call(**changes))

    assert (code, status) == ("BadRequestException", 400)
    assert message.startswith(text)
    assert ses.inbox == []


def test_v1_words_the_same_refusal_as_invalid_parameter_value(v1: Any) -> None:
    many = [f"r{number}@example.net" for number in range(51)]

    found = refusal(
        v1.send_raw_email,
        Source=SENDER,
        Destinations=many,
        RawMessage={"Data": mime()},
    )

    assert found == ("InvalidParameterValue", 400, "Recipient count exceeds 50.")


def test_v1_takes_ten_megabytes(v1: Any) -> None:
    code, status, message = refusal(
        v1.send_raw_email,
        Source=SENDER,
        Destinations=[RECIPIENT],
        RawMessage={"Data": mime() + b"\r\n" * (5 * 1024 * 1024)},
    )

    assert (code, status) == ("InvalidParameterValue", 400)
    assert message.startswith("Message length is more than 10485760 bytes long: '")


@pytest.mark.parametrize(("length", "accepted"), [(998, True), (999, False)])
def test_line_has_at_most_1000_octets_with_its_end(
    length: int, accepted: bool, ses: LocalSES, v2: Any
) -> None:
    arguments = call(raw=mime(body="x" * length + "\r\n"))

    if accepted:
        v2.send_email(**arguments)
    else:
        assert refusal(v2.send_email, **arguments)[0] == "BadRequestException"

    assert len(ses.inbox) == accepted


def test_fifty_recipients_in_three_lists_are_accepted(ses: LocalSES, v2: Any) -> None:
    lists = [
        [f"{kind}{number}@example.net" for number in range(count)]
        for kind, count in (("to", 20), ("cc", 20), ("bcc", 10))
    ]
    names = ("ToAddresses", "CcAddresses", "BccAddresses")

    v2.send_email(**call(Destination=dict(zip(names, lists, strict=True))))

    assert ses.inbox[0].recipients == (*lists[0], *lists[1], *lists[2])


def test_without_a_destination_the_headers_say_who_gets_it(
    ses: LocalSES, v2: Any
) -> None:
    raw = mime("Cc: Bob <bob@example.net>, carol@example.net")

    v2.send_email(Content={"Raw": {"Data": raw}})

    assert ses.inbox[0].sender == SENDER
    assert ses.inbox[0].recipients == (
        RECIPIENT,
        "bob@example.net",
        "carol@example.net",
    )


def test_nobody_to_send_to_is_refused(v2: Any) -> None:
    found = refusal(
        v2.send_email,
        Content={"Raw": {"Data": b"From: post@example.com\r\n\r\nHi\r\n"}},
    )

    assert found == ("BadRequestException", 400, "There are no recipients specified.")


UNVERIFIED: dict[str, tuple[dict[str, Any], str]] = {
    "call": ({"sender": "a@example.org"}, "a@example.org"),
    "From": (
        {"raw": mime(sender='"Ann B" <b@example.org>')},
        '"Ann B" <b@example.org>',
    ),
    "one of two": (
        {"raw": mime(sender="post@example.com, x@example.org")},
        "x@example.org",
    ),
    "Sender": ({"raw": mime("Sender: c@example.org")}, "c@example.org"),
    "Return-Path": ({"raw": mime("Return-Path: <d@example.org>")}, "<d@example.org>"),
    "feedback": ({"FeedbackForwardingEmailAddress": "e@example.org"}, "e@example.org"),
}


@pytest.mark.parametrize("where", UNVERIFIED)
def test_unverified_sender_is_refused_wherever_it_stands(
    where: str, ses: LocalSES, v2: Any
) -> None:
    changes, shown = UNVERIFIED[where]

    found = refusal(v2.send_email, **call(**changes))

    assert found == (
        "MessageRejected",
        400,
        "Email address is not verified. The following identities failed the check in "
        f"region US-EAST-1: {shown}",
    )
    assert ses.inbox == []


@pytest.mark.parametrize(
    ("identity", "sender"),
    [
        ("one@example.org", "one@example.org"),
        ("one@example.org", "one+label@example.org"),
        ("one@example.org", "one@EXAMPLE.org"),
        ("example.org", "anyone@example.org"),
        ("example.org", "anyone@mail.eu.example.org"),
    ],
)
def test_identity_lets_its_addresses_send(
    identity: str, sender: str, ses: LocalSES, v2: Any
) -> None:
    ses.verify(identity)

    v2.send_email(**call(sender=sender, raw=mime(sender=sender)))

    assert ses.inbox[0].sender == sender


@pytest.mark.parametrize(
    ("identity", "sender"),
    [
        ("one@example.org", "two@example.org"),
        ("one@example.org", "One@example.org"),
        ("mail.example.org", "one@example.org"),
        ("example.org", "one@badexample.org"),
    ],
)
def test_identity_lets_nobody_else_send(
    identity: str, sender: str, ses: LocalSES, v2: Any
) -> None:
    ses.verify(identity)

    assert refusal(v2.send_email, **call(sender=sender))[0] == "MessageRejected"


def test_sandbox_names_the_recipients_that_are_not_verified(
    ses: LocalSES, v2: Any
) -> None:
    ses.configure(sandbox=True)
    ses.verify("known@example.net")

    _, _, message = refusal(
        v2.send_email,
        **call(to=["known@example.net", RECIPIENT, "success@simulator.amazonses.com"]),
    )

    assert message.endswith(f"failed the check in region US-EAST-1: {RECIPIENT}")
    assert v2.get_account()["ProductionAccessEnabled"] is False


def test_sandbox_lets_mail_to_the_simulator_through(ses: LocalSES, v2: Any) -> None:
    ses.configure(sandbox=True)

    v2.send_email(**call(to=["bounce+label@simulator.amazonses.com"]))

    assert ses.inbox[0].outcome == "bounce"


PAUSED = (
    "Sending paused for this account. For more information, please check the inbox of "
    "the email address associated with your AWS account."
)


def test_account_paused_by_aws_rejects_every_message(
    ses: LocalSES, v1: Any, v2: Any
) -> None:
    ses.configure(enforcement_status="SHUTDOWN")

    found = refusal(v2.send_email, **call())
    found_v1 = refusal(
        v1.send_raw_email,
        Source=SENDER,
        Destinations=[RECIPIENT],
        RawMessage={"Data": mime()},
    )

    assert found == found_v1 == ("MessageRejected", 400, PAUSED)


def test_account_paused_by_its_owner_and_resumed(
    ses: LocalSES, v1: Any, v2: Any
) -> None:
    v2.put_account_sending_attributes(SendingEnabled=False)
    assert v2.get_account()["SendingEnabled"] is False

    code, status, _ = refusal(v2.send_email, **call())
    code_v1, _, _ = refusal(
        v1.send_raw_email,
        Source=SENDER,
        Destinations=[RECIPIENT],
        RawMessage={"Data": mime()},
    )
    v2.put_account_sending_attributes(SendingEnabled=True)
    v2.send_email(**call())

    assert (code, status) == ("SendingPausedException", 400)
    assert code_v1 == "AccountSendingPausedException"
    assert len(ses.inbox) == 1


def test_suspended_account_refuses_before_it_looks_at_the_message(
    ses: LocalSES, v2: Any
) -> None:
    ses.configure(suspended=True, sending_enabled=False)

    code, status, _ = refusal(v2.send_email, **call(to=["no address"]))

    assert (code, status) == ("AccountSuspendedException", 400)


def test_configuration_set_has_to_exist(v1: Any, v2: Any) -> None:
    found = refusal(v2.send_email, **call(ConfigurationSetName="news"))
    found_v1 = refusal(
        v1.send_raw_email,
        Source=SENDER,
        Destinations=[RECIPIENT],
        RawMessage={"Data": mime()},
        ConfigurationSetName="news",
    )

    text = "Configuration set news does not exist."
    assert found == ("NotFoundException", 404, text)
    assert found_v1 == ("ConfigurationSetDoesNotExist", 400, text)


def test_configuration_set_of_a_header_counts_as_well(ses: LocalSES, v2: Any) -> None:
    raw = mime("X-SES-CONFIGURATION-SET: news", "X-SES-MESSAGE-TAGS: a=1, b=2")
    assert refusal(v2.send_email, **call(raw=raw))[0] == "NotFoundException"

    ses.set_configuration_set("news")
    v2.send_email(**call(raw=raw))

    assert ses.inbox[0].configuration_set == "news"
    assert ses.inbox[0].tags == {"a": "1", "b": "2"}


def test_paused_configuration_set_stops_only_its_own_mail(
    ses: LocalSES, v2: Any
) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")
    v2.put_configuration_set_sending_options(
        ConfigurationSetName="news", SendingEnabled=False
    )

    code, status, _ = refusal(v2.send_email, **call(ConfigurationSetName="news"))
    v2.send_email(**call())

    assert (code, status) == ("SendingPausedException", 400)
    assert len(ses.inbox) == 1
