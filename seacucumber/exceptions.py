"""What can go wrong, named by the decision that follows from it."""

from __future__ import annotations

from typing import Any

from seacucumber.enums import HoldCause, HoldScope


class SeaCucumberError(Exception):
    """Base of all errors of this package. Not raised itself."""


class InvalidMessage(SeaCucumberError, ValueError):
    """A message that SES would refuse for its shape, refused at ``send()``.

    Args:
        field: What the user would change, e.g. ``to``, ``subject``, ``headers``.
        problem: What is wrong with it, in words that continue the sentence.

    Where ``send_messages`` raises it, ``email_message`` is the message that was
    refused, and ``queued`` says how many others were taken: those have
    ``cucumber_ids``.
    """

    email_message: Any = None
    queued = 0

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"The message's {field} {problem}")


class SendError(SeaCucumberError):
    """One call to SES did not end with an acceptance. The subclass is the decision.

    Args:
        code: AWS's error code without its ``Exception`` suffix, or the name of the
            network failure.
        detail: What happened, in plain words; at most 200 characters are kept.
        http_status: Status of SES's answer, 0 if there was none.
        unanswered: SES said nothing of the message: it was not reached, the call broke
            off, or it failed by itself. Such a cause is rarely the message's own.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        http_status: int = 0,
        unanswered: bool = False,
    ) -> None:
        self.code = code
        self.detail = detail[:200]
        self.http_status = http_status
        self.unanswered = unanswered
        super().__init__(f"{code}: {self.detail}" if code else self.detail)


class SlowDown(SendError):
    """Not accepted: the account sends too fast. Everybody slows down."""


class TryLater(SendError):
    """Not accepted, for a passing reason. This message is tried again."""


class ProbablyNotSent(TryLater):
    """SES failed by itself, after which AWS says that it drops the mail.

    Tried again where a message may go out twice; whoever knows that it must not turns
    it into `OutcomeUnknown`.
    """


class Refused(SendError):
    """Not accepted, and never will be. This message fails."""


class HoldMail(SendError):
    """Not accepted, for a reason that concerns more than this message.

    Args:
        scope: What has to stop.
        value: Which one: the sender, the configuration set, empty for the account.
        cause: Why.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        scope: HoldScope,
        cause: HoldCause,
        value: str = "",
        http_status: int = 0,
    ) -> None:
        super().__init__(code, detail, http_status=http_status)
        self.scope = scope
        self.value = value
        self.cause = cause


class AllSuppressed(SendError):
    """Not sent: every recipient is on a suppression list."""


class OutcomeUnknown(SendError):
    """The answer was lost: SES may have accepted the message."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        http_status: int = 0,
        unanswered: bool = True,
    ) -> None:
        super().__init__(code, detail, http_status=http_status, unanswered=unanswered)


class AccountError(SeaCucumberError):
    """A question to SES about the account or its identities was not answered.

    Args:
        operation: The operation, e.g. ``GetAccount``; with its service in front if it
            is not SES's, e.g. ``sqs:ReceiveMessage``.
        code: AWS's error code, or the name of the network failure.
        detail: AWS's own words, or what happened.
    """

    def __init__(self, operation: str, code: str, detail: str) -> None:
        self.operation = operation
        self.code = code
        self.detail = detail
        super().__init__(f"{operation}: {detail} ({code})")


class AccessDenied(AccountError):
    """The credentials lack a permission; the operation's name is the one to grant."""

    @property
    def permission(self) -> str:
        """The IAM action to allow, e.g. ``ses:GetAccount``."""
        return self.operation if ":" in self.operation else f"ses:{self.operation}"


class Unreachable(AccountError):
    """SES could not be reached, or did not answer in time."""


class NotFound(AccountError):
    """SES does not know the identity, configuration set or address."""


class AlreadyExists(AccountError):
    """SES has this identity already."""


class FeedbackError(SeaCucumberError):
    """What came in as an event of SES is not taken. The subclass is the decision.

    Its text is for the log and never quotes what came in.
    """


class Unreadable(FeedbackError):
    """It has not the shape of an event, or of SNS's envelope."""


class Forged(FeedbackError):
    """Its signature, or what it is checked with, is not SNS's."""


class Stale(FeedbackError):
    """It is older, or newer, than SNS delivers: most likely a replay."""


class NotOurs(FeedbackError):
    """It comes from a topic, or an account, that is not in the settings."""


class TryAgain(FeedbackError):
    """It cannot be judged now; the sender is to come again."""
