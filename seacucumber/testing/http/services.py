"""Which function answers which operation of which service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from seacucumber.testing.events import (
    operations_bus,
    operations_destinations,
    operations_notifications,
)
from seacucumber.testing.faults import refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.calls import Call, OperationJSON, OperationV1, OperationV2
from seacucumber.testing.http.wire import (
    XMLNS_SNS,
    XMLNS_V1,
    Answer,
    Protocol,
    json_answer,
    target_answer,
    xml_answer,
)
from seacucumber.testing.ses import operations_suppression, operations_v1, operations_v2
from seacucumber.testing.ses.account import Account
from seacucumber.testing.sns import operations as operations_sns
from seacucumber.testing.sqs import operations as operations_sqs

_T = TypeVar("_T")
Answering = Callable[[Account, Call], Answer]

ROUTES: Mapping[tuple[str, str], str] = {
    **operations_v2.ROUTES,
    **operations_destinations.ROUTES,
    **operations_suppression.ROUTES,
}
_V2: Mapping[str, OperationV2] = {
    **operations_v2.OPERATIONS,
    **operations_destinations.OPERATIONS,
    **operations_suppression.OPERATIONS,
}
_V1: Mapping[str, OperationV1] = {
    **operations_v1.OPERATIONS,
    **operations_notifications.OPERATIONS,
}
_JSON: Mapping[str, Mapping[str, OperationJSON]] = {
    "sqs": operations_sqs.OPERATIONS,
    "events": operations_bus.OPERATIONS,
}


def operation_of(call: Call) -> Answering:
    """Return what answers a call.

    Raises:
        Refusal: if there is no such operation.
    """
    if call.protocol is Protocol.V2:
        run = _V2[call.operation]
        return lambda account, call: json_answer(run(account, call))
    if call.protocol is Protocol.JSON:
        run_json = _found(_JSON[call.service], call)
        return lambda account, call: target_answer(run_json(account, call))
    is_sns = call.protocol is Protocol.SNS
    run_query = _found(operations_sns.OPERATIONS if is_sns else _V1, call)
    xmlns = XMLNS_SNS if is_sns else XMLNS_V1
    return lambda account, call: xml_answer(
        call.operation, run_query(account, call), xmlns
    )


def _found(operations: Mapping[str, _T], call: Call) -> _T:
    run = operations.get(call.operation)
    if run is None:
        raise Refusal(refusals.unknown_operation(call.operation))
    return run
