"""How often SNS posts.

Source: "Amazon SNS message delivery retries", SNS developer guide: three retries by
default, none after a 4xx that is not 429.
"""

from __future__ import annotations

import json

import pytest

from seacucumber.ses.provisioning.policies import delivery_policy, queue_policy
from seacucumber.testing import LocalSES
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.server import free_port
from seacucumber.testing.sns.delivery_policies import read_delays
from tests.office import wait_until
from tests.testing.listeners import Listening


@pytest.fixture
def topic_arn(ses: LocalSES, web: Listening) -> str:
    ses.configure(post_retry_s=0.0)
    return ses.send_events_to_address(web.url, configuration_set="news")


@pytest.mark.parametrize(
    ("statuses", "attempts", "last"),
    [
        ([200], 1, 200),
        ([500, 503, 429, 200], 4, 200),
        ([500, 500, 500, 500, 200], 4, 500),
        ([400, 200], 1, 400),
        ([302, 200], 2, 200),
    ],
)
def test_only_what_may_change_is_tried_again(
    statuses: list[int],
    attempts: int,
    last: int,
    ses: LocalSES,
    web: Listening,
    topic_arn: str,
) -> None:
    web.statuses.extend(statuses)

    message_id = ses.publish(topic_arn, "hello")
    ses.wait_for_events()

    assert [row.message_id for row in ses.postings] == [message_id] * attempts
    assert [row.attempt for row in ses.postings] == list(range(1, attempts + 1))
    assert ses.postings[-1].status == last
    assert ses.postings[-1].is_taken == (last == 200)


def test_every_attempt_is_the_same_message(
    ses: LocalSES, web: Listening, topic_arn: str
) -> None:
    web.statuses.extend([500, 200])

    ses.publish(topic_arn, "hello")
    ses.wait_for_events()

    first, second = web.posts
    assert first[1] == second[1]


def test_nobody_listens(ses: LocalSES) -> None:
    ses.configure(post_retries=1, post_retry_s=0.0)
    url = f"http://127.0.0.1:{free_port()}/"
    topic_arn = ses.send_events_to_address(url, configuration_set="news")

    ses.publish(topic_arn, "hello")
    ses.wait_for_events()

    assert [row.status for row in ses.postings] == [0, 0]
    assert "ConnectionRefusedError" in ses.postings[0].error


def test_retry_comes_when_the_clock_is_set_forward(
    ses: LocalSES, web: Listening, topic_arn: str
) -> None:
    ses.configure(post_retry_s=20.0)
    web.statuses.append(503)
    ses.publish(topic_arn, "hello")
    with pytest.raises(TimeoutError):
        ses.wait_for_events(0.1)

    ses.advance(20)
    ses.wait_for_events()

    assert [row.status for row in ses.postings] == [503, 200]


def test_a_delivery_policy_carries_posts_over_90_seconds(
    ses: LocalSES, web: Listening, topic_arn: str
) -> None:
    """Three retries in a minute, SNS's default, would have lost it."""
    [row] = ses._account.topics.subscriptions(topic_arn)
    row.policies["DeliveryPolicy"] = delivery_policy()
    web.statuses.extend([503] * 9)
    ses.publish(topic_arn, "hello")

    for number in range(1, 10):
        wait_until(
            lambda number=number: len(ses.postings) == number,
            "a retry",
        )
        ses.advance(10)
    ses.wait_for_events()

    assert [row.status for row in ses.postings] == [503] * 9 + [200]


@pytest.mark.parametrize("statuses", [[400], [503, 503]])
def test_what_nobody_takes_goes_to_the_queue_that_the_redrive_policy_names(
    statuses: list[int], ses: LocalSES, web: Listening, topic_arn: str
) -> None:
    queue_arn = ses._account.queues.arn("lost")
    queue = ses._account.queues.create(
        "lost", {"Policy": queue_policy(queue_arn, topic_arn)}
    )
    [row] = ses._account.topics.subscriptions(topic_arn)
    retry = {"numRetries": 1, "minDelayTarget": 1, "maxDelayTarget": 1}
    row.policies["DeliveryPolicy"] = json.dumps({"healthyRetryPolicy": retry})
    row.policies["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": queue_arn})
    web.statuses.extend(statuses)

    ses.publish(topic_arn, "hello")
    ses.wait_for_events()

    [lost] = queue.bodies()
    assert json.loads(lost)["Message"] == "hello"


@pytest.mark.parametrize(
    "retry",
    [
        {"numRetries": 101},
        {"numRetries": 2, "numMaxDelayRetries": 3},
        {"minDelayTarget": 0},
        {"minDelayTarget": 30, "maxDelayTarget": 20},
        {"numRetries": 61, "minDelayTarget": 60, "maxDelayTarget": 60},
        {"numRetries": "3"},
    ],
)
def test_what_sns_does_not_take_as_a_delivery_policy(retry: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        read_delays(json.dumps({"healthyRetryPolicy": retry}))
