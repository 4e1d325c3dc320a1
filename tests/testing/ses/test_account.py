"""Quota and rate, as boto3 runs into them."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.testing import LocalSES
from tests.testing.mail import RECIPIENT, SENDER, call, mime, refusal

SIMULATOR = "simulator.amazonses.com"


def test_quota_is_checked_before_the_rate(ses: LocalSES, v2: Any) -> None:
    ses.configure(quota_24h=3, rate=1.0)
    v2.send_email(**call(to=["a@example.net", "b@example.net"]))

    found = refusal(v2.send_email, **call(to=["a@example.net", "b@example.net"]))

    assert found == ("LimitExceededException", 400, "Daily message quota exceeded.")
    assert ses.counters.quota_rejections == 1
    assert ses.counters.rate_rejections == 0


def test_quota_rolls(ses: LocalSES, v2: Any) -> None:
    ses.configure(quota_24h=10)
    v2.send_email(**call())
    ses.advance(3600)
    ses.consume_quota(9)
    assert refusal(v2.send_email, **call())[0] == "LimitExceededException"

    ses.advance(23 * 3600 - 60)
    assert refusal(v2.send_email, **call())[0] == "LimitExceededException"
    ses.advance(61)
    v2.send_email(**call())

    assert v2.get_account()["SendQuota"]["SentLast24Hours"] == 10.0
    assert refusal(v2.send_email, **call())[0] == "LimitExceededException"


def test_lenient_quota_lets_the_last_message_go_beyond(ses: LocalSES, v2: Any) -> None:
    ses.configure(quota_24h=2, strict_quota=False)
    v2.send_email(**call())

    v2.send_email(**call(to=[f"r{number}@example.net" for number in range(5)]))

    assert ses.sent_last_24h == 6
    assert refusal(v2.send_email, **call())[0] == "LimitExceededException"


def test_simulator_costs_rate_and_no_quota(ses: LocalSES, v2: Any) -> None:
    ses.configure(quota_24h=0, rate=0.001)

    v2.send_email(**call(to=[f"{name}@{SIMULATOR}" for name in ("success", "ooto")]))
    found = refusal(v2.send_email, **call(to=[f"success@{SIMULATOR}"]))

    assert found[:2] == ("TooManyRequestsException", 429)
    assert ses.sent_last_24h == 0


def test_no_quota_at_all_is_minus_one(ses: LocalSES, v2: Any) -> None:
    ses.configure(quota_24h=-1)
    ses.consume_quota(10_000_000)

    v2.send_email(**call())

    assert v2.get_account()["SendQuota"]["Max24HourSend"] == -1.0


def test_rate_is_exceeded_until_the_debt_is_paid(ses: LocalSES, v2: Any) -> None:
    ses.configure(rate=0.01)
    v2.send_email(**call(to=["a@example.net", "b@example.net", "c@example.net"]))

    ses.advance(199)
    found = refusal(v2.send_email, **call())
    ses.advance(2)
    v2.send_email(**call())

    assert found == ("TooManyRequestsException", 429, "Maximum sending rate exceeded.")
    assert ses.counters.rate_rejections == 1
    assert ses.counters.refusals == {"TooManyRequestsException": 1}


def test_v1_rate_and_quota_are_both_throttling(ses: LocalSES, v1: Any, v2: Any) -> None:
    arguments = {
        "Source": SENDER,
        "Destinations": [RECIPIENT, "bob@example.net"],
        "RawMessage": {"Data": mime()},
    }
    ses.configure(rate=0.001)
    v1.send_raw_email(**arguments)
    rate = refusal(v1.send_raw_email, **arguments)
    ses.configure(quota_24h=1)
    quota = refusal(v1.send_raw_email, **arguments)

    assert rate == ("Throttling", 400, "Maximum sending rate exceeded.")
    assert quota == ("Throttling", 400, "Daily message quota exceeded.")


def test_refused_message_consumes_nothing(ses: LocalSES, v2: Any) -> None:
    for changes in ({"to": ["nobody"]}, {"sender": "a@example.org"}):
        refusal(v2.send_email, **call(**changes))

    assert ses.sent_last_24h == 0
    assert ses.counters.recipients == 0
    assert ses.counters.posts == 2


def test_foreign_sender_takes_its_part_of_rate_and_quota(
    ses: LocalSES, v2: Any
) -> None:
    ses.configure(rate=10.0, foreign_rate=8.0)
    ses.advance(100)

    used = v2.get_account()["SendQuota"]["SentLast24Hours"]

    assert used == pytest.approx(800, rel=0.05)
    assert ses.settings.own_rate == 2.0


def test_usage_is_read_late(ses: LocalSES, v2: Any) -> None:
    ses.configure(usage_lag_s=300)
    v2.send_email(**call())

    at_once = v2.get_account()["SendQuota"]["SentLast24Hours"]
    ses.advance(301)
    later = v2.get_account()["SendQuota"]["SentLast24Hours"]

    assert (at_once, later) == (0.0, 1.0)
