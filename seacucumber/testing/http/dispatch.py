"""From a request to an answer: authenticate, apply the faults, run the operation."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

from seacucumber.testing.events.emitter import Emitter
from seacucumber.testing.faults.active import Faults
from seacucumber.testing.faults.fault import SENDS, Facts, Fault, FaultKind
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http import services
from seacucumber.testing.http.authentication import authenticate
from seacucumber.testing.http.calls import Call, read_call
from seacucumber.testing.http.wire import (
    Answer,
    Delivery,
    Protocol,
    Request,
    element,
    error_answer,
    json_answer,
    protocol_of,
    xml_answer,
)
from seacucumber.testing.ses import operations_v2
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.admission import admit
from seacucumber.testing.ses.submission import Submission, read_v1, read_v2, sdk_attempt

_MESSAGE_ID = re.compile(
    rb'"MessageId": "[^"]*"|<MessageId>[^<]*</MessageId>',
)
_RESET = Answer(delivery=Delivery.RESET)


class Dispatcher:
    """Answers the requests that are meant for AWS.

    Args:
        account: The state.
        faults: What goes wrong.
        emitter: Tells of what becomes of messages.
        seed: Makes the latency repeatable.
    """

    def __init__(
        self, account: Account, faults: Faults, emitter: Emitter, seed: int
    ) -> None:
        self._account = account
        self._faults = faults
        self._emitter = emitter
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def before_body(self, request: Request) -> Answer | None:
        """Look at the head of a request; an answer ends it before its body is read."""
        if (request.method, request.path) != ("POST", operations_v2.SEND_PATH):
            return None
        facts = Facts(operation="SendEmail")
        if self._faults.choose(facts, before_reading=True) is None:
            return None
        self._count_post(request)
        return _RESET

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        try:
            return self._run(request)
        except Refusal as refusal:
            self._account.tally.count_refusal(refusal.error.code)
            return error_answer(refusal.error, protocol_of(request))

    def _run(self, request: Request) -> Answer:
        if request.path == operations_v2.SEND_PATH:
            self._count_post(request)
        call = read_call(request, services.ROUTES)
        if call.operation == "SendRawEmail":
            self._count_post(request)
        access_keys = self._account.settings.access_keys
        authenticate(request.headers, access_keys, call.service)
        if call.operation in SENDS:
            return self._send(call)
        return self._manage(call)

    def _count_post(self, request: Request) -> None:
        self._account.tally.count("posts")
        if sdk_attempt(request.headers) > 1:
            self._account.tally.count("sdk_retries")

    def _send(self, call: Call) -> Answer:
        read = read_v2 if call.protocol is Protocol.V2 else read_v1
        submission = read(call.fields, call.headers)
        facts = Facts(
            operation=call.operation,
            recipients=submission.addresses,
            tags=submission.tags,
            subject=submission.subject,
        )
        self._delay()
        return self._through_faults(facts, lambda: self._accept(call, submission))

    def _delay(self) -> None:
        low_s, high_s = self._account.settings.latency_range_s
        if high_s > 0:
            self._faults.pause(self._random.uniform(low_s, high_s))

    def _accept(self, call: Call, submission: Submission) -> Answer:
        accepted = admit(self._account, submission, call.operation)
        self._emitter.take(accepted)
        message_id = accepted.ses_message_id
        if call.protocol is Protocol.V2:
            return json_answer({"MessageId": message_id})
        return xml_answer(call.operation, element("MessageId", message_id))

    def _manage(self, call: Call) -> Answer:
        operation = services.operation_of(call)
        if call.service == "ses":
            self._account.admit_control()
        facts = Facts(operation=call.operation)
        return self._through_faults(facts, lambda: operation(self._account, call))

    def _through_faults(self, facts: Facts, run: Callable[[], Answer]) -> Answer:
        before = self._faults.choose(facts)
        if before and (answer := self._go_wrong(before)):
            return answer
        answer = run()
        after = self._faults.choose(facts, after_accepting=True)
        if after is None:
            return answer
        return self._go_wrong(after) or _spoilt(answer, after)

    def _go_wrong(self, fault: Fault) -> Answer | None:
        """Apply a fault; None goes on with the call."""
        if fault.error is not None:
            raise Refusal(fault.error)
        if fault.kind is FaultKind.RESET:
            return _RESET
        if fault.kind is FaultKind.HANG:
            self._faults.hang(fault.seconds)
            return _RESET
        if fault.kind is FaultKind.LATENCY:
            self._faults.pause(fault.seconds or 0.0)
        return None


def _spoilt(answer: Answer, fault: Fault) -> Answer:
    if fault.kind is FaultKind.TRUNCATED:
        return replace(answer, delivery=Delivery.TRUNCATED)
    if fault.kind is FaultKind.DRIP:
        return replace(answer, delivery=Delivery.DRIP, drip_s=fault.seconds or 0.0)
    if fault.kind is FaultKind.WITHOUT_MESSAGE_ID:
        return replace(answer, body=_MESSAGE_ID.sub(b"", answer.body))
    return answer
