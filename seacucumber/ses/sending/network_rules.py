"""What it means when a send ends without an answer from SES.

The first rule that fits decides. A connection error comes before botocore's wider
``HTTPClientError``: after the former nothing has left, after the latter nobody knows.
"""

from __future__ import annotations

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from seacucumber.exceptions import HoldMail, OutcomeUnknown, Refused, TryLater
from seacucumber.ses.sending.failure import Hint
from seacucumber.ses.sending.rules import THROTTLES, Rule

#: Found out by botocore before it opens a connection.
_LOCAL: tuple[type[BaseException], ...] = (
    aws.BaseEndpointResolverError,
    aws.ConfigNotFound,
    aws.ConfigParseError,
    aws.CredentialRetrievalError,
    aws.DataNotFoundError,
    aws.EndpointProviderError,
    aws.InvalidConfigError,
    aws.InvalidEndpointConfigurationError,
    aws.InvalidRegionError,
    # New in botocore 1.41, for "aws login".
    getattr(aws, "LoginError", aws.SSOError),
    aws.MetadataRetrievalError,
    aws.MissingDependencyException,
    aws.NoAuthTokenError,
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.ProfileNotFound,
    aws.RefreshWithMFAUnsupportedError,
    aws.SSOError,
    aws.TokenRetrievalError,
    aws.UnknownCredentialError,
    aws.UnknownRegionError,
    aws.UnsupportedSignatureVersionError,
)

FAILURES: tuple[Rule, ...] = (
    # Refreshing temporary credentials asks other services, before anything is sent.
    Rule(
        verdict=TryLater,
        kinds=(aws.ConnectionError, aws.HTTPClientError),
        hint=Hint.ELSEWHERE,
        says="The service that hands out the credentials did not answer; nothing was"
        " sent. The message is tried again.",
        unanswered=True,
    ),
    Rule(
        verdict=TryLater,
        hint=Hint.ELSEWHERE,
        statuses=frozenset(range(500, 600)),
        says="The service that hands out the credentials failed ({code}); nothing was"
        " sent. The message is tried again.",
        unanswered=True,
    ),
    Rule(
        verdict=TryLater,
        hint=Hint.ELSEWHERE,
        codes=THROTTLES,
        says="The service that hands out the credentials is busy ({code}); nothing was"
        " sent. The message is tried again.",
    ),
    Rule(
        verdict=HoldMail,
        hint=Hint.ELSEWHERE,
        says="AWS hands out no credentials ({code}); nothing was sent. Check the role"
        " that this mailer uses.",
    ),
    Rule(
        verdict=TryLater,
        kinds=(aws.ConnectionError, aws.HTTPClientError),
        hint=Hint.CONNECTING,
        says="The connection to SES could not be set up ({code}); nothing was sent."
        " The message is tried again; if it goes on, check DNS, firewall, proxy, TLS.",
        unanswered=True,
    ),
    Rule(
        # A TLS alert in the middle of an answer has the class of a bad handshake.
        verdict=OutcomeUnknown,
        kinds=(aws.SSLError,),
        says="The TLS connection to SES broke while the answer was awaited. SES may"
        " have the message.",
    ),
    Rule(
        verdict=TryLater,
        kinds=(aws.ConnectionError,),
        says="SES cannot be reached ({code}); nothing was sent. The message is tried"
        " again; if it goes on, check DNS, firewall and proxy.",
        unanswered=True,
    ),
    Rule(
        verdict=OutcomeUnknown,
        kinds=(aws.HTTPClientError,),
        says="The connection to SES ended before the answer was there ({code}). SES"
        " may have the message.",
    ),
    Rule(
        verdict=HoldMail,
        kinds=_LOCAL,
        says="AWS cannot be asked from here; nothing was sent. Check credentials,"
        " profile and region of this mailer: {message}",
    ),
    Rule(
        verdict=Refused,
        kinds=(aws.ParamValidationError, aws.ValidationError),
        says="The message cannot be put into a call to SES; its addresses or tags have"
        " a wrong shape: {message}",
    ),
    Rule(
        verdict=OutcomeUnknown,
        kinds=(aws.BotoCoreError, ResponseParserError),
        says="SES's answer cannot be read ({code}). SES may have the message.",
    ),
)
