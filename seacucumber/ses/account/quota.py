"""What SES says of the account: its limits, its health, its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from seacucumber.conf import Mailer
from seacucumber.exceptions import AccountError
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.ses.throttle import asking


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUsage:
    """Limits and state of an account in one region.

    Args:
        max_24h_send: Recipients in any 24 hours; -1 is no limit.
        max_send_rate: Recipients per second.
        sent_last_24h: Recipients in the last 24 hours.
        production_access: False in the sandbox.
        sending_enabled: False if sending is paused.
        enforcement_status: ``HEALTHY``, ``PROBATION`` (under review), ``SHUTDOWN``
            (paused by AWS), or what AWS thinks of next.
    """

    max_24h_send: float
    max_send_rate: float
    sent_last_24h: float
    production_access: bool
    sending_enabled: bool
    enforcement_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticPoint:
    """What happened in a quarter of an hour that begins at ``at``, in UTC."""

    at: datetime
    delivery_attempts: int
    bounces: int
    complaints: int
    rejects: int


def read_account(mailer: Mailer) -> AccountUsage:
    """Ask SES for the account's limits and state.

    Raises:
        AccountError: if SES does not tell; `AccessDenied` names the permission.
    """
    with asking("GetAccount"):
        answer = get_admin_clients(mailer).v2.get_account()
    quota = answer.get("SendQuota", {})
    return AccountUsage(
        max_24h_send=_figure(quota, "Max24HourSend", at_least=-1),
        max_send_rate=_figure(quota, "MaxSendRate"),
        sent_last_24h=_figure(quota, "SentLast24Hours"),
        production_access=answer.get("ProductionAccessEnabled", False),
        # Mail stops where this is false; an answer without it says nothing.
        sending_enabled=answer.get("SendingEnabled", True),
        enforcement_status=answer.get("EnforcementStatus", ""),
    )


def _figure(quota: Mapping[str, Any], name: str, *, at_least: float = 0) -> float:
    """Return a figure of SES's answer; 0 if it is missing.

    Raises:
        AccountError: if it is no number that makes sense. JSON as Python reads it has
            NaN and Infinity, and with them nothing would ever be sent.
    """
    value = quota.get(name, 0.0)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and at_least <= value < math.inf):
        detail = f"SES's {name} is {str(value)[:32]}; the figures known before stay"
        raise AccountError("GetAccount", "FigureWithoutSense", f"{detail} in use.")
    return float(value)


def read_statistics(mailer: Mailer) -> list[StatisticPoint]:
    """Ask SES for the last two weeks, and return them from old to new.

    Quarter hours in which nothing happened are missing. The new API has no such
    question, so this one goes to the old API.

    Raises:
        AccountError: if SES does not tell; `AccessDenied` names the permission.
    """
    with asking("GetSendStatistics"):
        answer = get_admin_clients(mailer).v1.get_send_statistics()
    points = [
        StatisticPoint(
            at=row["Timestamp"].astimezone(UTC),
            delivery_attempts=row.get("DeliveryAttempts", 0),
            bounces=row.get("Bounces", 0),
            complaints=row.get("Complaints", 0),
            rejects=row.get("Rejects", 0),
        )
        for row in answer.get("SendDataPoints", [])
        if "Timestamp" in row
    ]
    return sorted(points, key=lambda point: point.at)
