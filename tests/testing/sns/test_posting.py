"""How often SNS posts.

Source: "Amazon SNS message delivery retries", SNS developer guide: three retries by
default, none after a 4xx that is not 429.
"""

from __future__ import annotations

import pytest

from seacucumber.testing import LocalSES
from seacucumber.testing.server import free_port
from tests.testing.hearing import Listening


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
