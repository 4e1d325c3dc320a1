"""The account's suppression list: its operations, and what it does to mail.

Source: "Using the Amazon SES account-level suppression list", SES developer guide.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from seacucumber.testing import LocalSES, Reason
from tests.testing.listeners import SIMULATOR, events, kinds
from tests.testing.mail import call, refusal

GONE = "gone+label@example.net"


def put(v2: Any, address: str = GONE, reason: str = "BOUNCE") -> None:
    v2.put_suppressed_destination(EmailAddress=address, Reason=reason)


def listed(v2: Any, **arguments: Any) -> list[str]:
    rows = v2.list_suppressed_destinations(**arguments)
    return [row["EmailAddress"] for row in rows["SuppressedDestinationSummaries"]]


def test_life_of_an_entry(v2: Any) -> None:
    put(v2)
    made = v2.get_suppressed_destination(EmailAddress=GONE)["SuppressedDestination"]
    put(v2, reason="COMPLAINT")
    changed = v2.get_suppressed_destination(EmailAddress=GONE)["SuppressedDestination"]
    v2.delete_suppressed_destination(EmailAddress=GONE)
    missing = refusal(v2.get_suppressed_destination, EmailAddress=GONE)
    again = refusal(v2.delete_suppressed_destination, EmailAddress=GONE)

    assert (made["EmailAddress"], made["Reason"]) == (GONE, "BOUNCE")
    assert (datetime.now(UTC) - made["LastUpdateTime"]).total_seconds() < 60
    assert changed["Reason"] == "COMPLAINT"
    assert missing[:2] == again[:2] == ("NotFoundException", 404)


def test_list_is_chosen_by_reason_and_time(ses: LocalSES, v2: Any) -> None:
    put(v2, "old@example.net")
    ses.advance(3600)
    noon = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 1800, UTC)
    put(v2, "new@example.net", "COMPLAINT")

    assert listed(v2) == ["new@example.net", "old@example.net"]
    assert listed(v2, Reasons=["BOUNCE"]) == ["old@example.net"]
    assert len(listed(v2, Reasons=["BOUNCE", "COMPLAINT"])) == 2
    assert listed(v2, StartDate=noon) == ["new@example.net"]
    assert listed(v2, EndDate=noon) == ["old@example.net"]


def test_list_comes_in_pages(ses: LocalSES, v2: Any) -> None:
    ses.suppress(*(f"a{number}@example.net" for number in range(2_500)))

    pages, token = [], {}
    while True:
        answer = v2.list_suppressed_destinations(**token)
        pages.append(len(answer["SuppressedDestinationSummaries"]))
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}

    assert pages == [1_000, 1_000, 500]


def test_sandbox_may_not_add(ses: LocalSES, v2: Any) -> None:
    ses.configure(sandbox=True)

    code, status, _ = refusal(
        v2.put_suppressed_destination, EmailAddress=GONE, Reason="BOUNCE"
    )

    assert (code, status) == ("BadRequestException", 400)


@pytest.mark.parametrize(
    "arguments",
    [
        {"EmailAddress": "no address", "Reason": "BOUNCE"},
        {"EmailAddress": "Ann <ann@example.net>", "Reason": "BOUNCE"},
        {"EmailAddress": GONE, "Reason": "BORING"},
    ],
)
def test_wrong_entry_is_refused(v2: Any, arguments: dict[str, str]) -> None:
    code, status, _ = refusal(v2.put_suppressed_destination, **arguments)

    assert (code, status) == ("BadRequestException", 400)


def test_mail_is_accepted_counted_and_not_delivered(
    ses: LocalSES, v1: Any, v2: Any, sqs: Any
) -> None:
    url = ses.send_events_to_queue(configuration_set="news")
    ses.suppress("Gone@example.net")

    to = ["gone@example.net", "ann@example.net"]
    v2.send_email(**call(to=to, ConfigurationSetName="news"))
    ses.wait_for_events()

    sent, delivery, bounce = events(sqs, url)
    assert kinds([sent, delivery, bounce]) == ["Send", "Delivery", "Bounce"]
    assert delivery["delivery"]["recipients"] == ["ann@example.net"]
    assert bounce["bounce"]["bounceType"] == "Permanent"
    assert bounce["bounce"]["bounceSubType"] == "OnAccountSuppressionList"
    # "counts toward your daily sending quota", and not towards the bounce rate.
    assert ses.sent_last_24h == 2
    [point] = v1.get_send_statistics()["SendDataPoints"]
    assert (point["DeliveryAttempts"], point["Bounces"]) == (2, 0)


def test_complaint_on_the_list_has_a_subtype(ses: LocalSES, v2: Any, sqs: Any) -> None:
    url = ses.send_events_to_queue(configuration_set="news")
    ses.suppress("ann@example.net", reason=Reason.COMPLAINT)

    v2.send_email(**call(to=["ann@example.net"], ConfigurationSetName="news"))
    ses.wait_for_events()

    complaint = events(sqs, url)[-1]
    assert complaint["complaint"]["complaintSubType"] == "OnAccountSuppressionList"


def test_hard_bounces_and_complaints_get_on_the_list(ses: LocalSES, v2: Any) -> None:
    ses.set_outcome("gone@example.net", "bounce")
    ses.set_outcome("angry@example.net", "complaint")
    ses.set_outcome("full@example.net", "soft-bounce")
    to = ["gone@example.net", "angry@example.net", "full@example.net"]

    message_id = v2.send_email(**call(to=to))["MessageId"]
    ses.wait_for_events()

    assert ses.suppressed == {
        "gone@example.net": Reason.BOUNCE,
        "angry@example.net": Reason.COMPLAINT,
    }
    entry = v2.get_suppressed_destination(EmailAddress="gone@example.net")
    attributes = entry["SuppressedDestination"]["Attributes"]
    assert attributes["MessageId"] == message_id
    assert attributes["FeedbackId"]


def test_simulator_never_gets_on_the_list(ses: LocalSES, v2: Any) -> None:
    v2.send_email(**call(to=[f"bounce@{SIMULATOR}", f"complaint@{SIMULATOR}"]))
    ses.wait_for_events()

    assert ses.suppressed == {}


def test_account_chooses_its_reasons(ses: LocalSES, v2: Any) -> None:
    ses.set_outcome("gone@example.net", "bounce")
    ses.suppress("listed@example.net")
    v2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])

    v2.send_email(**call(to=["gone@example.net", "listed@example.net"]))
    ses.wait_for_events()

    told = v2.get_account()["SuppressionAttributes"]
    assert told["SuppressedReasons"] == ["COMPLAINT"]
    assert list(ses.suppressed) == ["listed@example.net"]
    assert ses.inbox[0].outcomes["listed@example.net"] == "delivery"


def test_configuration_set_overrides_the_account(ses: LocalSES, v2: Any) -> None:
    ses.suppress("listed@example.net")
    ses.set_configuration_set("news")
    v2.put_configuration_set_suppression_options(
        ConfigurationSetName="news", SuppressedReasons=[]
    )

    arguments = call(to=["listed@example.net"])
    v2.send_email(**arguments)
    v2.send_email(**arguments, ConfigurationSetName="news")

    assert [row.outcome for row in ses.inbox] == ["bounced-before", "delivery"]
    told = v2.get_configuration_set(ConfigurationSetName="news")
    assert told["SuppressionOptions"]["SuppressedReasons"] == []
