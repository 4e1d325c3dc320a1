"""Requests and answers as bytes: HTTP/1.1, rest-json (v2) and query with XML (v1)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from enum import Enum
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from seacucumber.testing.faults.refusals import AwsError

XMLNS_V1 = "http://ses.amazonaws.com/doc/2010-12-01/"
XMLNS_SNS = "http://sns.amazonaws.com/doc/2010-03-31/"
_SNS_SCOPE = "/sns/aws4_request"
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Protocol(Enum):
    """How a call is written: SES has two APIs, SNS and the others one each."""

    V1 = "query"
    V2 = "rest-json"
    #: The query protocol in SNS's name.
    SNS = "sns"
    #: ``X-Amz-Target`` names the operation: SQS and EventBridge.
    JSON = "json"


class Delivery(Enum):
    """How the bytes of an answer reach the client."""

    WHOLE = "whole"
    #: No byte at all, the connection is reset (RST).
    RESET = "reset"
    #: The head promises the whole body, half of it comes, then the end.
    TRUNCATED = "truncated"
    #: A byte now and then.
    DRIP = "drip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. The names of ``headers`` are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP response, and how it is delivered."""

    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delivery: Delivery = Delivery.WHOLE
    drip_s: float = 0.0

    def head(self, *, keep_alive: bool) -> bytes:
        """Return the status line and the headers, with the empty line."""
        lines = [
            f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            f"Date: {_http_date()}",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if not keep_alive:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _http_date() -> str:
    """Return the time as RFC 9110 5.6.7 writes it: a client may mind its own by it."""
    return formatdate(usegmt=True)


def protocol_of(request: Request) -> Protocol:
    """Return how a request is written; they all share one address."""
    if "x-amz-target" in request.headers:
        return Protocol.JSON
    if request.path != "/":
        return Protocol.V2
    is_sns = _SNS_SCOPE in request.headers.get("authorization", "")
    return Protocol.SNS if is_sns else Protocol.V1


def json_answer(payload: Mapping[str, Any], *, status: int = 200) -> Answer:
    """Return an answer of the v2 API."""
    return Answer(
        status=status,
        headers={"x-amzn-RequestId": str(uuid.uuid4())},
        body=json.dumps(payload).encode(),
    )


def target_answer(payload: Mapping[str, Any]) -> Answer:
    """Return an answer of SQS or EventBridge."""
    return replace(json_answer(payload), content_type="application/x-amz-json-1.0")


def xml_answer(action: str, result: str, xmlns: str = XMLNS_V1) -> Answer:
    """Return an answer of the query protocol; ``result`` is escaped XML, or empty."""
    request_id = str(uuid.uuid4())
    body = (
        f'<{action}Response xmlns="{xmlns}">'
        f"<{action}Result>{result}</{action}Result>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</{action}Response>"
    )
    return Answer(
        content_type="text/xml",
        headers={"x-amzn-RequestId": request_id},
        body=body.encode(),
    )


def element(name: str, text: object) -> str:
    """Return one XML element with escaped text."""
    return f"<{name}>{escape(str(text))}</{name}>"


def error_answer(error: AwsError, protocol: Protocol) -> Answer:
    """Return a refusal as the API of ``protocol`` words it."""
    if error.page:
        return _page(error)
    if protocol in (Protocol.V1, Protocol.SNS):
        return _error_v1(error)
    if protocol is Protocol.JSON:
        return _error_json(error)
    return Answer(
        status=error.status,
        headers={
            "x-amzn-RequestId": str(uuid.uuid4()),
            "x-amzn-ErrorType": error.code,
        },
        body=json.dumps({"message": error.message}).encode(),
    )


def _error_json(error: AwsError) -> Answer:
    query_code = error.code_v1 or error.code
    fault = "Sender" if error.status < 500 else "Receiver"
    return Answer(
        status=error.status,
        content_type="application/x-amz-json-1.0",
        headers={
            "x-amzn-RequestId": str(uuid.uuid4()),
            "x-amzn-query-error": f"{query_code};{fault}",
        },
        body=json.dumps({"__type": error.code, "message": error.message}).encode(),
    )


def _error_v1(error: AwsError) -> Answer:
    status = error.status_v1 or error.status
    code = error.code_v1 or error.code.removesuffix("Exception")
    request_id = str(uuid.uuid4())
    fault = "Sender" if status < 500 else "Receiver"
    body = (
        f'<ErrorResponse xmlns="{XMLNS_V1}"><Error>'
        f"{element('Type', fault)}{element('Code', code)}"
        f"{element('Message', xml_text(error.message))}</Error>"
        f"{element('RequestId', request_id)}</ErrorResponse>"
    )
    return Answer(
        status=status,
        content_type="text/xml",
        headers={"x-amzn-RequestId": request_id},
        body=body.encode(),
    )


def xml_text(text: str) -> str:
    """Return the text without the characters that XML 1.0 (2.2) has no place for."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or (char >= " " and not "\ud800" <= char <= "\udfff")
    ).translate({0xFFFE: None, 0xFFFF: None})


def _page(error: AwsError) -> Answer:
    title = f"{error.status} {error.message}"
    return Answer(
        status=error.status,
        content_type="text/html",
        headers={"x-amzn-RequestId": str(uuid.uuid4())} if error.request_id else {},
        body=(
            f"<html><head><title>{escape(title)}</title></head>"
            f"<body><center><h1>{escape(title)}</h1></center></body></html>\r\n"
        ).encode(),
    )
