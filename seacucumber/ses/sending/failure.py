"""What botocore reported of a failed send, reduced to what decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

_FAILED_CHECK = re.compile(r"failed the check in region [\w-]+:(.*)", re.DOTALL)
_IDENTITY = re.compile(r"[^\s<>\"',;]+@[^\s<>\"',;]+|[\w-]+(?:\.[\w-]+)+")
_DENIED = re.compile(
    r"perform:? [`']?(?P<action>ses:\w+)[`']?"
    r" on resource:? [`']?arn:[\w-]*:ses:[\w-]*:\d*:(?P<resource>[^\s`']+)"
)
# Where temporary credentials come from: instance and container metadata, STS, SSO.
_CREDENTIAL_HOSTS = ("169.254.", "sts.", "portal.sso.", "oidc.", "signin.")
_SENDS = frozenset({"SendEmail", "SendRawEmail"})
#: Botocore has the names of headers in lower case.
_REQUEST_ID = "x-amzn-requestid"


class Hint(Enum):
    """What an exception gives away beside its class, code and text."""

    #: It was raised while the connection was made: no byte of the request has left.
    CONNECTING = auto()
    #: It comes from a service that was asked for credentials, not from SES.
    ELSEWHERE = auto()
    #: The answer carries a code, or the id of a request, so SES itself wrote it and not
    #: a gateway.
    NAMED_BY_SES = auto()
    #: The sender, or nobody we know, is among the identities that are not verified.
    SENDER_UNVERIFIED = auto()
    #: Only recipients are: such a check exists in the sandbox alone.
    RECIPIENT_UNVERIFIED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One failed call.

    Args:
        code: AWS's code without ``Exception``, or the class of the exception.
        message: The text, as it came.
        unverified: Identities that AWS lists as not verified.
        action: The IAM action that was denied, as far as AWS names it.
        resource: What it was denied on.
    """

    error: BaseException
    code: str
    message: str
    http_status: int = 0
    hints: frozenset[Hint] = frozenset()
    unverified: tuple[str, ...] = ()
    action: str = ""
    resource: str = ""

    @property
    def text(self) -> str:
        """The text in lower case, for comparing."""
        return self.message.lower()


def read_fault(
    error: BaseException, *, sender: str = "", recipients: Sequence[str] = ()
) -> Fault:
    """Return what is known of a failed call."""
    if not isinstance(error, ClientError):
        return Fault(
            error=error,
            code=type(error).__name__,
            message=str(error),
            hints=frozenset(_clues_without_answer(error)),
        )
    answer = error.response.get("Error") or {}
    code = short_code(str(answer.get("Code") or ""))
    message = str(answer.get("Message") or "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    unverified = _unverified(message)
    denied = _DENIED.search(message)
    return Fault(
        error=error,
        code=code or str(status),
        message=message,
        http_status=status,
        hints=frozenset(_clues_of_answer(error, code, unverified, sender, recipients)),
        unverified=unverified,
        action=denied["action"] if denied else "",
        resource=denied["resource"] if denied else "",
    )


def short_code(code: str) -> str:
    """Return AWS's code without its namespace and its ``Exception`` suffix."""
    return code.rpartition("#")[2].partition(":")[0].removesuffix("Exception")


def _clues_without_answer(error: BaseException) -> Iterator[Hint]:
    if any(_has_connect_frame(link.__traceback__) for link in _links(error)):
        yield Hint.CONNECTING
    url = error.kwargs.get("endpoint_url") if isinstance(error, BotoCoreError) else None
    host = urlsplit(str(url)).hostname or ""
    if host.startswith(_CREDENTIAL_HOSTS):
        yield Hint.ELSEWHERE


def _clues_of_answer(
    error: ClientError,
    code: str,
    unverified: Sequence[str],
    sender: str,
    recipients: Sequence[str],
) -> Iterator[Hint]:
    if error.operation_name not in _SENDS:
        yield Hint.ELSEWHERE
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if (code and not code.isdecimal()) or _REQUEST_ID in headers:
        yield Hint.NAMED_BY_SES
    if "is not verified" in str(error).lower():
        known = {address.lower() for address in recipients}
        known -= {sender.lower()}
        only_recipients = bool(unverified) and known.issuperset(unverified)
        yield Hint.RECIPIENT_UNVERIFIED if only_recipients else Hint.SENDER_UNVERIFIED


def _unverified(message: str) -> tuple[str, ...]:
    """Return the identities that the text lists, in lower case.

    The list reads ``a@x.com, "Name" <b@y.com>`` and may be cut short by ``...``.
    """
    listed = _FAILED_CHECK.search(message)
    if listed is None:
        return ()
    names = _IDENTITY.findall(re.sub(r'"[^"]*"\s*(?=<)', "", listed[1]))
    return tuple(dict.fromkeys(name.lower() for name in names))


def _links(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was made from.

    Never ``__context__``: it can lead to an older failure that has nothing to do
    with this call.
    """
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        given = link.kwargs.values() if isinstance(link, BotoCoreError) else ()
        sources = (link.__cause__, *given, *link.args)
        waiting += [item for item in sources if isinstance(item, BaseException)]


def _has_connect_frame(trace: TracebackType | None) -> bool:
    """Tell whether urllib3 was connecting: DNS, TCP, proxy tunnel, TLS handshake."""
    while trace is not None:
        frame = trace.tb_frame
        module = frame.f_globals.get("__name__")
        if frame.f_code.co_name == "connect" and module == "urllib3.connection":
            return True
        trace = trace.tb_next
    return False
