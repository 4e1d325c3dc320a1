"""The default event bus of EventBridge: rules and their targets."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from seacucumber.testing.events.event import Event
from seacucumber.testing.ses.arns import ACCOUNT_ID, arn
from seacucumber.testing.sqs.queues import Queues

BUS = "default"
SOURCE = "aws.ses"


@dataclass(slots=True, kw_only=True)
class Rule:
    """What a rule looks for, and the ARNs of its targets by id."""

    name: str
    arn: str
    pattern: Mapping[str, Any]
    enabled: bool = True
    description: str = ""
    targets: dict[str, str] = field(default_factory=dict)


class Bus:
    """The account's default bus, the only one that SES publishes to.

    Args:
        region: Where it is.
        queues: Where targets are.
    """

    def __init__(self, region: str, queues: Queues) -> None:
        self._region = region
        self._queues = queues
        self._lock = threading.Lock()
        self._rules: dict[str, Rule] = {}

    def rules(self) -> list[Rule]:
        """Return all rules, by name."""
        with self._lock:
            return [self._rules[name] for name in sorted(self._rules)]

    def rule(self, name: str) -> Rule | None:
        """Return the rule with this name, if there is one."""
        with self._lock:
            return self._rules.get(name)

    def put_rule(
        self,
        name: str,
        pattern: Mapping[str, Any],
        *,
        enabled: bool = True,
        description: str = "",
    ) -> Rule:
        """Add a rule, or change it; its targets stay."""
        with self._lock:
            known = self._rules.get(name)
            self._rules[name] = Rule(
                name=name,
                arn=arn("events", self._region, f"rule/{name}"),
                pattern=pattern,
                enabled=enabled,
                description=description,
                targets=known.targets if known else {},
            )
            return self._rules[name]

    def delete_rule(self, name: str) -> None:
        """Remove a rule; nothing happens if there is none."""
        with self._lock:
            self._rules.pop(name, None)

    def publish(self, event: Event) -> None:
        """Hand an event to the targets of every rule that wants it."""
        envelope = self.envelope(event)
        body = json.dumps(envelope)
        for rule in self.rules():
            if rule.enabled and matches(rule.pattern, envelope):
                for target in rule.targets.values():
                    self._queues.deliver(
                        target,
                        body,
                        service="events.amazonaws.com",
                        source_arn=rule.arn,
                    )

    def envelope(self, event: Event) -> dict[str, Any]:
        """Return an event as EventBridge wraps it.

        Source: "Amazon SES events", EventBridge events reference.
        """
        moment = datetime.fromtimestamp(event.at_epoch_s, UTC)
        name = event.message.configuration_set
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": event.kind.detail_type,
            "source": SOURCE,
            "account": ACCOUNT_ID,
            "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "region": self._region,
            "resources": [arn("ses", self._region, f"configuration-set/{name}")],
            "detail": event.published(),
        }

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules.clear()


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Tell whether a pattern fits: literal values, ``prefix`` and ``exists``.

    Source: "Event patterns", EventBridge user guide.
    """
    return all(_fits(wanted, event.get(name)) for name, wanted in pattern.items())


def _fits(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and matches(wanted, value)
    rows = value if isinstance(value, list) else [value]
    return any(_is(each, row) for each in wanted for row in rows)


def _is(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(wanted == value)
    if "prefix" in wanted:
        return isinstance(value, str) and value.startswith(str(wanted["prefix"]))
    return "exists" in wanted and wanted["exists"] == (value is not None)
