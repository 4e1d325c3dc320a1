"""The operations of v2 on event destinations of configuration sets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seacucumber.testing.events.destinations import Destination
from seacucumber.testing.events.emitter import SERVICE, SUBJECT
from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.calls import Call, OperationV2
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.arns import arn
from seacucumber.testing.ses.submission import member, text_member

#: What SES publishes to a topic when it becomes a destination. It is not JSON.
VALIDATION = "Successfully validated SNS topic for Amazon SES event publishing."

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TARGETS = (
    "SnsDestination",
    "EventBridgeDestination",
    "KinesisFirehoseDestination",
    "CloudWatchDestination",
    "PinpointDestination",
)


def create_destination(account: Account, call: Call) -> Mapping[str, Any]:
    """Add a destination to a configuration set."""
    name = text_member(call.fields, "EventDestinationName")
    row = _read(account, call, name)
    account.destinations.add(call.parameter, row)
    _validate(account, row)
    return {}


def get_destinations(account: Account, call: Call) -> Mapping[str, Any]:
    """All destinations of a configuration set."""
    _check_set(account, call.parameter)
    rows = account.destinations.of(call.parameter)
    return {
        "EventDestinations": [
            {"Name": row.name, "Enabled": row.enabled, **row.definition} for row in rows
        ]
    }


def update_destination(account: Account, call: Call) -> Mapping[str, Any]:
    """Change a destination."""
    row = _read(account, call, call.rest)
    account.destinations.replace(call.parameter, row)
    _validate(account, row)
    return {}


def delete_destination(account: Account, call: Call) -> Mapping[str, Any]:
    """Remove a destination."""
    _check_set(account, call.parameter)
    account.destinations.remove(call.parameter, call.rest)
    return {}


def _read(account: Account, call: Call, name: str) -> Destination:
    _check_set(account, call.parameter)
    if not _NAME.fullmatch(name):
        raise Refusal(errors.bad_request(f"Invalid event destination name <{name}>."))
    definition = member(call.fields, "EventDestination", dict)
    if definition is None:
        raise Refusal(refusals.missing_member("eventDestination"))
    if sum(bool(definition.get(target)) for target in _TARGETS) > 1:
        raise Refusal(
            errors.bad_request("An event destination is of one kind, not of several.")
        )
    row = Destination(name=name, definition=definition)
    _check_kinds(definition)
    _check_target(account, call.parameter, row)
    return row


def _check_set(account: Account, name: str) -> None:
    with account.lock:
        if name not in account.configuration_sets:
            raise Refusal(errors.configuration_set_missing(name))


def _check_kinds(definition: Mapping[str, Any]) -> None:
    known = {kind.api_name for kind in EventKind}
    names = member(definition, "MatchingEventTypes", list) or []
    if not names:
        raise Refusal(errors.bad_request("Event types are missing."))
    for name in names:
        if name not in known:
            raise Refusal(errors.bad_request(f"Invalid event type <{name}>."))


def _check_target(account: Account, configuration_set: str, row: Destination) -> None:
    region = account.settings.region
    source = arn("ses", region, f"configuration-set/{configuration_set}")
    if row.topic_arn and not account.topics.may_publish(row.topic_arn, SERVICE, source):
        raise Refusal(errors.invalid_topic(row.topic_arn))
    # "Only the default bus is supported", says the API reference.
    if row.bus_arn and row.bus_arn != arn("events", region, "event-bus/default"):
        raise Refusal(errors.bad_request(f"Invalid event bus <{row.bus_arn}>."))


def _validate(account: Account, row: Destination) -> None:
    if row.topic_arn:
        account.topics.publish(row.topic_arn, VALIDATION, SUBJECT)


_ROUTES: tuple[tuple[str, str, str, OperationV2], ...] = (
    ("POST", "", "CreateConfigurationSetEventDestination", create_destination),
    ("GET", "", "GetConfigurationSetEventDestinations", get_destinations),
    ("PUT", "/*", "UpdateConfigurationSetEventDestination", update_destination),
    ("DELETE", "/*", "DeleteConfigurationSetEventDestination", delete_destination),
)
_PATH = "/v2/email/configuration-sets/*/event-destinations"

ROUTES: Mapping[tuple[str, str], str] = {
    (method, f"{_PATH}{path}"): name for method, path, name, _ in _ROUTES
}
OPERATIONS: Mapping[str, OperationV2] = {name: run for _, _, name, run in _ROUTES}
