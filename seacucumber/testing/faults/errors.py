"""What SES answers when it does not accept a message, in both protocols.

One function for each condition. The codes and texts are those of the API models, of
"Amazon SES API errors" in the developer guide, and of answers that users reported.
Where AWS documents no text, the model's description of the exception is used.
"""

from __future__ import annotations

from collections.abc import Sequence

from seacucumber.testing.faults.refusals import AwsError

#: SES cuts a long list of unverified identities short with ``...``.
MAX_LISTED_IDENTITIES = 10


def rate_exceeded() -> AwsError:
    """More recipients per second than the account may send to."""
    return AwsError(
        code="TooManyRequestsException",
        status=429,
        message="Maximum sending rate exceeded.",
        code_v1="Throttling",
        status_v1=400,
    )


def daily_quota_exceeded(
    *, code: str = "LimitExceededException", status: int = 400
) -> AwsError:
    """The rolling 24 hour quota is used up. AWS does not document which v2 code."""
    return AwsError(
        code=code,
        status=status,
        message="Daily message quota exceeded.",
        code_v1="Throttling",
        status_v1=400,
    )


def api_throttled() -> AwsError:
    """Too many calls of a management operation."""
    return AwsError(
        code="TooManyRequestsException",
        status=429,
        message="Rate exceeded",
        code_v1="Throttling",
        status_v1=400,
    )


def throttling() -> AwsError:
    """The same as `api_throttled`, in the form the front end uses."""
    return AwsError(
        code="ThrottlingException", message="Rate exceeded", code_v1="Throttling"
    )


def not_verified(region: str, identities: Sequence[str]) -> AwsError:
    """A From, Sender, Return-Path or, in the sandbox, a recipient is not verified."""
    listed = list(identities[:MAX_LISTED_IDENTITIES])
    if len(identities) > MAX_LISTED_IDENTITIES:
        listed.append("...")
    return AwsError(
        code="MessageRejected",
        message=(
            "Email address is not verified. The following identities failed the check "
            f"in region {region.upper()}: {', '.join(listed)}"
        ),
    )


def paused_by_aws() -> AwsError:
    """AWS paused the account: a `MessageRejected` that concerns every message."""
    return AwsError(
        code="MessageRejected",
        message=(
            "Sending paused for this account. For more information, please check the "
            "inbox of the email address associated with your AWS account."
        ),
    )


def paused_by_customer() -> AwsError:
    """The account's owner switched sending off."""
    return AwsError(
        code="SendingPausedException",
        message=(
            "The message can't be sent because the account's ability to send email is "
            "currently paused."
        ),
        code_v1="AccountSendingPausedException",
    )


def suspended() -> AwsError:
    """The account may never send again."""
    return AwsError(
        code="AccountSuspendedException",
        message=(
            "The message can't be sent because the account's ability to send email has "
            "been permanently restricted."
        ),
        code_v1="MessageRejected",
    )


def configuration_set_paused(name: str) -> AwsError:
    """Sending is switched off for one configuration set."""
    return AwsError(
        code="SendingPausedException",
        message=f"Email sending is disabled for the configuration set {name}.",
        code_v1="ConfigurationSetSendingPausedException",
    )


def configuration_set_missing(name: str) -> AwsError:
    """There is no such configuration set."""
    return AwsError(
        code="NotFoundException",
        status=404,
        message=f"Configuration set {name} does not exist.",
        code_v1="ConfigurationSetDoesNotExist",
        status_v1=400,
    )


def sandboxed(operation: str) -> AwsError:
    """What an account in the sandbox may not do."""
    return AwsError(
        code="BadRequestException",
        message=f"{operation} is not available while the account is in the sandbox.",
    )


def too_many_destinations(name: str) -> AwsError:
    """A configuration set has ten event destinations."""
    return AwsError(
        code="LimitExceededException",
        message=f"Configuration set <{name}> has the maximum of event destinations.",
        code_v1="LimitExceeded",
    )


def invalid_topic(topic_arn: str) -> AwsError:
    """The topic is not there, or its policy does not let SES publish to it."""
    return AwsError(
        code="BadRequestException",
        message=f"Could not publish to SNS topic: {topic_arn}",
        code_v1="InvalidSNSDestination",
    )


def template_missing(name: str) -> AwsError:
    """There is no such template."""
    return AwsError(
        code="NotFoundException",
        status=404,
        message=f"Template {name} does not exist",
        code_v1="TemplateDoesNotExist",
        status_v1=400,
    )


def mail_from_not_verified() -> AwsError:
    """The custom MAIL FROM domain lost its MX record."""
    return AwsError(
        code="MailFromDomainNotVerifiedException",
        message="Mail FROM domain is not verified.",
        code_v1="MailFromDomainNotVerifiedException",
    )


def bad_request(message: str) -> AwsError:
    """A parameter or the MIME is wrong."""
    return AwsError(
        code="BadRequestException", message=message, code_v1="InvalidParameterValue"
    )


def message_too_large(limit_bytes: int, length_bytes: int) -> AwsError:
    """The message is longer than the API takes."""
    return bad_request(
        f"Message length is more than {limit_bytes} bytes long: '{length_bytes}'."
    )


def message_rejected(message: str = "Message rejected.") -> AwsError:
    """Any other rejection of the content."""
    return AwsError(code="MessageRejected", message=message)


def expired_token() -> AwsError:
    """Temporary credentials are too old."""
    return AwsError(
        code="ExpiredTokenException",
        status=403,
        message="The security token included in the request is expired",
        code_v1="ExpiredToken",
    )


def unrecognized_client() -> AwsError:
    """Nobody has this access key."""
    return AwsError(
        code="UnrecognizedClientException",
        status=403,
        message="The security token included in the request is invalid.",
        code_v1="InvalidClientTokenId",
    )


def bad_signature(message: str = "") -> AwsError:
    """The signature does not fit."""
    return AwsError(
        code="InvalidSignatureException",
        status=403,
        message=message
        or (
            "The request signature we calculated does not match the signature you "
            "provided. Check your AWS Secret Access Key and signing method. Consult "
            "the service documentation for details."
        ),
        code_v1="SignatureDoesNotMatch",
    )


def clock_skew() -> AwsError:
    """The signature is older than five minutes."""
    return bad_signature(
        "Signature expired: 20200101T000000Z is now earlier than 20200101T000500Z "
        "(20200101T001000Z - 5 min.)"
    )


def access_denied(
    action: str = "ses:SendRawEmail", resource: str = "identity/example.com"
) -> AwsError:
    """The credentials lack a permission."""
    return AwsError(
        code="AccessDeniedException",
        status=403,
        message=(
            "User `arn:aws:iam::123456789012:user/local' is not authorized to perform "
            f"`{action}' on resource `arn:aws:ses:us-east-1:123456789012:{resource}'"
        ),
        code_v1="AccessDenied",
    )


def authorization_error(action: str = "SNS:ListSubscriptionsByTopic") -> AwsError:
    """The credentials lack a permission, as SNS says it."""
    return AwsError(
        code="AuthorizationError",
        status=403,
        message=(
            "User: arn:aws:iam::123456789012:user/local is not authorized to perform:"
            f" {action} on resource: * because no identity-based policy allows it"
        ),
    )


def not_subscribed() -> AwsError:
    """The AWS account never signed up for SES."""
    return AwsError(
        code="SubscriptionRequiredException",
        status=403,
        message="The AWS Access Key Id needs a subscription for the service",
        code_v1="OptInRequired",
    )


def internal_failure() -> AwsError:
    """An error of SES itself, answered by SES."""
    return AwsError(
        code="InternalServiceErrorException",
        status=500,
        message="An internal error occurred.",
        code_v1="InternalFailure",
    )


def unavailable() -> AwsError:
    """SES is overloaded and says so in its own format."""
    return AwsError(
        code="ServiceUnavailable",
        status=503,
        message="The service is temporarily unavailable.",
    )


def bad_gateway() -> AwsError:
    """A gateway lost its upstream: nobody knows what SES did."""
    return AwsError(code="", status=502, message="Bad Gateway", page=True)


def gateway_timeout() -> AwsError:
    """A gateway gave up waiting: nobody knows what SES did."""
    return AwsError(code="", status=504, message="Gateway Timeout", page=True)
