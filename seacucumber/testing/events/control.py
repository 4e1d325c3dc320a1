"""The part of the control API that is about events and the suppression list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seacucumber.testing.events.console import EventConsole

Handler = Callable[[EventConsole, Mapping[str, Any]], Any]


def _to_queue(ses: EventConsole, given: Mapping[str, Any]) -> Any:
    return {"url": ses.send_events_to_queue(**given)}


def _to_address(ses: EventConsole, given: Mapping[str, Any]) -> Any:
    return {"topic_arn": ses.send_events_to_address(**given)}


def _publish(ses: EventConsole, given: Mapping[str, Any]) -> Any:
    return {"message_id": ses.publish(**given)}


def _report(ses: EventConsole, given: Mapping[str, Any]) -> None:
    ses.report(
        str(given["ses_message_id"]),
        str(given["kind"]),
        recipients=given["recipients"],
        **given["detail"],
    )


def _wait(ses: EventConsole, given: Mapping[str, Any]) -> Any:
    try:
        ses.wait_for_events(float(given["timeout_s"]))
    except TimeoutError:
        return {"done": False}
    return {"done": True}


def _outcome(ses: EventConsole, given: Mapping[str, Any]) -> None:
    ses.set_outcome(str(given["name"]), str(given["outcome"]))


def _suppress(ses: EventConsole, given: Mapping[str, Any]) -> None:
    ses.suppress(*map(str, given["addresses"]), reason=str(given["reason"]))


READS: Mapping[str, Handler] = {
    "events": lambda ses, given: {"events": [row.as_dict() for row in ses.emitted]},
    "postings": lambda ses, given: {
        "postings": [row.as_dict() for row in ses.postings]
    },
    "certificate": lambda ses, given: {
        "pem": ses.certificate.decode(),
        "url": ses.certificate_url,
    },
    "suppressed": lambda ses, given: ses.suppressed,
}
WRITES: Mapping[str, Handler] = {
    "events/to-queue": _to_queue,
    "events/to-address": _to_address,
    "events/publish": _publish,
    "events/report": _report,
    "events/wait": _wait,
    "outcomes": _outcome,
    "suppressed": _suppress,
}
