"""``manage.py ses_setup --events``: looked at, made, or written down for others."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from seacucumber.conf import BACKEND, Mailer, get_mailer
from seacucumber.ses.inbound import sqs
from seacucumber.ses.inbound.event import read_event
from seacucumber.ses.inbound.messaging_clients import get_messaging_clients
from seacucumber.ses.provisioning import policies
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.sns.delivery_policies import read_delays
from tests.queue import drain, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

ARN = "arn:aws:sns:us-east-1:123456789012:seacucumber-events"
SETS = "arn:aws:ses:us-east-1:123456789012:configuration-set"
HOOK = "https://shop.example.com/ses/events/"


def run(**options: Any) -> str:
    output = io.StringIO()
    call_command("ses_setup", stdout=output, events=True, **options)
    return output.getvalue()


def queue_url(mailer: Mailer) -> str:
    client = get_messaging_clients(mailer).queues("eu-west-1")
    return client.get_queue_url(QueueName="seacucumber-events")["QueueUrl"]


def test_it_tells_first_and_changes_nothing(mailer: Mailer) -> None:
    text = run()

    for part in (
        "configuration set seacucumber: would be created",
        "SNS topic seacucumber-events: would be created",
        "SQS queue seacucumber-events-dead-letters: would be created",
        "SQS queue seacucumber-events: would be created",
        "subscription of seacucumber-events: would be created",
        "event destination seacucumber-events: would be created",
        "Nothing was changed. Run it again with --yes.",
    ):
        assert part in text
    assert run(dry_run=True) == text
    sns = get_messaging_clients(mailer).sns("eu-west-1")
    assert sns.list_topics().get("Topics", []) == []


def test_it_makes_all_once_and_events_come(
    ses: LocalSES, mailer: Mailer, settings: Any
) -> None:
    made = run(yes=True)
    again = json.loads(run(yes=True, json=True))

    assert made.count(": created") == 6
    assert {part["standing"] for part in again["parts"]} == {"there"}
    assert again["complete"]
    assert again["settings"] == {
        "CUCUMBER_CONFIGURATION_SET": "seacucumber",
        "CUCUMBER_SNS_TOPICS": [
            "arn:aws:sns:us-east-1:123456789012:seacucumber-events"
        ],
        "CUCUMBER_EVENT_QUEUES": [queue_url(mailer)],
    }
    for name, value in again["settings"].items():
        assert f"{name} = {value!r}" in made

    settings.CUCUMBER_CONFIGURATION_SET = "seacucumber"
    message = put(get_mailer())
    drain()
    ses.advance(60)
    kinds = set()
    for _ in range(5):
        for received in sqs.receive(mailer, queue_url(mailer), wait_s=1):
            event = read_event(received.body)
            if event is not None:
                assert event.message_uid == message.uid
                kinds.add(event.type_name)
        if len(kinds) == 2:
            break
    assert kinds == {"Send", "Delivery"}


def test_what_somebody_has_changed_is_put_right(mailer: Mailer) -> None:
    run(yes=True)
    clients = get_messaging_clients(mailer)
    topic = "arn:aws:sns:us-east-1:123456789012:seacucumber-events"
    clients.sns("eu-west-1").set_topic_attributes(
        TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="1"
    )
    clients.queues("eu-west-1").set_queue_attributes(
        QueueUrl=queue_url(mailer), Attributes={"VisibilityTimeout": "5"}
    )
    ses = get_admin_clients(mailer).v2
    ses.update_configuration_set_event_destination(
        ConfigurationSetName="seacucumber",
        EventDestinationName="seacucumber-events",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE", "OPEN"],
            "SnsDestination": {"TopicArn": topic},
        },
    )

    told, done = run(), run(yes=True)

    assert "SNS topic seacucumber-events: would be changed (SignatureVersion)" in told
    assert "SQS queue seacucumber-events: would be changed (VisibilityTimeout)" in told
    assert "would be changed (it lacks COMPLAINT, DELIVERY, DELIVERY_DELAY" in told
    assert done.count(": changed") == 3
    [row] = ses.get_configuration_set_event_destinations(
        ConfigurationSetName="seacucumber"
    )["EventDestinations"]
    # Opens were somebody's wish.
    assert set(row["MatchingEventTypes"]) == {*policies.EVENT_TYPES, "OPEN"}
    assert ": changed" not in run(yes=True)


def statements(mailer: Mailer, part: str) -> list[dict[str, Any]]:
    """Return who may use the topic, or the queue."""
    clients = get_messaging_clients(mailer)
    if part == "topic":
        found = clients.sns("eu-west-1").get_topic_attributes(TopicArn=ARN)
        return list(json.loads(found["Attributes"]["Policy"])["Statement"])
    answer = clients.queues("eu-west-1").get_queue_attributes(
        QueueUrl=queue_url(mailer), AttributeNames=["Policy"]
    )
    return list(json.loads(answer["Attributes"]["Policy"])["Statement"])


def test_a_second_configuration_set_leaves_the_events_of_the_first_alone(
    mailer: Mailer, settings: Any
) -> None:
    """Two mailers of one account, set up one after the other."""
    for name in ("news", "shop", "news"):
        settings.CUCUMBER_CONFIGURATION_SET = name
        run(yes=True)

    assert [
        row["Condition"]["StringEquals"] for row in statements(mailer, "topic")
    ] == [
        {
            "AWS:SourceAccount": "123456789012",
            "AWS:SourceArn": f"{SETS}/{name}",
        }
        for name in ("news", "shop")
    ]
    assert len({row["Sid"] for row in statements(mailer, "topic")}) == 2
    assert ": changed" not in run(yes=True)


def test_what_somebody_may_do_besides_stays_and_a_hole_is_closed(
    mailer: Mailer,
) -> None:
    run(yes=True)
    [ours] = statements(mailer, "queue")
    alarms = {
        **ours,
        "Sid": "Alarms",
        "Condition": {"ArnEquals": {"aws:SourceArn": "x"}},
    }
    open_to_all = {name: ours[name] for name in ours if name != "Condition"}
    policy = {"Version": "2012-10-17", "Statement": [alarms, open_to_all]}
    get_messaging_clients(mailer).queues("eu-west-1").set_queue_attributes(
        QueueUrl=queue_url(mailer), Attributes={"Policy": json.dumps(policy)}
    )

    told, done = run(), run(yes=True)

    assert "SQS queue seacucumber-events: would be changed (Policy)" in told
    assert "SQS queue seacucumber-events: changed" in done
    assert statements(mailer, "queue") == [alarms, ours]
    assert ": changed" not in run(yes=True)


def test_a_set_that_the_settings_name_is_used(settings: Any) -> None:
    settings.CUCUMBER_CONFIGURATION_SET = "news"

    text = run(yes=True, prefix="shop")

    assert "configuration set news: there" in text
    assert "SQS queue shop-events: created" in text


def test_a_web_address_is_subscribed_and_waits_to_be_confirmed() -> None:
    made = run(yes=True, endpoint=HOOK)
    looked_at = run(endpoint=HOOK)

    assert f"subscription of {HOOK}: created (it waits for this project" in made
    assert "CUCUMBER_SNS_TOPICS" in made
    # What nobody has taken for an hour is taken from there.
    assert "CUCUMBER_EVENT_QUEUES" in made
    assert f"subscription of {HOOK}: would be changed (it waits for this" in looked_at


def test_a_web_address_has_an_hour_and_a_queue_for_what_is_lost_then(
    ses: LocalSES, mailer: Mailer
) -> None:
    """AWS's bound is 3,600 s, of the sum of all waits."""
    run(yes=True, endpoint=HOOK)
    [row] = ses._account.topics.subscriptions(ARN)
    row.confirmed = True

    delays_s = read_delays(row.policies["DeliveryPolicy"])

    assert 3500 < sum(delays_s) <= 3600
    assert sum(delays_s[:9]) <= 90
    assert json.loads(row.policies["RedrivePolicy"]) == {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:seacucumber-events"
    }
    assert ": changed" not in run(yes=True, endpoint=HOOK)

    row.policies.clear()

    assert "would be changed (DeliveryPolicy, RedrivePolicy)" in run(endpoint=HOOK)
    assert f"subscription of {HOOK}: changed" in run(yes=True, endpoint=HOOK)
    assert ": changed" not in run(yes=True, endpoint=HOOK)


def test_a_web_address_that_knew_no_topic_yet_is_asked_to_confirm_again(
    mailer: Mailer,
) -> None:
    run(yes=True, endpoint=HOOK)
    asked: list[str] = []
    client = get_messaging_clients(mailer).sns("eu-west-1")
    client.meta.events.register(
        "provide-client-params.sns.Subscribe",
        lambda params, **kwargs: asked.append(params["Endpoint"]),
    )

    again = run(yes=True, endpoint=HOOK)

    assert f"subscription of {HOOK}: changed (it waits for this project" in again
    assert asked == [HOOK]


def test_where_mailers_are_named_the_settings_are_the_options_of_one(
    settings: Any,
) -> None:
    news = {"configuration_set": "news"}
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "news": {"BACKEND": BACKEND, "OPTIONS": news},
    }

    text = run(yes=True, mailer="news")

    assert "Put this into the OPTIONS of 'news' in MAILERS:" in text
    assert "'configuration_set': 'news'," in text
    assert f"'sns_topics': ['{ARN}']," in text
    assert "CUCUMBER_" not in text


def test_a_profile_that_is_not_there_is_told_in_plain_words(settings: Any) -> None:
    settings.CUCUMBER_SES_PROFILE = "nobody"

    with pytest.raises(CommandError, match="nobody"):
        run()


def test_a_denied_permission_is_named(ses: LocalSES) -> None:
    denied = errors.access_denied("ses:CreateConfigurationSet", "*")
    ses.faults.add(Fault.answer(denied, operation="CreateConfigurationSet"))

    with pytest.raises(CommandError, match=r"ses:CreateConfigurationSet(.|\n)*ses_pol"):
        run(yes=True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prefix": "two words"}, "--prefix must be 1 to 64 of A-Z"),
        ({"prefix": ""}, "--prefix must have 1 to 40 characters"),
        ({"prefix": "x" * 41}, "--prefix must have 1 to 40 characters"),
        ({"endpoint": "http://shop.example.com/"}, "with https://"),
        ({"endpoint": 'https://a"}'}, "--endpoint must be a web address"),
        ({"mailer": "nowhere"}, "has no mailer 'nowhere'"),
    ],
)
def test_what_is_typed_wrong_is_said(options: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(**options)


@pytest.mark.parametrize("endpoint", ["", HOOK])
@pytest.mark.parametrize("kind", ["terraform", "cloudformation"])
def test_it_is_written_for_those_who_let_no_program_do_it(
    kind: str, endpoint: str
) -> None:
    text = run(**{kind: True, "endpoint": endpoint, "prefix": "shop"})

    assert "shop-events" in text
    assert (HOOK in text) is bool(endpoint)
    assert "shop-events-dead-letters" in text
    assert ("healthyRetryPolicy" in text) is bool(endpoint)
    assert "&" not in text
    assert text.count("{") == text.count("}")
    assert "ses.amazonaws.com" in text
    assert "SourceArn" in text


@pytest.mark.parametrize("endpoint", ["", HOOK])
def test_cloudformation_knows_every_word(endpoint: str) -> None:
    # AWS's own linter, with the schemas of the resources.
    api = pytest.importorskip("cfnlint.api")

    text = run(cloudformation=True, endpoint=endpoint)

    assert api.lint(text, regions=["eu-west-1"]) == []
    assert api.lint(text.replace("TopicARN", "TopicArn"), regions=["eu-west-1"]) != []
