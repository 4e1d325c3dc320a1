"""Whether events arrive is said where an operator looks first."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.db.clock import US_PER_S
from seacucumber.enums import AttemptOutcome
from seacucumber.figures import (
    DEFAULT_SPAN,
    Finding,
    Severity,
    accounts,
    find,
    read_overview,
)
from seacucumber.figures.events import read_events
from seacucumber.models import Attempt, EventRoute
from tests.admin import seed
from tests.queue import now_us, put_many

pytestmark = pytest.mark.django_db

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/ses-events"
HOUR_S = 3600


def accepted(ago_s: int, *, number: int = 1, **values: Any) -> None:
    """Let SES have accepted mail of which nothing was heard."""
    at_us = now_us() - ago_s * US_PER_S
    for message in put_many(number, **values):
        Attempt.objects.create(
            message=message,
            number=1,
            worker="w:1",
            begun_at_us=at_us,
            ended_at_us=at_us,
            outcome=AttemptOutcome.ACCEPTED,
        )


def heard(name: str, ago_s: int) -> None:
    """Let the last event of a route have come so long ago."""
    at_us = now_us() - ago_s * US_PER_S
    EventRoute.objects.create(
        pace_key=seed.key(),
        name=name,
        first_heard_at_us=at_us,
        heard_at_us=at_us,
        accepted_until_us=at_us,
    )


def findings() -> list[Finding]:
    seed.seed_healthy(days=2)
    return find(read_overview(accounts()[0], DEFAULT_SPAN, using="default"))


def headlines() -> list[str]:
    return [finding.headline for finding in findings()]


def test_who_uses_no_events_hears_nothing_of_them() -> None:
    accepted(600, configuration_set="")

    assert headlines() == ["All is well."]


def test_a_route_that_fell_silent_is_named_with_what_to_look_at() -> None:
    heard("news", 3 * HOUR_S + 60)
    accepted(600, configuration_set="news")

    first = findings()[0]

    assert first.severity is Severity.WARN
    assert first.headline == (
        "SES's events of configuration set news have not come for 3 hours."
    )
    for cause in ("ses_events", "consume_events", "dead-letter", "subscription"):
        assert cause in first.text


def test_mail_without_a_configuration_set_is_called_by_its_domain() -> None:
    heard("@example.com", 2 * HOUR_S)
    accepted(600, configuration_set="")

    assert "events of mail from example.com have" in headlines()[0]


def test_several_silent_routes_are_one_finding() -> None:
    for name, ago_s in (("news", 2 * HOUR_S), ("shop", 5 * HOUR_S), ("blog", HOUR_S)):
        heard(name, ago_s)
        accepted(600, configuration_set=name)

    assert headlines() == [
        "SES's events of configuration set shop and 2 others have not come for 5 hours."
    ]


def test_silence_without_mail_is_none() -> None:
    heard("news", 5 * HOUR_S)

    assert headlines() == ["All is well."]


def test_one_event_that_was_lost_is_forgiven_when_later_ones_come() -> None:
    accepted(600, configuration_set="news")
    heard("news", 60)

    assert headlines() == ["All is well."]


def test_events_may_take_as_long_as_uncertain_mail_waits(settings: Any) -> None:
    settings.CUCUMBER_UNCERTAIN_WAIT = 900
    heard("news", 2 * HOUR_S)
    accepted(600, configuration_set="news")

    assert headlines() == ["All is well."]


def test_a_dead_consumer_is_told_of_after_days_too(settings: Any) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [QUEUE]
    heard("news", 72 * HOUR_S)
    accepted(600, configuration_set="news")

    assert "have not come for 3 days" in headlines()[0]


def test_who_gave_events_up_is_not_reminded_for_ever() -> None:
    heard("news", 72 * HOUR_S)
    accepted(600, configuration_set="news")

    assert headlines() == ["All is well."]


def test_events_that_were_set_up_and_never_came_are_worth_a_word(
    settings: Any,
) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [QUEUE]
    accepted(600, configuration_set="news")

    well, word = findings()

    assert well.headline == "All is well."
    assert word.severity is Severity.INFO
    assert word.headline == "No event of SES has ever come in."
    assert "ses_setup --events" in word.text


def test_before_the_first_mail_nothing_is_missed(settings: Any) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [QUEUE]

    assert headlines() == ["All is well."]


def test_mail_of_another_account_says_nothing_of_this_one() -> None:
    heard("news", 5 * HOUR_S)
    accepted(600, configuration_set="news")
    EventRoute.objects.update(pace_key="another/eu-west-1")

    assert headlines() == ["All is well."]


def test_many_routes_and_much_mail_are_not_more_queries(
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        heard(f"set-{number}", HOUR_S)
        accepted(600, number=10, configuration_set=f"set-{number}")

    with django_assert_max_num_queries(7):
        found = read_events(accounts()[0], now_us())

    assert len(found.silent) == 30
