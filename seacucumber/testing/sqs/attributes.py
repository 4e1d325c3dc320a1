"""The attributes of a queue, checked as SQS checks them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.sqs import refusals

#: Default and bounds of the numbers (SQS API reference, "SetQueueAttributes").
_NUMBERS: Mapping[str, tuple[int, int, int]] = {
    "DelaySeconds": (0, 0, 900),
    "MaximumMessageSize": (262_144, 1_024, 1_048_576),
    "MessageRetentionPeriod": (345_600, 60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 0, 20),
    "VisibilityTimeout": (30, 0, 43_200),
}
_TEXTS = frozenset(
    {
        "Policy",
        "RedrivePolicy",
        "RedriveAllowPolicy",
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "SqsManagedSseEnabled",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAttributes:
    """What a queue was told, and what follows from it.

    Args:
        texts: The attributes as they were set.
    """

    texts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, text in self.texts.items():
            if name not in _NUMBERS and name not in _TEXTS:
                raise Refusal(refusals.unknown_attribute(name))
            if name in _NUMBERS:
                _check_number(name, text)
            if name.endswith("Policy") and text:
                _check_json(name, text)
        if self.texts.get("RedrivePolicy"):
            _check_redrive(self._redrive)

    def changed(self, texts: Mapping[str, str]) -> QueueAttributes:
        """Return attributes with some changed; an empty text takes one away.

        Raises:
            Refusal: if a name or value is wrong.
        """
        merged = {**self.texts, **texts}
        return QueueAttributes(texts={n: text for n, text in merged.items() if text})

    def number(self, name: str) -> int:
        """Return one of the numbers."""
        return int(self.texts.get(name, _NUMBERS[name][0]))

    @property
    def delay_s(self) -> int:
        """How long a new message is hidden."""
        return self.number("DelaySeconds")

    @property
    def visibility_s(self) -> int:
        """How long a received message is hidden."""
        return self.number("VisibilityTimeout")

    @property
    def wait_s(self) -> int:
        """How long a receive waits for a message."""
        return self.number("ReceiveMessageWaitTimeSeconds")

    @property
    def retention_s(self) -> int:
        """How old a message gets."""
        return self.number("MessageRetentionPeriod")

    @property
    def _redrive(self) -> Mapping[str, Any]:
        text = self.texts.get("RedrivePolicy", "")
        return json.loads(text) if text else {}

    @property
    def max_receives(self) -> int | None:
        """How often a message is received before it is a dead letter; None: always."""
        count = self._redrive.get("maxReceiveCount")
        return None if count is None else int(count)

    @property
    def dead_letter_arn(self) -> str:
        """The queue of the dead letters, empty for none."""
        return str(self._redrive.get("deadLetterTargetArn", ""))

    @property
    def policy(self) -> str:
        """Who may send, as JSON; empty: the owner alone."""
        return self.texts.get("Policy", "")

    def as_dict(self) -> dict[str, str]:
        """Return all attributes, the defaults included."""
        numbers = {name: str(self.number(name)) for name in _NUMBERS}
        return {**numbers, "SqsManagedSseEnabled": "true", **self.texts}


def _check_number(name: str, text: str) -> None:
    _, least, most = _NUMBERS[name]
    plain = text.isascii() and text.isdecimal()
    if not plain or not least <= int(text[:10]) <= most:
        raise Refusal(refusals.invalid_attribute(name))


def _check_json(name: str, text: str) -> None:
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refusal(refusals.invalid_attribute(name))


def _check_redrive(redrive: Mapping[str, Any]) -> None:
    """``maxReceiveCount`` is 1 to 1000 (SQS developer guide, "Quotas")."""
    count = str(redrive.get("maxReceiveCount", ""))
    plain = count.isascii() and count.isdecimal() and len(count) < 6
    if not redrive.get("deadLetterTargetArn") or not plain:
        raise Refusal(refusals.invalid_attribute("RedrivePolicy"))
    if not 1 <= int(count) <= 1_000:
        raise Refusal(refusals.invalid_attribute("RedrivePolicy"))
