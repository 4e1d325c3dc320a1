"""The operations of EventBridge on rules of the default bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seacucumber.testing.events.bus import BUS, Rule
from seacucumber.testing.faults import refusals
from seacucumber.testing.faults.refusals import AwsError, Refusal
from seacucumber.testing.http.calls import Call, OperationJSON
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.arns import name_in
from seacucumber.testing.ses.submission import member, text_member, texts_member


def put_rule(account: Account, call: Call) -> Mapping[str, Any]:
    """Add a rule, or change it."""
    _check_bus(call)
    text = text_member(call.fields, "EventPattern")
    rule = account.bus.put_rule(
        _required(call, "Name"),
        _pattern(text),
        enabled=call.fields.get("State", "ENABLED") == "ENABLED",
        description=text_member(call.fields, "Description"),
    )
    return {"RuleArn": rule.arn}


def _pattern(text: str) -> Mapping[str, Any]:
    try:
        pattern = json.loads(text)
    except (ValueError, RecursionError):
        pattern = None
    if not isinstance(pattern, dict) or not pattern:
        raise Refusal(
            AwsError(
                code="InvalidEventPatternException",
                message="Event pattern is not valid.",
            )
        )
    return pattern


def describe_rule(account: Account, call: Call) -> Mapping[str, Any]:
    """One rule."""
    return _shown(_rule(account, call, "Name"))


def list_rules(account: Account, call: Call) -> Mapping[str, Any]:
    """All rules, or those whose name begins with a prefix."""
    prefix = text_member(call.fields, "NamePrefix")
    rows = [row for row in account.bus.rules() if row.name.startswith(prefix)]
    return {"Rules": [_shown(row) for row in rows]}


def _shown(rule: Rule) -> dict[str, Any]:
    return {
        "Name": rule.name,
        "Arn": rule.arn,
        "EventPattern": json.dumps(rule.pattern),
        "State": "ENABLED" if rule.enabled else "DISABLED",
        "Description": rule.description,
        "EventBusName": BUS,
    }


def delete_rule(account: Account, call: Call) -> Mapping[str, Any]:
    """Remove a rule, whose targets have to be gone."""
    name = _required(call, "Name")
    rule = account.bus.rule(name)
    if rule and rule.targets:
        raise Refusal(
            AwsError(
                code="ValidationException",
                message="Rule can't be deleted since it has targets.",
            )
        )
    account.bus.delete_rule(name)
    return {}


def put_targets(account: Account, call: Call) -> Mapping[str, Any]:
    """Add targets, or change them."""
    rule = _rule(account, call, "Rule")
    for target in member(call.fields, "Targets", list) or []:
        if not isinstance(target, dict):
            raise Refusal(refusals.malformed("Targets has an unexpected type."))
        rule.targets[text_member(target, "Id")] = text_member(target, "Arn")
    return {"FailedEntryCount": 0, "FailedEntries": []}


def list_targets(account: Account, call: Call) -> Mapping[str, Any]:
    """The targets of one rule."""
    rule = _rule(account, call, "Rule")
    rows = [{"Id": name, "Arn": target} for name, target in rule.targets.items()]
    return {"Targets": rows}


def remove_targets(account: Account, call: Call) -> Mapping[str, Any]:
    """Remove targets."""
    rule = _rule(account, call, "Rule")
    for name in texts_member(call.fields, "Ids"):
        rule.targets.pop(name, None)
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _rule(account: Account, call: Call, parameter: str) -> Rule:
    _check_bus(call)
    name = _required(call, parameter)
    rule = account.bus.rule(name)
    if rule is None:
        raise Refusal(_missing(f"Rule {name} does not exist on EventBus {BUS}."))
    return rule


def _check_bus(call: Call) -> None:
    name = text_member(call.fields, "EventBusName")
    if name and name_in(name) != BUS:
        raise Refusal(_missing(f"Event bus {name} does not exist."))


def _missing(message: str) -> AwsError:
    return AwsError(code="ResourceNotFoundException", message=message)


def _required(call: Call, name: str) -> str:
    value = text_member(call.fields, name)
    if not value:
        raise Refusal(refusals.missing_member(f"{name[0].lower()}{name[1:]}"))
    return value


OPERATIONS: Mapping[str, OperationJSON] = {
    "PutRule": put_rule,
    "DescribeRule": describe_rule,
    "ListRules": list_rules,
    "DeleteRule": delete_rule,
    "PutTargets": put_targets,
    "ListTargetsByRule": list_targets,
    "RemoveTargets": remove_targets,
}
