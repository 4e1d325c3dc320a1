"""Every refusal of the service, through botocore, in both APIs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seacucumber.testing import AwsError, Fault, LocalSES, errors
from tests.testing.mail import RECIPIENT, SENDER, call, mime, refusal

#: What makes it; code and status of v2; code and status of v1; a part of the text.
ROWS: tuple[tuple[AwsError, str, int, str, int, str], ...] = (
    (
        errors.rate_exceeded(),
        *("TooManyRequestsException", 429, "Throttling", 400),
        "Maximum sending rate exceeded.",
    ),
    (
        errors.daily_quota_exceeded(),
        *("LimitExceededException", 400, "Throttling", 400),
        "Daily message quota exceeded.",
    ),
    (
        errors.daily_quota_exceeded(code="TooManyRequestsException", status=429),
        *("TooManyRequestsException", 429, "Throttling", 400),
        "Daily message quota exceeded.",
    ),
    (
        errors.api_throttled(),
        *("TooManyRequestsException", 429, "Throttling", 400),
        "Rate exceeded",
    ),
    (
        errors.throttling(),
        *("ThrottlingException", 400, "Throttling", 400),
        "Rate exceeded",
    ),
    (
        errors.not_verified("eu-west-1", ["a@example.org", '"N" <b@example.org>']),
        *("MessageRejected", 400, "MessageRejected", 400),
        "Email address is not verified. The following identities failed the check in "
        'region EU-WEST-1: a@example.org, "N" <b@example.org>',
    ),
    (
        errors.paused_by_aws(),
        *("MessageRejected", 400, "MessageRejected", 400),
        "Sending paused for this account. For more information, please check the "
        "inbox of the email address associated with your AWS account.",
    ),
    (
        errors.paused_by_customer(),
        *("SendingPausedException", 400, "AccountSendingPausedException", 400),
        "account's ability to send email is currently paused",
    ),
    (
        errors.suspended(),
        *("AccountSuspendedException", 400, "MessageRejected", 400),
        "permanently restricted",
    ),
    (
        errors.configuration_set_paused("news"),
        *("SendingPausedException", 400),
        *("ConfigurationSetSendingPausedException", 400),
        "configuration set",
    ),
    (
        errors.configuration_set_missing("news"),
        *("NotFoundException", 404, "ConfigurationSetDoesNotExist", 400),
        "Configuration set news does not exist",
    ),
    (
        errors.template_missing("welcome"),
        *("NotFoundException", 404, "TemplateDoesNotExist", 400),
        "Template welcome does not exist",
    ),
    (
        errors.mail_from_not_verified(),
        *("MailFromDomainNotVerifiedException", 400),
        *("MailFromDomainNotVerifiedException", 400),
        "Mail FROM domain is not verified",
    ),
    (
        errors.bad_request("Illegal <address> & more"),
        *("BadRequestException", 400, "InvalidParameterValue", 400),
        "Illegal <address> & more",
    ),
    (
        errors.message_too_large(10485760, 10485761),
        *("BadRequestException", 400, "InvalidParameterValue", 400),
        "Message length is more than 10485760 bytes long: '10485761'.",
    ),
    (
        errors.message_rejected("Illegal content"),
        *("MessageRejected", 400, "MessageRejected", 400),
        "Illegal content",
    ),
    (
        errors.expired_token(),
        *("ExpiredTokenException", 403, "ExpiredToken", 403),
        "The security token included in the request is expired",
    ),
    (
        errors.unrecognized_client(),
        *("UnrecognizedClientException", 403, "InvalidClientTokenId", 403),
        "The security token included in the request is invalid",
    ),
    (
        errors.bad_signature(),
        *("InvalidSignatureException", 403, "SignatureDoesNotMatch", 403),
        "The request signature we calculated does not match",
    ),
    (
        errors.clock_skew(),
        *("InvalidSignatureException", 403, "SignatureDoesNotMatch", 403),
        "Signature expired: 20200101T000000Z is now earlier than",
    ),
    (
        errors.access_denied("ses:SendRawEmail", "identity/example.com"),
        *("AccessDeniedException", 403, "AccessDenied", 403),
        "is not authorized to perform `ses:SendRawEmail' on resource",
    ),
    (
        errors.not_subscribed(),
        *("SubscriptionRequiredException", 403, "OptInRequired", 403),
        "subscription",
    ),
    (
        errors.internal_failure(),
        *("InternalServiceErrorException", 500, "InternalFailure", 500),
        "",
    ),
    (
        errors.unavailable(),
        *("ServiceUnavailable", 503, "ServiceUnavailable", 503),
        "",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0].code}-{row[5][:20]}")
def test_refusal_has_the_code_status_and_text_of_aws(
    row: tuple[AwsError, str, int, str, int, str], ses: LocalSES, v1: Any, v2: Any
) -> None:
    error, code, status, code_v1, status_v1, text = row
    ses.faults.add(Fault.answer(error))

    found = refusal(v2.send_email, **call())
    found_v1 = refusal(
        v1.send_raw_email,
        Source=SENDER,
        Destinations=[RECIPIENT],
        RawMessage={"Data": mime()},
    )

    assert found[:2] == (code, status)
    assert found_v1[:2] == (code_v1, status_v1)
    assert text in found[2]
    assert text in found_v1[2]
    assert ses.inbox == []


@pytest.mark.parametrize(
    ("make", "status"), [(errors.bad_gateway, 502), (errors.gateway_timeout, 504)]
)
def test_gateway_answers_with_a_page_and_no_code_of_ses(
    make: Callable[[], AwsError], status: int, ses: LocalSES, v2: Any
) -> None:
    ses.faults.add(Fault.answer(make()))

    code, found, _ = refusal(v2.send_email, **call())

    # botocore has nothing but the status to name it by.
    assert (code, found) == (str(status), status)


def test_modelled_refusals_are_the_exceptions_of_the_client(
    ses: LocalSES, v2: Any
) -> None:
    ses.faults.add(Fault.answer(errors.rate_exceeded()))

    with pytest.raises(v2.exceptions.TooManyRequestsException):
        v2.send_email(**call())


def test_long_list_of_identities_is_cut_short() -> None:
    names = [f"n{number}@example.org" for number in range(50)]

    message = errors.not_verified("us-east-1", names).message

    assert message.endswith("n9@example.org, ...")
