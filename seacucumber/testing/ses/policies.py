"""Resource policies: whether a service of AWS may send to a topic or a queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from seacucumber.testing.ses.arns import ACCOUNT_ID

#: Operators of conditions that compare texts; the others never hold here.
_EXACT = frozenset({"StringEquals", "ArnEquals", "ArnLike", "StringLike"})


def allows(
    policy: str, *, service: str, action: str, resource_arn: str, source_arn: str
) -> bool:
    """Tell whether a policy lets a service do something for one of its resources.

    A policy that is empty lets no service in. Source: "Policy evaluation logic", IAM
    user guide; a statement that denies wins.

    Args:
        policy: The JSON of the policy.
        service: The principal, such as ``sns.amazonaws.com``.
        action: Such as ``sqs:SendMessage``.
        resource_arn: What the policy belongs to.
        source_arn: For which topic, rule or identity the service acts.
    """
    facts = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": ACCOUNT_ID,
        "aws:sourceowner": ACCOUNT_ID,
    }
    effects = {
        str(statement.get("Effect"))
        for statement in _statements(policy)
        if _concerns(statement, service, action, resource_arn)
        and _holds(statement.get("Condition") or {}, facts)
    }
    return "Allow" in effects and "Deny" not in effects


def _statements(policy: str) -> list[Mapping[str, Any]]:
    if not policy:
        return []
    found = json.loads(policy).get("Statement") or []
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]


def _concerns(
    statement: Mapping[str, Any], service: str, action: str, resource_arn: str
) -> bool:
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        anybody = "*" in _listed(principal.get("AWS"))
        fits = anybody or service in _listed(principal.get("Service"))
    else:
        fits = principal == "*"
    return (
        fits
        and _matches(
            action.lower(), [row.lower() for row in _listed(statement.get("Action"))]
        )
        and _matches(resource_arn, _listed(statement.get("Resource", "*")))
    )


def _holds(conditions: Mapping[str, Any], facts: Mapping[str, str]) -> bool:
    for operator, wanted in conditions.items():
        if operator not in _EXACT or not isinstance(wanted, dict):
            return False
        for key, values in wanted.items():
            if not _matches(facts.get(key.lower(), ""), _listed(values)):
                return False
    return True


def _matches(text: str, patterns: list[str]) -> bool:
    # fnmatch knows brackets, which IAM does not; no ARN has any.
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(row) for row in value] if isinstance(value, list) else [str(value)]
