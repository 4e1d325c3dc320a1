"""Quota and statistics, as both APIs tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from seacucumber.testing import LocalSES
from tests.testing.mail import call

SIMULATOR = "simulator.amazonses.com"


def test_both_apis_tell_the_same_quota(ses: LocalSES, v1: Any, v2: Any) -> None:
    ses.configure(rate=13.5, quota_24h=12_345)
    v2.send_email(**call(to=["a@example.net", "b@example.net"]))

    quota = v1.get_send_quota()

    expected = {
        "Max24HourSend": 12_345.0,
        "MaxSendRate": 13.5,
        "SentLast24Hours": 2.0,
    }
    assert v2.get_account()["SendQuota"] == expected
    assert {name: quota[name] for name in expected} == expected


def test_account_tells_how_aws_thinks_of_it(ses: LocalSES, v2: Any) -> None:
    ses.configure(enforcement_status="PROBATION")
    v2.send_email(**call())

    account = v2.get_account()

    assert account["EnforcementStatus"] == "PROBATION"
    assert account["SendingEnabled"] is True
    assert account["ProductionAccessEnabled"] is True


def test_statistics_count_recipients_by_quarter_of_an_hour(
    ses: LocalSES, v1: Any, v2: Any
) -> None:
    v2.send_email(**call(to=["a@example.net", f"bounce+1@{SIMULATOR}"]))
    v2.send_email(**call(to=[f"complaint@{SIMULATOR}"]))
    ses.advance(3600)
    v2.send_email(**call(to=[f"suppressionlist@{SIMULATOR}", f"ooto@{SIMULATOR}"]))
    v2.send_email(**call(to=[f"success@{SIMULATOR}"]))

    points = sorted(
        v1.get_send_statistics()["SendDataPoints"], key=lambda row: row["Timestamp"]
    )

    numbers = [
        (row["DeliveryAttempts"], row["Bounces"], row["Complaints"], row["Rejects"])
        for row in points
    ]
    assert numbers == [(3, 1, 1, 0), (3, 1, 0, 0)]
    first, second = (row["Timestamp"].astimezone(UTC) for row in points)
    assert second - first == timedelta(hours=1)
    assert first.timestamp() % 900 == 0
    assert first <= datetime.now(UTC)


def test_statistics_go_back_two_weeks(ses: LocalSES, v1: Any, v2: Any) -> None:
    v2.send_email(**call())
    ses.advance(14 * 86_400 + 900)
    v2.send_email(**call())

    assert len(v1.get_send_statistics()["SendDataPoints"]) == 1


def test_points_have_no_order(ses: LocalSES, v1: Any, v2: Any) -> None:
    for _ in range(12):
        v2.send_email(**call())
        ses.advance(900)

    moments = [row["Timestamp"] for row in v1.get_send_statistics()["SendDataPoints"]]

    assert len(moments) == 12
    assert moments != sorted(moments)


def test_management_calls_are_limited_to_one_a_second(
    ses: LocalSES, v1: Any, v2: Any
) -> None:
    ses.configure(control_rate=1.0)
    v2.get_account()
    for client, call_again in ((v2, v2.list_email_identities), (v1, v1.get_send_quota)):
        try:
            call_again()
        except client.exceptions.ClientError as error:
            response = error.response
            assert response["Error"]["Message"] == "Rate exceeded"
            assert response["ResponseMetadata"]["HTTPStatusCode"] == (
                429 if client is v2 else 400
            )
    v2.send_email(**call())
    v2.send_email(**call())

    assert ses.counters.control_calls == 3
    assert ses.counters.control_rejections == 2
    ses.advance(1)
    v2.get_account()
