"""Every row of the error table, raised by the real boto3."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.exceptions import (
    HoldMail,
    OutcomeUnknown,
    ProbablyNotSent,
    Refused,
    SendError,
    SlowDown,
    TryLater,
)
from seacucumber.ses import SendCall, get_sender
from seacucumber.ses.sending.errors import translate_account, translate_send
from seacucumber.testing import AwsError, Fault, LocalSES, errors
from seacucumber.testing.http.server import free_port
from tests.ses.conftest import MakeMailer
from tests.ses.sockets import break_tls_after_request, full_backlog, serving

SENDER = "shop@example.com"


class Hold(NamedTuple):
    """What is expected of a hold."""

    scope: HoldScope
    cause: HoldCause
    value: str = ""


ON_QUOTA = Hold(HoldScope.ACCOUNT, HoldCause.QUOTA)
ON_PAUSE = Hold(HoldScope.ACCOUNT, HoldCause.ACCOUNT_PAUSED)
ON_CREDENTIALS = Hold(HoldScope.MAILER, HoldCause.CREDENTIALS)
ON_PERMISSION = Hold(HoldScope.MAILER, HoldCause.PERMISSION)
ON_CLOCK = Hold(HoldScope.MAILER, HoldCause.CLOCK_SKEW)


def coded(code: str, message: str = "Something.", status: int = 400) -> AwsError:
    return AwsError(code=code, message=message, status=status)


def client_error(
    code: str, status: int, *, operation: str = "SendEmail"
) -> ClientError:
    """Return what boto3 raises for an answer of a service that is not stood in for."""
    answer: Any = {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


def failed_send(mailer: Any, call: SendCall) -> SendError:
    with pytest.raises(SendError) as caught:
        get_sender(mailer).send(call)
    assert caught.value.__cause__ is not None
    return caught.value


def assert_is(failure: SendError, expected: type[SendError] | Hold) -> None:
    if isinstance(expected, Hold):
        assert isinstance(failure, HoldMail)
        assert (failure.scope, failure.cause, failure.value) == expected
    else:
        assert type(failure) is expected
    assert failure.detail[0].isupper()
    assert len(failure.detail) <= 200


ANSWERS: dict[str, tuple[AwsError, type[SendError] | Hold]] = {
    "1 rate": (errors.rate_exceeded(), SlowDown),
    "1 rate, v1's code": (
        coded("ThrottlingException", "Maximum sending rate exceeded."),
        SlowDown,
    ),
    "2 daily quota": (errors.daily_quota_exceeded(), ON_QUOTA),
    "2 daily quota as 429": (
        errors.daily_quota_exceeded(code="TooManyRequestsException", status=429),
        ON_QUOTA,
    ),
    "2 daily quota, other words": (
        coded("ThrottlingException", "Daily sending quota exceeded."),
        ON_QUOTA,
    ),
    "2 daily quota, code only": (coded("LimitExceededException"), ON_QUOTA),
    "3 API throttle": (errors.api_throttled(), TryLater),
    "3 API throttle of the front end": (errors.throttling(), TryLater),
    "4 sender": (
        errors.not_verified("eu-west-1", [SENDER]),
        Hold(HoldScope.SENDER, HoldCause.SENDER_UNVERIFIED, SENDER),
    ),
    "4 sender with a name": (
        errors.not_verified("eu-west-1", ['"Shop, Ltd" <Shop@example.com>']),
        Hold(HoldScope.SENDER, HoldCause.SENDER_UNVERIFIED, SENDER),
    ),
    "4 domain of the sender": (
        errors.not_verified("eu-west-1", ["example.com"]),
        Hold(HoldScope.SENDER, HoldCause.SENDER_UNVERIFIED, SENDER),
    ),
    "4 Return-Path": (
        errors.not_verified("eu-west-1", ["bounces@example.org"]),
        Hold(HoldScope.SENDER, HoldCause.SENDER_UNVERIFIED, SENDER),
    ),
    "4 sender among recipients": (
        errors.not_verified("eu-west-1", ["ann@example.net", SENDER]),
        Hold(HoldScope.SENDER, HoldCause.SENDER_UNVERIFIED, SENDER),
    ),
    "4 nobody listed": (
        coded("MessageRejected", "Email address is not verified."),
        Hold(HoldScope.SENDER, HoldCause.SENDER_UNVERIFIED, SENDER),
    ),
    "5 sandbox recipient": (
        errors.not_verified("eu-west-1", ["Ann@example.net"]),
        Refused,
    ),
    "6 paused by AWS": (errors.paused_by_aws(), ON_PAUSE),
    "7 paused by the customer": (errors.paused_by_customer(), ON_PAUSE),
    "7 paused by the customer, v1's code": (
        coded("AccountSendingPausedException"),
        ON_PAUSE,
    ),
    "8 suspended": (
        errors.suspended(),
        Hold(HoldScope.ACCOUNT, HoldCause.ACCOUNT_SUSPENDED),
    ),
    "9 configuration set paused": (
        errors.configuration_set_paused("news"),
        Hold(HoldScope.CONFIGURATION_SET, HoldCause.CONFIGURATION_SET_PAUSED, "news"),
    ),
    "9 configuration set paused, v1's code": (
        coded("ConfigurationSetSendingPausedException"),
        Hold(HoldScope.CONFIGURATION_SET, HoldCause.CONFIGURATION_SET_PAUSED, "news"),
    ),
    "10 configuration set missing": (
        errors.configuration_set_missing("news"),
        Hold(HoldScope.CONFIGURATION_SET, HoldCause.CONFIGURATION_SET_MISSING, "news"),
    ),
    "11 MAIL FROM": (
        errors.mail_from_not_verified(),
        Hold(HoldScope.SENDER, HoldCause.MAIL_FROM, SENDER),
    ),
    "12 bad request": (
        coded("BadRequestException", "Duplicate header 'DKIM-Signature'."),
        Refused,
    ),
    "12 bad request, v1's code": (
        coded("InvalidParameterValue", "Domain ends with dot"),
        Refused,
    ),
    "12 validation": (coded("ValidationException"), Refused),
    "13 too large": (errors.message_too_large(41_943_040, 50_000_000), Refused),
    "13 too large, from the front end": (coded("", "Too large", 413), Refused),
    "14 content": (errors.message_rejected(), Refused),
    "16 expired token": (errors.expired_token(), ON_CREDENTIALS),
    "17 unknown key": (errors.unrecognized_client(), ON_CREDENTIALS),
    "17 unknown key, v1's code": (
        coded("InvalidClientTokenId", status=403),
        ON_CREDENTIALS,
    ),
    "18 bad signature": (errors.bad_signature(), ON_CREDENTIALS),
    "18 bad signature, v1's code": (
        coded("SignatureDoesNotMatch", status=403),
        ON_CREDENTIALS,
    ),
    "18 clock is late": (errors.clock_skew(), ON_CLOCK),
    "18 clock is early": (
        errors.bad_signature("Signature not yet current: 20300101T000000Z is still"),
        ON_CLOCK,
    ),
    "18 request expired": (coded("RequestExpired"), ON_CLOCK),
    "19 access denied as a sender": (
        errors.access_denied(),
        Hold(HoldScope.SENDER, HoldCause.PERMISSION, value=SENDER),
    ),
    "19 access denied for the configuration set": (
        errors.access_denied(resource="configuration-set/news"),
        Hold(HoldScope.CONFIGURATION_SET, HoldCause.PERMISSION, value="news"),
    ),
    "19 access denied altogether": (
        coded("AccessDeniedException", "You may not.", 403),
        ON_PERMISSION,
    ),
    "20 not subscribed": (errors.not_subscribed(), ON_PERMISSION),
    "25 internal failure": (errors.internal_failure(), ProbablyNotSent),
    "25 concurrent modification": (
        coded("ConcurrentModificationException", status=500),
        ProbablyNotSent,
    ),
    "25 unavailable, says SES": (errors.unavailable(), ProbablyNotSent),
    "25 a page, with the id of a request": (
        replace(errors.bad_gateway(), request_id=True),
        ProbablyNotSent,
    ),
    "26 bad gateway": (errors.bad_gateway(), OutcomeUnknown),
    "26 gateway timeout": (errors.gateway_timeout(), OutcomeUnknown),
    "26 unavailable, says a gateway": (
        AwsError(code="", status=503, message="Service Unavailable", page=True),
        OutcomeUnknown,
    ),
    "unknown code": (coded("BrandNewException", "Who knows."), TryLater),
    "not SES's page": (
        AwsError(code="", status=403, message="Blocked by policy", page=True),
        TryLater,
    ),
    "redirect": (coded("", "Moved", 307), TryLater),
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answer_of_ses_decides_what_happens_to_the_message(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    answer: AwsError,
    expected: type[SendError] | Hold,
) -> None:
    local_ses.faults.add(Fault.answer(answer))

    failure = failed_send(make_mailer(), call)

    assert_is(failure, expected)
    assert failure.http_status == answer.status
    assert failure.unanswered == (expected in (OutcomeUnknown, ProbablyNotSent))
    assert failure.code == (answer.code.removesuffix("Exception") or str(answer.status))
    assert local_ses.counters.posts == 1


def test_default_set_of_the_sender_is_held_by_its_sender(
    local_ses: LocalSES, make_mailer: MakeMailer
) -> None:
    local_ses.faults.add(Fault.answer(errors.configuration_set_paused("default-set")))
    call = SendCall(raw=b"\r\n", sender=SENDER, recipients=("ann@example.net",))

    failure = failed_send(make_mailer(), call)

    paused = HoldCause.CONFIGURATION_SET_PAUSED
    assert_is(failure, Hold(HoldScope.SENDER, paused, SENDER))
    assert "the sender's default configuration set" in failure.detail


def test_sender_that_writes_to_itself_is_held_as_a_sender(
    local_ses: LocalSES, make_mailer: MakeMailer
) -> None:
    local_ses.unverify("example.com")
    call = SendCall(
        raw=b"From: shop@example.com\r\n\r\n", sender=SENDER, recipients=(SENDER,)
    )

    failure = failed_send(make_mailer(), call)

    assert_is(failure, Hold(HoldScope.SENDER, HoldCause.SENDER_UNVERIFIED, SENDER))


def test_refused_connection_is_tried_again(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    mailer = make_mailer(endpoint_url=f"http://127.0.0.1:{free_port()}")

    failure = failed_send(mailer, call)

    assert_is(failure, TryLater)
    assert failure.code == "EndpointConnectionError"
    assert failure.unanswered


def test_connect_timeout_is_tried_again(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    with full_backlog() as url:
        mailer = make_mailer(endpoint_url=url, connect_timeout_s=0.1)
        failure = failed_send(mailer, call)

    assert_is(failure, TryLater)
    assert failure.code == "ConnectTimeoutError"
    assert failure.unanswered


def test_proxy_that_is_down_is_tried_again(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    proxies = {"http": f"http://127.0.0.1:{free_port()}"}
    mailer = make_mailer(
        endpoint_url="http://ses.invalid", client_config={"proxies": proxies}
    )

    failure = failed_send(mailer, call)

    assert_is(failure, TryLater)
    assert failure.code == "ProxyConnectionError"
    assert failure.unanswered


def test_failed_handshake_is_tried_again(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    """No TLS is spoken at this port; nothing of the message has left."""

    def talk(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(talk) as url:
        failure = failed_send(make_mailer(endpoint_url=url), call)

    assert_is(failure, TryLater)
    assert failure.code == "SSLError"
    assert failure.unanswered


def test_untrusted_certificate_is_tried_again(
    make_mailer: MakeMailer, call: SendCall, tmp_path: Path
) -> None:
    _bundle, talk = break_tls_after_request(tmp_path)
    with serving(talk) as url:
        failure = failed_send(make_mailer(endpoint_url=url), call)

    assert_is(failure, TryLater)
    assert failure.code == "SSLError"


def test_silence_in_the_handshake_is_tried_again(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    """botocore reports a read timeout, though nothing was asked yet."""
    stay = threading.Event()
    with serving(lambda client: client.recv(1) and stay.wait(5)) as url:
        mailer = make_mailer(endpoint_url=url, connect_timeout_s=0.1)
        failure = failed_send(mailer, call)
        stay.set()

    assert_is(failure, TryLater)
    assert failure.code == "ReadTimeoutError"


def test_reset_in_the_handshake_is_tried_again(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    def talk(client: socket.socket) -> None:
        client.recv(1)

    with serving(talk) as url:
        failure = failed_send(make_mailer(endpoint_url=url), call)

    assert_is(failure, TryLater)


def test_tls_error_after_the_request_is_unknown(
    make_mailer: MakeMailer,
    call: SendCall,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """botocore reports a failed handshake, but the message has left."""
    bundle, talk = break_tls_after_request(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with serving(talk) as url:
        failure = failed_send(make_mailer(endpoint_url=url), call)

    assert failure.code == "SSLError"
    assert_is(failure, OutcomeUnknown)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.reset(),
        Fault.reset(after_accepting=True),
        Fault.reset_before_reading(),
        Fault.hang(),
        Fault.hang(after_accepting=True),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.after_accepting}",
)
def test_lost_answer_is_unknown(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall, fault: Fault
) -> None:
    local_ses.faults.add(fault)

    failure = failed_send(make_mailer(read_timeout_s=0.1), call)

    assert_is(failure, OutcomeUnknown)
    assert failure.http_status == 0


def test_older_failure_in_the_background_is_no_evidence(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall
) -> None:
    """The second call happens while a refused connection is being handled."""
    local_ses.faults.add(Fault.reset())
    nowhere = make_mailer(endpoint_url=f"http://127.0.0.1:{free_port()}")
    try:
        get_sender(nowhere).send(call)
    except TryLater:
        failure = failed_send(make_mailer(), call)

    assert_is(failure, OutcomeUnknown)


def test_call_that_botocore_finds_malformed_is_refused(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    mailer = make_mailer(client_config={"parameter_validation": True})
    bad = SendCall(raw=call.raw, sender=SENDER, recipients=(None,))  # type: ignore[arg-type]

    failure = failed_send(mailer, bad)

    assert_is(failure, Refused)
    assert failure.code == "ParamValidationError"


NO_KEYS = {"ses_access_key_id": None, "ses_secret_access_key": None}
PROFILES = {
    "fails": "credential_process = false",
    "no-token": (
        "sso_start_url = https://127.0.0.1/\nsso_region = eu-west-1\n"
        "sso_account_id = 123456789012\nsso_role_name = sender"
    ),
    "role": "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base",
    "base": "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret",
}


@pytest.fixture
def profiles(tmp_path: Path) -> None:
    text = "".join(f"[profile {name}]\n{row}\n" for name, row in PROFILES.items())
    (tmp_path / "config").write_text(text)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (NO_KEYS, "NoCredentialsError"),
        ({"ses_secret_access_key": None}, "PartialCredentialsError"),
        ({**NO_KEYS, "ses_session_token": "token"}, "PartialCredentialsError"),
        ({**NO_KEYS, "ses_profile": "missing"}, "ProfileNotFound"),
        ({**NO_KEYS, "ses_profile": "fails"}, "CredentialRetrievalError"),
        ({**NO_KEYS, "ses_profile": "no-token"}, "SSOTokenLoadError|SSOError"),
        ({"endpoint_url": "http://"}, "ValueError"),
        ({"client_config": {"no_such_option": 1}}, "TypeError"),
    ],
    ids=[
        "none",
        "half",
        "token only",
        "profile",
        "process",
        "sso",
        "endpoint",
        "config",
    ],
)
@pytest.mark.usefixtures("profiles")
def test_what_is_wrong_on_this_host_holds_the_mailer(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    settings: dict[str, Any],
    code: str,
) -> None:
    failure = failed_send(make_mailer(**settings), call)

    assert_is(failure, ON_CREDENTIALS)
    assert failure.code in code.split("|")
    assert "nothing was sent" in failure.detail
    assert local_ses.counters.posts == 0


@pytest.mark.usefixtures("profiles")
def test_role_that_cannot_be_assumed_holds_the_mailer(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error comes from STS, which the local SES here stands in for."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", local_ses.url)

    failure = failed_send(make_mailer(**NO_KEYS, ses_profile="role"), call)

    assert_is(failure, ON_CREDENTIALS)
    assert local_ses.counters.posts == 0


def test_credentials_may_be_slow_without_making_a_message_uncertain() -> None:
    """A timeout of STS in the middle of a send: its host tells it from SES's."""
    error = ReadTimeoutError(endpoint_url="https://sts.eu-west-1.amazonaws.com/")

    failure = translate_send(error, sender=SENDER, recipients=(), configuration_set="")

    assert_is(failure, TryLater)


@pytest.mark.usefixtures("profiles")
def test_role_service_that_is_down_is_tried_again(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    failure = failed_send(make_mailer(**NO_KEYS, ses_profile="role"), call)

    assert_is(failure, TryLater)
    assert local_ses.counters.posts == 0


@pytest.mark.parametrize(
    ("code", "status"), [("Throttling", 400), ("InternalFailure", 500)]
)
def test_role_service_that_is_busy_is_tried_again(code: str, status: int) -> None:
    error = client_error(code, status, operation="AssumeRole")

    failure = translate_send(error, sender=SENDER, recipients=(), configuration_set="")

    assert_is(failure, TryLater)


def test_whatever_else_breaks_a_call_is_unknown() -> None:
    failure = translate_send(
        RuntimeError("?"), sender=SENDER, recipients=(), configuration_set=""
    )

    assert_is(failure, OutcomeUnknown)


@pytest.mark.parametrize("words", ["Illegal address: {}", "'{}' is unknown", "<{}>"])
@pytest.mark.parametrize(
    "shown",
    [
        "ann@example.net",
        "Ann Smith <ann@example.net>",
        '"Smith, Ann" <ann@example.net>',
    ],
)
def test_detail_names_no_recipient(
    local_ses: LocalSES,
    make_mailer: MakeMailer,
    call: SendCall,
    words: str,
    shown: str,
) -> None:
    local_ses.faults.add(
        Fault.answer(coded("BadRequestException", words.format(shown)))
    )

    failure = failed_send(make_mailer(), call)

    assert "a***@example.net" in failure.detail
    assert "ann@" not in str(failure)
    assert "Smith" not in str(failure)


def test_sandbox_is_explained_without_the_whole_address(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall
) -> None:
    local_ses.configure(sandbox=True)

    failure = failed_send(make_mailer(), call)

    assert failure.detail == (
        "The account is in the sandbox: the recipient a***@example.net is not"
        " verified. Ask AWS for production access, or verify the recipient."
    )


def test_unverified_sender_is_named(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall
) -> None:
    local_ses.unverify("example.com")

    failure = failed_send(make_mailer(), call)

    assert "The sender shop@example.com is not verified in SES" in failure.detail


def test_missing_permission_is_named(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall
) -> None:
    local_ses.faults.add(Fault.answer(errors.access_denied()))

    failure = failed_send(make_mailer(), call)

    assert failure.detail == (
        "The credentials may not ses:SendRawEmail on identity/example.com. Allow it in"
        " their IAM policy."
    )


def test_content_that_aws_repeats_is_not_kept(
    local_ses: LocalSES, make_mailer: MakeMailer, call: SendCall
) -> None:
    secret = "Dear Ann, your password is 12345"
    text = f"Message length is more than 10485760 bytes long: '{secret}'"
    local_ses.faults.add(Fault.answer(coded("BadRequestException", text)))

    assert "password" not in str(failed_send(make_mailer(), call))


def test_every_code_that_a_send_is_modelled_with_has_a_rule() -> None:
    """None of them may fall to the rule for codes that nobody knows."""
    client = boto3.Session().client("sesv2", region_name="eu-west-1")
    model = client.meta.service_model.operation_model("SendEmail")

    for shape in model.error_shapes:
        error = client_error(shape.name, 400)
        failure = translate_send(
            error, sender=SENDER, recipients=(), configuration_set="news"
        )
        assert "An unknown answer" not in failure.detail, shape.name
    client.close()


@pytest.mark.parametrize(
    ("operation", "permission"),
    [("GetAccount", "ses:GetAccount"), ("sqs:ReceiveMessage", "sqs:ReceiveMessage")],
)
def test_a_denial_names_the_permission_of_its_own_service(
    operation: str, permission: str
) -> None:
    """IAM's actions have the service in front, and only one of them."""
    denied = client_error("AccessDenied", 403, operation=operation)

    found = translate_account(denied, operation)

    assert found.detail.startswith(f"AWS denies it; allow {permission} in the IAM")
