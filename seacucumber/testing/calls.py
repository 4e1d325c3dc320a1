"""One call of an operation, and the table rows that say who answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from seacucumber.testing import refusals
from seacucumber.testing.account import Account
from seacucumber.testing.refusals import Refusal
from seacucumber.testing.wire import Protocol, Request, protocol_of

MAX_FIELDS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, understood as far as its protocol goes.

    Args:
        operation: Its name in the API.
        parameter: What stands in the place of ``{Name}`` in the path.
        fields: The JSON object, the query string, or the form.
    """

    protocol: Protocol
    operation: str
    fields: Mapping[str, Any]
    headers: Mapping[str, str]
    parameter: str = ""


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
    if protocol_of(request) is Protocol.V1:
        return _read_v1(request)
    operation, parameter = _route(request, routes)
    return Call(
        protocol=Protocol.V2,
        operation=operation,
        parameter=parameter,
        fields=_fields_v2(request),
        headers=request.headers,
    )


def _route(request: Request, routes: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    operation = routes.get((request.method, request.path))
    if operation:
        return operation, ""
    parts = request.path.split("/")
    name, parts[4:5] = "".join(parts[4:5]), ["*"]
    operation = routes.get((request.method, "/".join(parts)))
    if not operation or not name:
        raise Refusal(refusals.unknown_operation())
    return operation, unquote(name)


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


def _read_v1(request: Request) -> Call:
    try:
        text = request.body.decode()
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise Refusal(refusals.malformed()) from error
    action = form.get("Action", "")
    if not action:
        raise Refusal(refusals.unknown_operation("null"))
    return Call(
        protocol=Protocol.V1, operation=action, fields=form, headers=request.headers
    )
