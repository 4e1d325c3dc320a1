"""One call of an operation, and the table rows that say who answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from seacucumber.testing.faults import refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.wire import Protocol, Request, protocol_of
from seacucumber.testing.ses.account import Account

MAX_FIELDS = 5_000
#: Which parts of a path may be names: none, ``/v2/email/things/*``, ``/v2/email/things/
#: */parts/*`` and ``/v2/email/group/things/*``.
_NAME_PLACES: tuple[tuple[int, ...], ...] = ((), (4,), (4, 6), (5,))
#: The service behind ``X-Amz-Target``.
TARGETS = {"AmazonSQS": "sqs", "AWSEvents": "events"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, understood as far as its protocol goes.

    Args:
        operation: Its name in the API.
        service: As the signature names it.
        parameter: What stands in the place of ``{Name}`` in the path.
        rest: What stands in the place of a second name.
        query: The query string as it came; ``fields`` has each name once.
        fields: The JSON object, the query string, or the form.
    """

    protocol: Protocol
    operation: str
    fields: Mapping[str, Any]
    headers: Mapping[str, str]
    service: str = "ses"
    parameter: str = ""
    rest: str = ""
    query: str = ""


#: SQS and EventBridge.
OperationJSON = Callable[[Account, Call], Mapping[str, Any]]
OperationV2 = Callable[[Account, Call], Mapping[str, Any]]
#: Returns the XML inside of ``<ActionResult>``.
OperationV1 = Callable[[Account, Call], str]


def read_call(request: Request, routes: Mapping[tuple[str, str], str]) -> Call:
    """Find out which operation a request calls.

    Args:
        routes: The operations of v2 by method and path, with ``*`` for a name.

    Raises:
        Refusal: if it is malformed, or there is no such operation.
    """
    protocol = protocol_of(request)
    if protocol in (Protocol.V1, Protocol.SNS):
        return _read_query(request, protocol)
    if protocol is Protocol.JSON:
        return _read_target(request)
    operation, parameter, rest = _route(request, routes)
    return Call(
        protocol=Protocol.V2,
        operation=operation,
        parameter=parameter,
        rest=rest,
        fields=_fields_v2(request),
        headers=request.headers,
        query=request.query,
    )


def _route(
    request: Request, routes: Mapping[tuple[str, str], str]
) -> tuple[str, str, str]:
    """Return the operation and the names in the path, at most two of them."""
    for places in _NAME_PLACES:
        parts = request.path.split("/")
        if places and len(parts) <= places[-1]:
            continue
        names = [unquote(parts[place]) for place in places]
        for place in places:
            parts[place] = "*"
        operation = routes.get((request.method, "/".join(parts)))
        if operation and all(names):
            parameter, rest, *_ = *names, "", ""
            return operation, parameter, rest
    raise Refusal(refusals.unknown_operation())


def _fields_v2(request: Request) -> Mapping[str, Any]:
    if not request.body:
        return dict(parse_qsl(request.query, max_num_fields=MAX_FIELDS))
    try:
        fields = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Refusal(refusals.malformed()) from error
    if not isinstance(fields, dict):
        raise Refusal(refusals.malformed("The body is not a JSON object."))
    return fields


def _read_target(request: Request) -> Call:
    prefix, _, operation = request.headers["x-amz-target"].rpartition(".")
    service = TARGETS.get(prefix)
    if service is None:
        raise Refusal(refusals.unknown_operation(operation))
    return Call(
        protocol=Protocol.JSON,
        service=service,
        operation=operation,
        fields=_fields_v2(request),
        headers=request.headers,
    )


def _read_query(request: Request, protocol: Protocol) -> Call:
    try:
        text = request.body.decode()
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise Refusal(refusals.malformed()) from error
    action = form.get("Action", "")
    if not action:
        raise Refusal(refusals.unknown_operation("null"))
    return Call(
        protocol=protocol,
        service="sns" if protocol is Protocol.SNS else "ses",
        operation=action,
        fields=form,
        headers=request.headers,
    )
