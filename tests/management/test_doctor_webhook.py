"""``manage.py ses_doctor``: what becomes of posts that the webhook does not take."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from seacucumber.conf import Mailer
from seacucumber.management.iam import FEATURES
from seacucumber.ses.inbound.messaging_clients import get_messaging_clients
from seacucumber.ses.provisioning import policies
from seacucumber.ses.provisioning.posts import is_queue
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.sns.topics import Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

TOPIC = "arn:aws:sns:us-east-1:123456789012:seacucumber-events"
HOOK = "https://shop.example.com/ses/sns/"


def findings(**options: Any) -> list[tuple[str, str]]:
    """Return mark and words of what is said of the webhook."""
    output = io.StringIO()
    with suppress(CommandError):
        call_command("ses_doctor", stdout=output, json=True, **options)
    sections = json.loads(output.getvalue())["sections"]
    [section] = [each for each in sections if each["title"].startswith("Webhook")]
    return [
        (each["mark"], f"{each['what']} {each['do']}".strip())
        for each in section["findings"]
    ]


@pytest.fixture
def subscription(ses: LocalSES, settings: Any) -> Subscription:
    """The web address that ``ses_setup`` subscribes, confirmed, with its settings."""
    output = io.StringIO()
    options = {"events": True, "yes": True, "endpoint": HOOK}
    call_command("ses_setup", stdout=output, json=True, **options)
    for name, value in json.loads(output.getvalue())["settings"].items():
        setattr(settings, name, value)
    [row] = ses._account.topics.subscriptions(TOPIC)
    row.confirmed = True
    return row


def test_what_ses_setup_makes_is_well(subscription: Subscription) -> None:
    [(mark, words)] = findings()

    assert mark == "ok"
    assert f"again to {HOOK} for an hour" in words
    assert "from the queue seacucumber-events." in words


def test_the_default_of_sns_is_too_short_and_nothing_is_kept(
    subscription: Subscription,
) -> None:
    """Three more posts, 20 seconds apart: "Amazon SNS message delivery retries"."""
    subscription.policies.clear()

    short, lost = findings()

    assert short[0] == lost[0] == "warning"
    assert f"posts again to {HOOK} for 1 minute only." in short[1]
    assert f"manage.py ses_setup --events --endpoint {HOOK} --yes" in short[1]
    assert "is lost: its subscription has no dead-letter queue." in lost[1]


@pytest.mark.parametrize(
    ("retry", "says"),
    [
        # Unless it is said otherwise, 20 s apart.
        ({"numRetries": 9}, "3 min"),
        # In the back-off from 50 to 150 s, 100 s on average.
        ({"numRetries": 20, "minDelayTarget": 50, "maxDelayTarget": 150}, "33 min"),
        (
            {
                "numRetries": 7,
                "numNoDelayRetries": 1,
                "numMinDelayRetries": 1,
                "numMaxDelayRetries": 5,
                "minDelayTarget": 10,
                "maxDelayTarget": 60,
            },
            "5 min",
        ),
    ],
)
def test_how_long_sns_comes_again_is_told(
    subscription: Subscription, retry: dict[str, int], says: str
) -> None:
    subscription.policies["DeliveryPolicy"] = json.dumps({"healthyRetryPolicy": retry})

    [(mark, words)] = findings()

    assert mark == "warning"
    assert f"posts again to {HOOK} for {says}" in words


def test_a_dead_letter_queue_that_nobody_empties_is_told(
    subscription: Subscription, settings: Any
) -> None:
    settings.CUCUMBER_EVENT_QUEUES = []
    [(mark, words)] = findings()
    assert mark == "warning"
    assert "goes to the queue seacucumber-events, which nobody empties here." in words
    assert "CUCUMBER_EVENT_QUEUES" in words

    settings.CUCUMBER_EVENT_QUEUES = [
        "https://sqs.us-east-1.amazonaws.com/123456789012/seacucumber-events"
    ]
    subscription.policies["RedrivePolicy"] = policies.lost_posts_policy(
        "arn:aws:sqs:us-east-1:123456789012:posts-lost"
    )
    [(mark, words)] = findings()
    assert mark == "warning"
    assert "goes to the queue posts-lost, which nobody empties here." in words


def test_an_address_that_has_not_confirmed_is_told(subscription: Subscription) -> None:
    subscription.confirmed = False

    [(mark, words)] = findings()

    assert mark == "warning"
    assert f"{HOOK} has not confirmed" in words


@pytest.mark.parametrize(
    "operation", ["ListSubscriptionsByTopic", "GetSubscriptionAttributes"]
)
def test_a_missing_permission_is_named_and_the_policy_of_the_webhook_has_it(
    ses: LocalSES, subscription: Subscription, operation: str
) -> None:
    denied = errors.authorization_error(f"SNS:{operation}")
    ses.faults.add(Fault.answer(denied, operation=operation))

    [(mark, words)] = findings()

    assert mark == "warning"
    assert f"lack the permission sns:{operation}." in words
    assert "manage.py ses_policy webhook" in words
    assert f"sns:{operation}" in FEATURES["webhook"].scoped["topic"]


def test_a_topic_that_is_not_there_is_a_problem(
    subscription: Subscription, settings: Any
) -> None:
    settings.CUCUMBER_SNS_TOPICS = [f"{TOPIC}-of-nobody", TOPIC]

    (well, _), (mark, words) = findings()

    assert (well, mark) == ("ok", "problem")
    assert f"{TOPIC}-of-nobody" in words
    assert "CUCUMBER_SNS_TOPICS" in words


def test_neither_a_password_nor_a_key_in_the_address_is_shown(
    ses: LocalSES, subscription: Subscription
) -> None:
    subscription.endpoint = "https://sns:secret@shop.example.com:8443/sns/?key=hidden"

    [(_, words)] = findings()

    assert "https://shop.example.com:8443/sns/" in words
    assert "secret" not in words
    assert "hidden" not in words


def test_offline_and_without_a_topic_nothing_is_asked(
    mailer: Mailer, subscription: Subscription, settings: Any
) -> None:
    asked: list[str] = []
    client = get_messaging_clients(mailer).sns("us-east-1")
    client.meta.events.register(
        "before-call.sns", lambda model, **kwargs: asked.append(model.name)
    )

    assert findings(offline=True) == []
    settings.CUCUMBER_SNS_TOPICS = []
    assert findings() == []

    assert asked == []


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/lost", True),
        ("https://eu-west-1.queue.amazonaws.com/123456789012/lost/", True),
        ("http://127.0.0.1:8005/123456789012/lost", True),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/lost", False),
        ("https://sqs.eu-west-1.amazonaws.com/210987654321/lost", False),
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/more-lost", False),
    ],
)
def test_a_queue_is_the_same_by_arn_and_by_url(url: str, *, same: bool) -> None:
    assert is_queue("arn:aws:sqs:eu-west-1:123456789012:lost", url) is same
