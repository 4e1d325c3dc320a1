"""Sending: one message, one call, one POST."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
)
from botocore.parsers import ResponseParserError

from seacucumber.conf import Mailer
from seacucumber.enums import HoldCause
from seacucumber.exceptions import HoldMail, OutcomeUnknown, SendError
from seacucumber.ses.sending.errors import (
    is_clock_skew,
    translate_send,
    translate_setup,
)
from seacucumber.ses.sessions import PerMailer, make_sending_client, open_session

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_sesv2 import SESV2Client

#: A connection that was idle for longer may be dead without anybody having noticed. A
#: message that is written to it is lost or not: nobody can tell.
_MAX_AGE_S = 20.0
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCall:
    """One message, ready to leave.

    Args:
        raw: The whole MIME message, signed if it is to be.
        sender: The address in the From header; has to be verified in SES.
        recipients: To, Cc and Bcc, at most 50 for SES.
        configuration_set: Empty for the sender's default one.
        tags: SES message tags, which come back in events.
    """

    raw: bytes = field(repr=False)
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    configuration_set: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class Sender:
    """Sends through one mailer's account. Safe to use from any thread.

    A client, with its pool of connections, serves for 20 seconds and is then replaced,
    so no connection is older; the session with its credentials stays. Calls that are
    under way end on the old client, which is closed after the last of them.
    """

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._constant = _constant_arguments(mailer)
        self.after_fork()

    def after_fork(self) -> None:
        """Leave the parent's connections alone."""
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None
        self._line: _Line | None = None

    def prepare(self) -> None:
        """Have a client ready, which takes a tenth of a second to make.

        Raises:
            SendError: if there are no credentials, or settings that botocore refuses.
        """
        with self._client():
            pass

    def send(self, call: SendCall) -> str:
        """Hand a message to SES and return SES's id for it.

        Raises:
            SendError: if SES did not say that it has the message. The subclass is the
                decision; `OutcomeUnknown` includes an answer without an id.
        """
        try:
            with self._client() as client:
                answer = client.send_email(**self._arguments(call))
        except SendError:
            raise
        except Exception as error:
            raise self._translated(error, call) from error
        message_id = answer.get("MessageId")
        if not message_id:
            # A body that was cut short reaches us like this, too.
            raise OutcomeUnknown(
                "NoMessageId",
                "SES answered without a message id. It most likely has the message.",
                http_status=answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0),
            )
        return message_id

    def is_answered(self) -> bool:
        """Tell whether SES answers at all, by a question that costs nothing.

        A refusal is an answer. So is what stands in the way here, such as missing
        credentials: the next message runs into it and names it.
        """
        try:
            with self._client() as client:
                client.get_account()
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return bool(status < _SERVER_ERROR)
        except (ConnectionError, HTTPClientError, ResponseParserError):
            return False
        except (BotoCoreError, SendError):
            return True
        return True

    def finds_clock_right(self) -> bool | None:
        """Ask SES something that costs nothing; tell whether it finds the time right
        that this host signs with. None if it does not answer.
        """
        try:
            with self._client() as client:
                client.get_account()
        except ClientError as error:
            return not is_clock_skew(error)
        except (BotoCoreError, HTTPClientError, ResponseParserError, SendError):
            return None
        return True

    @contextmanager
    def _client(self) -> Iterator[SESV2Client]:
        with self._lock:
            line = self._line
            now_s = monotonic()
            if line is None or line.expires_s <= now_s:
                self._retire()
                line = self._line = self._new_line(now_s)
            line.calls += 1
        try:
            yield line.client
        finally:
            with self._lock:
                line.calls -= 1
                unused = line is not self._line and not line.calls
            if unused:
                line.client.close()

    def _new_line(self, now_s: float) -> _Line:
        try:
            if self._session is None:
                self._session = open_session(self._mailer)
            client = make_sending_client(self._session, self._mailer)
        except Exception as error:
            self._session = None
            raise translate_setup(error) from error
        return _Line(client=client, expires_s=now_s + _MAX_AGE_S)

    def _retire(self) -> None:
        line, self._line = self._line, None
        if line is not None and not line.calls:
            line.client.close()

    def _translated(self, error: Exception, call: SendCall) -> SendError:
        failure = translate_send(
            error,
            sender=call.sender,
            recipients=call.recipients,
            configuration_set=call.configuration_set,
        )
        if isinstance(failure, HoldMail) and failure.cause is HoldCause.CREDENTIALS:
            # Maybe the chain has better ones by now; the next call asks it.
            with self._lock:
                self._retire()
                self._session = None
        return failure

    def _arguments(self, call: SendCall) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            **self._constant,
            "Content": {"Raw": {"Data": call.raw}},
            "FromEmailAddress": call.sender,
            # Explicit, or SES would take the recipients from the headers: without Bcc.
            "Destination": {"ToAddresses": list(call.recipients)},
        }
        if call.configuration_set:
            arguments["ConfigurationSetName"] = call.configuration_set
        if call.tags:
            arguments["EmailTags"] = [
                {"Name": name, "Value": value} for name, value in call.tags.items()
            ]
        return arguments


@dataclass(slots=True, kw_only=True)
class _Line:
    """A client in service."""

    client: SESV2Client
    expires_s: float
    calls: int = 0


_senders = PerMailer(Sender)


def get_sender(mailer: Mailer) -> Sender:
    """Return this process's sender for a mailer."""
    return _senders.get(mailer)


def _constant_arguments(mailer: Mailer) -> dict[str, str]:
    given = {
        "FeedbackForwardingEmailAddress": mailer.feedback_address,
        "FeedbackForwardingEmailAddressIdentityArn": mailer.feedback_identity_arn,
        "FromEmailAddressIdentityArn": mailer.from_identity_arn,
    }
    return {name: value for name, value in given.items() if value}
