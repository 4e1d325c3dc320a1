"""What a hold stops, and when somebody looks again."""

from __future__ import annotations

import pytest

from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models import Hold, Message
from seacucumber.models.queue.hold import FIRST_PROBE_S, LAST_PROBE_S
from tests.queue import put

pytestmark = pytest.mark.django_db

NOW_US = 1_750_000_000_000_000
KEY = "shop/eu-west-1"

SENDERS = (
    "post@example.com",
    "Post@example.com",
    "POST@EXAMPLE.COM",
    "other@example.com",
    "post@sub.example.com",
    "post@notexample.com",
    "post_@example.com",
    "postx@example.com",
    "a%b@example.com",
    "axb@example.com",
)
HOLDS = [
    (HoldScope.ACCOUNT, ""),
    (HoldScope.MAILER, "default"),
    (HoldScope.MAILER, "news"),
    (HoldScope.LANE, "bulk"),
    (HoldScope.LANE, "BULK"),
    (HoldScope.LANE, "transactional"),
    (HoldScope.CONFIGURATION_SET, "news"),
    (HoldScope.CONFIGURATION_SET, "NEWS"),
    (HoldScope.CONFIGURATION_SET, "other"),
    (HoldScope.MAILER, "Default"),
    (HoldScope.SENDER, "post@example.com"),
    (HoldScope.SENDER, "Post@Example.com"),
    (HoldScope.SENDER, "post_@example.com"),
    (HoldScope.SENDER, "a%b@example.com"),
    (HoldScope.SENDER, "example.com"),
    (HoldScope.SENDER, "EXAMPLE.com"),
    (HoldScope.SENDER, "sub.example.com"),
]


def hold(scope: HoldScope, value: str = "", *, probed: bool = True) -> Hold:
    placed, _ = Hold.objects.place(
        KEY,
        scope=scope,
        value=value,
        cause=HoldCause.OPERATOR,
        detail="Stopped.",
        now_us=NOW_US,
        probed=probed,
    )
    return placed


@pytest.fixture
def mail() -> list[Message]:
    """Messages of one account that differ in all that holds look at."""
    found = []
    for number, sender in enumerate(SENDERS):
        message = put(sender=sender, lane=Lane(number % 2))
        message.mailer = ("default", "news")[number // 2 % 2]
        message.configuration_set = ("", "news", "newsletter")[number % 3]
        message.pace_key = KEY
        message.save()
        found.append(message)
    return found


@pytest.mark.parametrize(("scope", "value"), HOLDS)
def test_the_query_finds_exactly_what_the_hold_stops(
    mail: list[Message], scope: HoldScope, value: str
) -> None:
    placed = hold(scope, value)
    put(sender="post@example.com")  # of another account

    stopped = {message.pk for message in mail if placed.stops(message)}
    found = set(Message.objects.filter(placed.messages()).values_list("pk", flat=True))

    assert found == stopped


@pytest.mark.parametrize(
    ("scope", "value", "senders"),
    [
        (HoldScope.SENDER, "post@example.com", set(SENDERS[:3])),
        (HoldScope.SENDER, "post_@example.com", {"post_@example.com"}),
        (HoldScope.SENDER, "sub.example.com", {"post@sub.example.com"}),
        (HoldScope.SENDER, "example.com", set(SENDERS) - set(SENDERS[4:6])),
    ],
)
def test_a_sender_is_an_address_or_a_domain_without_regard_to_case(
    mail: list[Message], scope: HoldScope, value: str, senders: set[str]
) -> None:
    placed = hold(scope, value)

    assert {m.sender for m in mail if placed.stops(m)} == senders


@pytest.mark.parametrize("scope", list(HoldScope))
def test_every_scope_can_be_looked_at_and_shown(
    mail: list[Message], scope: HoldScope
) -> None:
    value = {HoldScope.LANE: "bulk", HoldScope.ACCOUNT: ""}.get(scope, "default")
    placed = hold(scope, value)

    assert placed.stops(mail[0]) in (True, False)
    assert "stopped by an operator" in str(placed)


def test_the_same_hold_is_placed_once_and_keeps_its_probe() -> None:
    first = hold(HoldScope.ACCOUNT)
    again, placed = Hold.objects.place(
        KEY,
        scope=HoldScope.ACCOUNT,
        value="",
        cause=HoldCause.OPERATOR,
        detail="Again.",
        now_us=NOW_US + 10_000_000,
    )

    assert not placed
    assert again.pk == first.pk
    assert again.probe_at_us == NOW_US + FIRST_PROBE_S * 1_000_000
    assert [found.pk for found in Hold.objects.active(KEY)] == [first.pk]
    assert Hold.objects.active("other/eu-west-1") == []


def test_an_operators_hold_is_not_probed() -> None:
    assert hold(HoldScope.ACCOUNT, probed=False).probe_at_us is None


def test_a_long_reason_is_cut() -> None:
    placed, _ = Hold.objects.place(
        KEY,
        scope=HoldScope.ACCOUNT,
        value="",
        cause=HoldCause.CREDENTIALS,
        detail="x" * 500,
        now_us=NOW_US,
    )

    assert len(Hold.objects.get(pk=placed.pk).detail) == 200


def test_probes_come_less_and_less_often() -> None:
    placed = hold(HoldScope.ACCOUNT)
    waits_s = []
    for _ in range(8):
        now_us = placed.probe_at_us or 0
        assert placed.postpone_probe(now_us)
        placed.refresh_from_db()
        waits_s.append(((placed.probe_at_us or 0) - now_us) / 1_000_000)

    assert waits_s[:5] == [60.0, 120.0, 240.0, 480.0, LAST_PROBE_S]
    assert set(waits_s[5:]) == {LAST_PROBE_S}


def test_only_one_of_two_gets_the_turn_to_probe() -> None:
    mine = hold(HoldScope.ACCOUNT)
    theirs = Hold.objects.get(pk=mine.pk)

    assert mine.postpone_probe(NOW_US)
    assert not theirs.postpone_probe(NOW_US)
