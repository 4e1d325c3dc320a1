"""What each answer of SES means for a message: the first rule that fits decides.

Sources: the API models of ``ses`` and ``sesv2``, "Amazon SES API errors" and "Errors
related to the sending quotas" in the SES developer guide, "Common error types" of the
API reference, and answers that users reported. Where sources differ, the reading wins
that neither loses a message nor sends it twice.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.exceptions import (
    HoldMail,
    OutcomeUnknown,
    ProbablyNotSent,
    Refused,
    SlowDown,
    TryLater,
)
from seacucumber.ses.sending.failure import Hint
from seacucumber.ses.sending.rules import THROTTLES, Rule

_ACCOUNT = HoldScope.ACCOUNT
_SENDER = HoldScope.SENDER
_SET = HoldScope.CONFIGURATION_SET
_CLIENT_ERROR = frozenset(range(300, 500))
_SERVER_ERROR = frozenset(range(500, 600))

#: Answers whose text says more than their code.
_TEXTS: tuple[Rule, ...] = (
    Rule(
        verdict=HoldMail,
        texts=("daily message quota exceeded", "daily sending quota exceeded"),
        scope=_ACCOUNT,
        cause=HoldCause.QUOTA,
        says="The account's quota of mail in 24 hours is used up. It frees up by"
        " itself; ask AWS for a higher one if this happens often.",
    ),
    Rule(
        verdict=SlowDown,
        texts=("maximum sending rate exceeded",),
        says="The account sent faster than SES allows it. Everybody slows down; if it"
        " goes on, another application uses the same account.",
    ),
    Rule(
        verdict=HoldMail,
        texts=("for the configuration set", "configuration set is paused"),
        codes=frozenset({"SendingPaused"}),
        scope=_SET,
        cause=HoldCause.CONFIGURATION_SET_PAUSED,
        says="Sending is switched off for {configuration_set}. Switch it on in SES.",
    ),
    Rule(
        verdict=HoldMail,
        texts=("sending paused for this account",),
        scope=_ACCOUNT,
        cause=HoldCause.ACCOUNT_PAUSED,
        says="AWS paused sending for this SES account. Read AWS's mail to the address"
        " of the AWS account, and answer it.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset({"MessageRejected"}),
        hint=Hint.SENDER_UNVERIFIED,
        scope=_SENDER,
        cause=HoldCause.SENDER_UNVERIFIED,
        says="The sender {sender} is not verified in SES (the check failed for"
        " {unverified}). Verify the address or its domain.",
    ),
    Rule(
        verdict=Refused,
        codes=frozenset({"MessageRejected"}),
        hint=Hint.RECIPIENT_UNVERIFIED,
        says="The account is in the sandbox: the recipient {unverified} is not"
        " verified. Ask AWS for production access, or verify the recipient.",
    ),
    Rule(
        # AWS's text can quote the message.
        verdict=Refused,
        texts=("message length is more than", "message is too long"),
        says="The message is larger than SES accepts. Send a link in place of the"
        " attachment.",
    ),
    Rule(
        verdict=HoldMail,
        texts=("signature expired", "signature not yet current"),
        cause=HoldCause.CLOCK_SKEW,
        says="AWS finds the signature's time wrong: the clock of this host is off by"
        " minutes. Set it by NTP.",
    ),
)

#: Codes that concern the credentials themselves.
BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "UnrecognizedClient",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "InvalidSignature",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "AuthFailure",
        "NotAuthorized",
        "TokenRefreshRequired",
    }
)
#: Codes that say a permission is missing.
DENIALS = frozenset({"AccessDenied", "UnauthorizedOperation"})

#: Answers by their code.
_CODES: tuple[Rule, ...] = (
    Rule(
        verdict=HoldMail,
        codes=frozenset({"LimitExceeded"}),
        scope=_ACCOUNT,
        cause=HoldCause.QUOTA,
        says="A sending limit of the account is used up, most likely its quota of mail"
        " in 24 hours. It frees up by itself; ask AWS for more if needed.",
    ),
    Rule(
        verdict=TryLater,
        codes=THROTTLES,
        says="SES is busy and asks for fewer requests: {message} The message is tried"
        " again.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset({"ConfigurationSetSendingPaused"}),
        scope=_SET,
        cause=HoldCause.CONFIGURATION_SET_PAUSED,
        says="Sending is switched off for {configuration_set}. Switch it on in SES.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset({"SendingPaused", "AccountSendingPaused"}),
        scope=_ACCOUNT,
        cause=HoldCause.ACCOUNT_PAUSED,
        says="Sending is paused for this SES account. Resume it in SES; if AWS paused"
        " it, read AWS's mail to the address of the AWS account.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset({"AccountSuspended"}),
        scope=_ACCOUNT,
        cause=HoldCause.ACCOUNT_SUSPENDED,
        says="AWS has suspended this SES account for good. Talk to AWS support, or"
        " send through another account.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset({"NotFound", "ConfigurationSetDoesNotExist"}),
        scope=_SET,
        cause=HoldCause.CONFIGURATION_SET_MISSING,
        says="SES does not know {configuration_set}: {message} Create it in this"
        " account and region, or set another one.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset({"MailFromDomainNotVerified"}),
        scope=_SENDER,
        cause=HoldCause.MAIL_FROM,
        says="The custom MAIL FROM domain of {sender} is not verified. Publish its MX"
        " record, or let SES fall back to its own domain.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset(
            {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}
        ),
        cause=HoldCause.CLOCK_SKEW,
        says="AWS finds the request's time wrong: the clock of this host is off by"
        " minutes. Set it by NTP.",
    ),
    Rule(
        # AWS's text can quote the request with its session token: never repeat it.
        verdict=HoldMail,
        codes=BAD_CREDENTIALS,
        cause=HoldCause.CREDENTIALS,
        says="AWS refuses the credentials of this mailer ({code}). Check access key,"
        " secret, session token and region.",
    ),
    Rule(
        verdict=HoldMail,
        codes=frozenset({"OptInRequired", "SubscriptionRequired"}),
        cause=HoldCause.PERMISSION,
        says="The AWS account is not signed up for SES ({code}). Sign up in this"
        " region, or choose another.",
    ),
    Rule(
        verdict=HoldMail,
        codes=DENIALS,
        texts=(":configuration-set/",),
        scope=_SET,
        cause=HoldCause.PERMISSION,
        says="The credentials may not {action} with {resource}. Allow it in their IAM"
        " policy: the configuration set is a resource of its own.",
    ),
    Rule(
        # A policy may allow one sender and not another.
        verdict=HoldMail,
        codes=DENIALS,
        texts=(":identity/",),
        scope=_SENDER,
        cause=HoldCause.PERMISSION,
        says="The credentials may not {action} on {resource}. Allow it in their IAM"
        " policy.",
    ),
    Rule(
        verdict=HoldMail,
        codes=DENIALS,
        cause=HoldCause.PERMISSION,
        says="The credentials may not {action} on {resource}. Allow it in their IAM"
        " policy.",
    ),
    Rule(
        verdict=Refused,
        codes=frozenset({"MessageRejected"}),
        says="SES rejected the message for its content: {message}",
    ),
    Rule(
        verdict=Refused,
        codes=frozenset(
            {"BadRequest", "InvalidParameterValue", "InvalidParameter", "Validation"}
        ),
        says="SES refuses the message for its shape; correct it and send it anew:"
        " {message}",
    ),
    Rule(
        verdict=Refused,
        codes=frozenset({"ValidationError", "Serialization"}),
        says="SES cannot read the call; correct the message and send it anew:"
        " {message}",
    ),
)

#: Whatever is left, by HTTP status. The last rule fits everything.
_STATUSES: tuple[Rule, ...] = (
    Rule(
        verdict=Refused,
        statuses=frozenset({413}),
        says="The message is larger than SES accepts. Send a link in place of the"
        " attachment.",
    ),
    Rule(
        verdict=TryLater,
        statuses=frozenset({429}),
        says="SES asks for fewer requests: {message} The message is tried again.",
    ),
    Rule(
        # "Drops the email", says "How email sending works" of the developer guide.
        verdict=ProbablyNotSent,
        statuses=_SERVER_ERROR,
        hint=Hint.NAMED_BY_SES,
        says="SES failed by itself ({code}, HTTP {status}); most likely it did not take"
        " the message.",
        unanswered=True,
    ),
    Rule(
        # A code that no model of a send knows: a newer SES, a proxy, a wrong endpoint.
        # Nothing was accepted, and nothing says that the message is to blame.
        verdict=TryLater,
        statuses=_CLIENT_ERROR,
        says="An unknown answer, {code} (HTTP {status}): {message} The message is tried"
        " again; check the endpoint if it goes on.",
    ),
    Rule(
        verdict=OutcomeUnknown,
        kinds=(ClientError,),
        says="SES, or a gateway before it, failed (HTTP {status}). SES may have the"
        " message.",
    ),
    Rule(
        verdict=OutcomeUnknown,
        says="The call to SES broke off ({code}). SES may have the message.",
    ),
)

#: All of them: the text before the code, the code before the status.
ANSWERS: tuple[Rule, ...] = (*_TEXTS, *_CODES, *_STATUSES)
