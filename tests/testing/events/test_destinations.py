"""Event destinations as the v2 API makes, tells, changes and removes them."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.testing import LocalSES
from tests.testing.listeners import bodies
from tests.testing.mail import call, refusal

SET = {"ConfigurationSetName": "news"}
NAMED = {**SET, "EventDestinationName": "all"}
VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."


@pytest.fixture(autouse=True)
def _set(ses: LocalSES) -> None:
    ses.set_configuration_set("news")


@pytest.fixture
def topic_arn(sns: Any) -> str:
    return str(sns.create_topic(Name="ses-events")["TopicArn"])


def to_topic(topic_arn: str, *kinds: str, enabled: bool = True) -> dict[str, Any]:
    return {
        "Enabled": enabled,
        "MatchingEventTypes": list(kinds or ["SEND"]),
        "SnsDestination": {"TopicArn": topic_arn},
    }


def test_life_of_a_destination(v2: Any, topic_arn: str) -> None:
    v2.create_configuration_set_event_destination(
        **NAMED, EventDestination=to_topic(topic_arn, "SEND", "BOUNCE")
    )
    made = v2.get_configuration_set_event_destinations(**SET)["EventDestinations"]
    v2.update_configuration_set_event_destination(
        **NAMED, EventDestination=to_topic(topic_arn, "DELIVERY", enabled=False)
    )
    changed = v2.get_configuration_set_event_destinations(**SET)["EventDestinations"]
    v2.delete_configuration_set_event_destination(**NAMED)
    gone = v2.get_configuration_set_event_destinations(**SET)["EventDestinations"]

    assert made == [{"Name": "all", **to_topic(topic_arn, "SEND", "BOUNCE")}]
    assert changed == [
        {"Name": "all", **to_topic(topic_arn, "DELIVERY", enabled=False)}
    ]
    assert gone == []


def test_topic_gets_a_text_that_is_no_json(
    ses: LocalSES, v2: Any, sns: Any, sqs: Any, topic_arn: str
) -> None:
    url = ses.send_events_to_queue(configuration_set="other", way="raw")
    v2.create_configuration_set_event_destination(
        **NAMED, EventDestination=to_topic(topic_arn)
    )
    ses.wait_for_events()

    assert bodies(sqs, url) == [VALIDATED]


def test_disabled_destination_hears_nothing(
    ses: LocalSES, v2: Any, sqs: Any, topic_arn: str
) -> None:
    url = ses.send_events_to_queue(configuration_set="other")
    v2.create_configuration_set_event_destination(
        **NAMED, EventDestination=to_topic(topic_arn, enabled=False)
    )
    ses.wait_for_events()
    bodies(sqs, url)

    v2.send_email(**call(**SET))
    ses.wait_for_events()

    assert bodies(sqs, url) == []


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        (to_topic("arn:aws:sns:us-east-1:123456789012:none"), "Could not publish"),
        ({"MatchingEventTypes": ["OPENED"]}, "Invalid event type <OPENED>"),
        ({"Enabled": True}, "Event types are missing"),
        (
            {
                "MatchingEventTypes": ["SEND"],
                "EventBridgeDestination": {
                    "EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/own"
                },
            },
            "Invalid event bus",
        ),
        (
            {
                **to_topic("arn:aws:sns:us-east-1:123456789012:none"),
                "EventBridgeDestination": {"EventBusArn": "arn:aws:events:x"},
            },
            "of one kind",
        ),
    ],
)
def test_wrong_definition_is_refused(
    v2: Any, definition: dict[str, Any], text: str
) -> None:
    code, status, found = refusal(
        v2.create_configuration_set_event_destination,
        **NAMED,
        EventDestination=definition,
    )

    assert (code, status) == ("BadRequestException", 400)
    assert text in found


def test_topic_has_to_let_ses_in(v2: Any, sns: Any, topic_arn: str) -> None:
    sns.set_topic_attributes(
        TopicArn=topic_arn,
        AttributeName="Policy",
        AttributeValue='{"Version": "2012-10-17", "Statement": []}',
    )

    code, _, text = refusal(
        v2.create_configuration_set_event_destination,
        **NAMED,
        EventDestination=to_topic(topic_arn),
    )

    assert code == "BadRequestException"
    assert topic_arn in text


def test_name_is_taken_once(v2: Any, topic_arn: str) -> None:
    arguments = {**NAMED, "EventDestination": to_topic(topic_arn)}
    v2.create_configuration_set_event_destination(**arguments)

    code, status, _ = refusal(
        v2.create_configuration_set_event_destination, **arguments
    )

    assert (code, status) == ("AlreadyExistsException", 400)


def test_eleventh_destination_is_refused(v2: Any, topic_arn: str) -> None:
    # "up to 10 event destinations", SES developer guide, quotas.
    for number in range(10):
        v2.create_configuration_set_event_destination(
            **SET,
            EventDestinationName=f"d{number}",
            EventDestination=to_topic(topic_arn),
        )

    code, status, _ = refusal(
        v2.create_configuration_set_event_destination,
        **NAMED,
        EventDestination=to_topic(topic_arn),
    )

    assert (code, status) == ("LimitExceededException", 400)


def test_unknown_configuration_set_and_destination_are_not_found(v2: Any) -> None:
    unknown = {"ConfigurationSetName": "none"}

    no_set = refusal(v2.get_configuration_set_event_destinations, **unknown)
    no_destination = refusal(v2.delete_configuration_set_event_destination, **NAMED)

    assert no_set[:2] == no_destination[:2] == ("NotFoundException", 404)


def test_destinations_go_with_their_configuration_set(v2: Any, topic_arn: str) -> None:
    v2.create_configuration_set_event_destination(
        **NAMED, EventDestination=to_topic(topic_arn)
    )
    v2.delete_configuration_set(**SET)
    v2.create_configuration_set(**SET)

    answer = v2.get_configuration_set_event_destinations(**SET)

    assert answer["EventDestinations"] == []
