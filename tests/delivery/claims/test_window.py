"""A deliverer takes on what it has lately got out in time, and no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seacucumber.delivery.claims.window import (
    WINDOW_CHEAP,
    WINDOW_FIRST,
    WINDOW_MIN,
    Window,
)
from seacucumber.delivery.outgoing_message import OutgoingMessage

LARGEST = 96


@pytest.fixture
def outgoing() -> Callable[[], OutgoingMessage]:
    def build() -> OutgoingMessage:
        numbers = dict.fromkeys(("pk", "lane", "recipient_count", "size_bytes"), 1)
        return OutgoingMessage(
            **numbers,
            uid="",
            mailer="default",
            sender="",
            configuration_set="",
            tags={},
            body_of=None,
            shares_body=False,
            expires_at_us=None,
            attempts=0,
            retries=0,
            uncertain="resend",
        )

    return build


def claim(
    window: Window, outgoing: Callable[[], OutgoingMessage]
) -> list[OutgoingMessage]:
    messages = [outgoing() for _ in range(window.size)]
    window.claimed(messages, limited=True)
    return messages


def send_all(window: Window, messages: list[OutgoingMessage]) -> None:
    for _ in messages:
        window.in_time()


def test_it_begins_small_and_doubles_while_all_leaves_in_time(
    outgoing: Callable[[], OutgoingMessage],
) -> None:
    window = Window("account", size_max=LARGEST)
    sizes = []
    for _ in range(5):
        sizes.append(window.size)
        send_all(window, claim(window, outgoing))

    assert sizes == [8, 16, 32, 64, 96]


def test_what_is_late_closes_it_and_after_that_it_opens_one_by_one(
    outgoing: Callable[[], OutgoingMessage],
) -> None:
    window = Window("account", size_max=LARGEST)
    for _ in range(3):
        send_all(window, claim(window, outgoing))
    assert window.size == 64

    for late in claim(window, outgoing):
        window.late(late, begun=True)

    assert window.size == 44  # Once for all that were claimed together.
    send_all(window, claim(window, outgoing))
    assert window.size == 45


@pytest.mark.parametrize(
    ("begun", "least"), [(True, WINDOW_MIN), (False, WINDOW_CHEAP)]
)
def test_it_never_closes_altogether_and_least_for_attempts_that_never_began(
    outgoing: Callable[[], OutgoingMessage], begun: bool, least: int
) -> None:
    window = Window("account", size_max=LARGEST)
    for _ in range(4):
        send_all(window, claim(window, outgoing))
    for _ in range(50):
        for late in claim(window, outgoing):
            window.late(late, begun=begun)

    assert window.size == least


def test_what_is_late_never_opens_it(outgoing: Callable[[], OutgoingMessage]) -> None:
    window = Window("account", size_max=LARGEST)
    for late in claim(window, outgoing):
        window.late(late, begun=False)

    assert window.size == WINDOW_FIRST


def test_the_longest_of_the_last_lags_counts_until_it_is_long_ago() -> None:
    window = Window("account", size_max=LARGEST)
    window.lagged(200_000)
    assert window.lag_us == 200_000

    for _ in range(64):
        window.lagged(3_000)
    assert window.lag_us == 3_000


def test_what_was_not_limited_by_it_does_not_open_it(
    outgoing: Callable[[], OutgoingMessage],
) -> None:
    window = Window("account", size_max=LARGEST)
    messages = [outgoing() for _ in range(3)]
    window.claimed(messages, limited=False)
    send_all(window, messages)

    assert window.size == WINDOW_FIRST


def test_a_turn_begins_with_what_the_turn_before_has_found(
    outgoing: Callable[[], OutgoingMessage],
) -> None:
    first = Window("account", size_max=LARGEST)
    send_all(first, claim(first, outgoing))

    assert Window("account", size_max=LARGEST).size == 16
    assert Window("another", size_max=LARGEST).size == WINDOW_FIRST
