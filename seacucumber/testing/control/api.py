"""The control API under ``/_local/``: JSON, for tests that run in another process.

A page in a browser cannot use it: requests need ``Content-Type: application/json``,
which a foreign origin may not send, and a ``Host`` that is this machine. A browser can
open a message's source, and a verification link, whose token cannot be guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, cast
from urllib.parse import parse_qsl

from seacucumber.testing.control.console import Console
from seacucumber.testing.events import control as events
from seacucumber.testing.faults.fault import Fault
from seacucumber.testing.http.wire import Answer, Request
from seacucumber.testing.inbox import Accepted
from seacucumber.testing.ses.identities import Status
from seacucumber.testing.ses.settings import Options

PREFIX = "/_local/"
SOURCE_PREFIX = "/_local/messages/"
VERIFICATION_PREFIX = "/_local/verification/"
#: Longest that one request waits for messages.
MAX_WAIT_S = 25.0

#: Gets the query or the JSON object, returns JSON; None is an empty object.
Handler = Callable[[Console, Mapping[str, Any]], Any]


def answer(console: Console, request: Request) -> Answer:
    """Answer one request: 200 with JSON, 400 if it is wrong, 404."""
    if request.method == "GET" and request.path.startswith(SOURCE_PREFIX):
        return _source(console, request.path.removeprefix(SOURCE_PREFIX))
    if request.method == "GET" and request.path.startswith(VERIFICATION_PREFIX):
        return _click(console, request.path.removeprefix(VERIFICATION_PREFIX))
    name = request.path.removeprefix(PREFIX)
    handler = HANDLERS.get(request.method, {}).get(name)
    if handler is None:
        return _json(404, {"error": "There is no such control."})
    try:
        return _json(200, handler(console, _arguments(request)) or {})
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        return _json(400, {"error": str(error)})


def _click(console: Console, token: str) -> Answer:
    """Verify the address whose verification mail has this link, once and in time."""
    for row in console.identities:
        if row.status is Status.PENDING and row.verification_token == token != "":
            console.verify(row.name)
            return _text(200, f"{row.name} is verified.\n")
    return _text(404, "This link has expired, was used, or a later mail has another.\n")


def _text(status: int, text: str) -> Answer:
    return Answer(
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
        body=text.encode(),
    )


def _source(console: Console, ses_message_id: str) -> Answer:
    found = console.find(ses_message_id)
    if found is None:
        return _json(404, {"error": "There is no such message."})
    return Answer(
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
        body=found.raw,
    )


def _arguments(request: Request) -> Mapping[str, Any]:
    if request.method == "GET":
        return dict(parse_qsl(request.query))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ValueError("The Content-Type is not application/json.")
    arguments = json.loads(request.body or b"{}")
    if not isinstance(arguments, dict):
        raise ValueError("The body is not a JSON object.")
    return arguments


def _json(status: int, payload: Any) -> Answer:
    return Answer(
        status=status,
        headers={"X-Content-Type-Options": "nosniff"},
        body=json.dumps(payload).encode(),
    )


def _messages(rows: list[Accepted]) -> dict[str, Any]:
    return {"messages": [row.as_dict() for row in rows]}


def _find(ses: Console, given: Mapping[str, Any]) -> Any:
    found = ses.find(given["id"])
    return {"message": found.as_dict() if found else None}


def _wait(ses: Console, given: Mapping[str, Any]) -> Any:
    timeout_s = min(float(given["timeout_s"]), MAX_WAIT_S)
    try:
        rows = ses.wait_for(int(given["count"]), timeout_s)
    except TimeoutError:
        return {"messages": None, "count": len(ses.inbox)}
    return _messages(rows)


def _configure(ses: Console, given: Mapping[str, Any]) -> Any:
    ses.configure(**cast(Options, given))
    return ses.settings.as_dict()


def _add_fault(ses: Console, given: Mapping[str, Any]) -> Any:
    return {"number": ses.faults.add(Fault.from_dict(given))}


def _faults(ses: Console, given: Mapping[str, Any]) -> Any:
    return {
        "faults": {number: asdict(row) for number, row in ses.faults.active().items()},
        "hanging": ses.faults.hanging,
        "applied": ses.faults.applied,
    }


def _set_configuration_set(ses: Console, given: Mapping[str, Any]) -> None:
    ses.set_configuration_set(str(given["name"]), sends=bool(given["sends"]))


def _verify(ses: Console, given: Mapping[str, Any]) -> None:
    names = given["names"]
    if not isinstance(names, list):
        raise TypeError("names is a list.")
    ses.verify(*map(str, names))


READS: Mapping[str, Handler] = {
    "inbox": lambda ses, given: _messages(
        ses.accepted_after(int(given.get("after", 0)))
    ),
    "find": _find,
    "wait": _wait,
    "counters": lambda ses, given: asdict(ses.counters),
    "settings": lambda ses, given: ses.settings.as_dict(),
    "usage": lambda ses, given: {"sent_last_24h": ses.sent_last_24h},
    "identities": lambda ses, given: {
        "identities": [asdict(row) for row in ses.identities]
    },
    "configuration-sets": lambda ses, given: ses.configuration_sets,
    "faults": _faults,
}
WRITES: Mapping[str, Handler] = {
    "settings": _configure,
    "verify": _verify,
    "unverify": lambda ses, given: ses.unverify(str(given["name"])),
    "configuration-sets": _set_configuration_set,
    "consume-quota": lambda ses, given: ses.consume_quota(float(given["recipients"])),
    "advance": lambda ses, given: ses.advance(float(given["seconds"])),
    "reset": lambda ses, given: ses.reset(),
    "faults": _add_fault,
    "faults/remove": lambda ses, given: ses.faults.remove(int(given["number"])),
    "faults/clear": lambda ses, given: ses.faults.clear(),
    "faults/release": lambda ses, given: ses.faults.release(),
}
HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "GET": {**READS, **events.READS},
    "POST": {**WRITES, **events.WRITES},
}
