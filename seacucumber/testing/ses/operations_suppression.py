"""The operations of v2 on the account's suppression list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.calls import Call, OperationV2
from seacucumber.testing.http.pages import paged
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.addresses import problem_with
from seacucumber.testing.ses.submission import member, text_member
from seacucumber.testing.ses.suppression import Reason, Suppressed


def put_address(account: Account, call: Call) -> Mapping[str, Any]:
    """Add an address, or change its reason. The sandbox may not."""
    if account.settings.sandbox:
        raise Refusal(errors.sandboxed("PutSuppressedDestination"))
    address = _checked(text_member(call.fields, "EmailAddress"))
    reason = _reason(text_member(call.fields, "Reason"))
    with account.lock:
        account.suppressed.put(address, reason)
    return {}


def get_address(account: Account, call: Call) -> Mapping[str, Any]:
    """Why and since when an address is on the list."""
    with account.lock:
        row = account.suppressed.find(_checked(call.parameter))
    entry: dict[str, Any] = _summary(row)
    if row.ses_message_id:
        entry["Attributes"] = {
            "MessageId": row.ses_message_id,
            "FeedbackId": row.feedback_id,
        }
    return {"SuppressedDestination": entry}


def delete_address(account: Account, call: Call) -> Mapping[str, Any]:
    """Take an address off the list."""
    with account.lock:
        account.suppressed.delete(_checked(call.parameter))
    return {}


def list_addresses(account: Account, call: Call) -> Mapping[str, Any]:
    """One page of the list, the last changed first."""
    query = parse_qs(call.query)
    reasons = {_reason(name) for name in query.get("Reason", [])} or set(Reason)
    start_s = _moment(query, "StartDate", float("-inf"))
    end_s = _moment(query, "EndDate", float("inf"))
    with account.lock:
        rows = [
            row
            for row in account.suppressed
            if row.reason in reasons and start_s <= row.updated_epoch_s <= end_s
        ]
    rows.sort(key=lambda row: (-row.updated_epoch_s, row.address))
    page = paged("SuppressedDestinationSummaries", rows, call.fields)
    return page | {
        "SuppressedDestinationSummaries": [
            _summary(row) for row in page["SuppressedDestinationSummaries"]
        ]
    }


def _summary(row: Suppressed) -> dict[str, Any]:
    return {
        "EmailAddress": row.address,
        "Reason": row.reason,
        "LastUpdateTime": row.updated_epoch_s,
    }


def put_account_reasons(account: Account, call: Call) -> Mapping[str, Any]:
    """Choose what puts addresses on the list, and counts."""
    reasons = _reasons(call)
    with account.lock:
        account.suppressed.reasons = reasons
    return {}


def put_reasons_of_set(account: Account, call: Call) -> Mapping[str, Any]:
    """Choose what counts for the mail of one configuration set."""
    reasons = _reasons(call)
    with account.lock:
        if call.parameter not in account.configuration_sets:
            raise Refusal(errors.configuration_set_missing(call.parameter))
        account.suppressed.reasons_of_sets[call.parameter] = reasons
    return {}


def _reasons(call: Call) -> frozenset[Reason]:
    names = member(call.fields, "SuppressedReasons", list) or []
    return frozenset(_reason(str(name)) for name in names)


def _reason(name: str) -> Reason:
    try:
        return Reason(name)
    except ValueError:
        raise Refusal(errors.bad_request(f"Invalid reason <{name}>.")) from None


def _checked(address: str) -> str:
    if not address:
        raise Refusal(refusals.missing_member("emailAddress"))
    if problem_with(address) or "<" in address:
        raise Refusal(errors.bad_request(f"Invalid email address<{address}>."))
    return address


def _moment(query: Mapping[str, list[str]], name: str, otherwise: float) -> float:
    """Read a moment as botocore writes it into a query: ISO 8601."""
    text = query.get(name, [""])[0]
    if not text:
        return otherwise
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(refusals.malformed(f"{name} is not a timestamp.")) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


_ROUTES: tuple[tuple[str, str, str, OperationV2], ...] = (
    ("PUT", "suppression/addresses", "PutSuppressedDestination", put_address),
    ("GET", "suppression/addresses", "ListSuppressedDestinations", list_addresses),
    ("GET", "suppression/addresses/*", "GetSuppressedDestination", get_address),
    (
        "DELETE",
        "suppression/addresses/*",
        "DeleteSuppressedDestination",
        delete_address,
    ),
    (
        "PUT",
        "account/suppression",
        "PutAccountSuppressionAttributes",
        put_account_reasons,
    ),
    (
        "PUT",
        "configuration-sets/*/suppression-options",
        "PutConfigurationSetSuppressionOptions",
        put_reasons_of_set,
    ),
)

ROUTES: Mapping[tuple[str, str], str] = {
    (method, f"/v2/email/{path}"): name for method, path, name, _ in _ROUTES
}
OPERATIONS: Mapping[str, OperationV2] = {name: run for _, _, name, run in _ROUTES}
