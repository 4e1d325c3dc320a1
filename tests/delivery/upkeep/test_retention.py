"""What is old goes, and nothing that is still needed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery import purge_expired
from seacucumber.delivery.upkeep.retention import purge
from seacucumber.enums import EventType, EventVia, MessageState
from seacucumber.models import (
    AccountSnapshot,
    Attempt,
    BodyChunk,
    Event,
    Message,
    Pace,
    QuotaSlice,
    Recipient,
    StatisticPoint,
)
from seacucumber.models.queue.quota import DAY_US
from seacucumber.ses.account.quota import AccountUsage
from seacucumber.ses.account.quota import StatisticPoint as Point
from tests.queue import USING, fresh, now_us, put, state

pytestmark = pytest.mark.django_db

DAY_S = 86_400
FINAL = {
    MessageState.SENT,
    MessageState.FAILED,
    MessageState.CANCELLED,
    MessageState.SUPPRESSED,
}


def age(message: Message, into: MessageState, *, days: float) -> Message:
    """Let a message have reached a state so many days ago."""
    Message.objects.filter(pk=message.pk).update(
        state=into,
        state_at_us=now_us() - int(days * DAY_S * US_PER_S),
        created_at=timezone.now() - timedelta(days=days),
    )
    return message


def old(into: MessageState, *, days: float = 100.0) -> Message:
    return age(put(), into, days=days)


def has_body(message: Message) -> bool:
    return BodyChunk.objects.filter(message=message).exists()


@pytest.mark.parametrize("into", list(MessageState))
def test_only_what_has_ended_is_deleted(into: MessageState) -> None:
    message = old(into)

    purge_expired("default")

    assert Message.objects.filter(pk=message.pk).exists() == (into not in FINAL)


def test_a_message_goes_with_all_that_is_its_own() -> None:
    gone, kept = old(MessageState.SENT), old(MessageState.SENT, days=1)
    for message in (gone, kept):
        Attempt.objects.begin([(message.pk, 1)], worker="w:1", now_us=now_us())

    assert purge_expired("default")["messages"] == 1

    assert [message.pk for message in Message.objects.all()] == [kept.pk]
    assert set(Recipient.objects.values_list("message_id", flat=True)) == {kept.pk}
    assert set(Attempt.objects.values_list("message_id", flat=True)) == {kept.pk}


def test_messages_may_be_kept_for_good(settings: Any) -> None:
    settings.CUCUMBER_RETENTION_MESSAGES = None
    message = old(MessageState.SENT, days=4000)

    assert purge_expired("default")["messages"] == 0
    assert fresh(message)


def test_a_mail_of_several_parts_goes_when_its_last_part_does() -> None:
    first = put(recipients=120)
    second, third = Message.objects.filter(body_of=first).order_by("pk")
    for part in (first, second):
        age(part, MessageState.SENT, days=100)
    age(third, MessageState.HELD, days=100)

    purge(DAY_S)
    # The body of the first is still needed by the third.
    assert {message.pk for message in Message.objects.all()} == {first.pk, third.pk}
    assert has_body(first)

    age(third, MessageState.SENT, days=100)
    assert purge(DAY_S) == 2
    assert not Message.objects.exists()


def test_more_than_one_batch_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seacucumber.delivery.upkeep.retention._BATCH", 2)
    for _ in range(5):
        old(MessageState.SENT)

    assert purge(DAY_S) == 5


def test_a_sent_body_goes_at_once_and_a_failed_one_after_a_week() -> None:
    sent = old(MessageState.SENT, days=0)
    failed = old(MessageState.FAILED, days=6)
    long_failed = old(MessageState.FAILED, days=8)
    cancelled = old(MessageState.CANCELLED, days=8)
    waiting = old(MessageState.HELD, days=8)

    assert purge_expired("default")["bodies"] == 3

    assert not has_body(sent)
    assert has_body(failed)
    assert not has_body(long_failed)
    assert not has_body(cancelled)
    assert has_body(waiting)


def test_bodies_may_be_kept_for_longer_or_for_good(settings: Any) -> None:
    settings.CUCUMBER_RETENTION_BODIES = timedelta(days=2)
    settings.CUCUMBER_RETENTION_FAILED_BODIES = None
    young, aged = old(MessageState.SENT, days=1), old(MessageState.SENT, days=3)
    failed = old(MessageState.FAILED, days=80)

    purge_expired("default")

    assert has_body(young)
    assert not has_body(aged)
    assert has_body(failed)


def test_a_shared_body_is_kept_while_a_part_needs_it() -> None:
    first = age(put(recipients=60), MessageState.SENT, days=0)
    part = Message.objects.get(body_of=first)

    assert purge_expired("default")["bodies"] == 0
    assert has_body(first)

    age(part, MessageState.SENT, days=0)
    assert purge_expired("default")["bodies"] == 1
    assert not has_body(first)


def test_a_part_that_has_failed_can_be_sent_again_for_a_week() -> None:
    first = age(put(recipients=60), MessageState.SENT, days=1)
    part = age(Message.objects.get(body_of=first), MessageState.FAILED, days=1)

    purge_expired("default")
    assert Message.objects.filter(pk=part.pk).requeue(now_us=now_us()) == 1

    age(part, MessageState.FAILED, days=8)
    purge_expired("default")
    assert not has_body(first)


def test_mail_that_is_too_old_to_be_of_use_fails_though_it_is_held() -> None:
    expired, young = put(expires_s=60.0), put(expires_s=3600.0)
    Message.objects.filter(pk=expired.pk).update(expires_at_us=now_us() - 1)

    assert purge_expired("default")["expired"] == 1

    assert (state(expired), fresh(expired).reason) == (MessageState.FAILED, "expired")
    assert state(young) == MessageState.QUEUED


def test_counters_of_the_quota_stay_for_the_90_days_that_are_drawn() -> None:
    QuotaSlice.objects.create(pace_key="a", start_us=now_us() - 93 * DAY_US)
    kept = QuotaSlice.objects.create(pace_key="a", start_us=now_us() - 91 * DAY_US)

    assert purge_expired("default")["quota_slices"] == 1
    assert [row.pk for row in QuotaSlice.objects.all()] == [kept.pk]


def test_a_tidy_house_has_nothing_to_do() -> None:
    assert purge_expired("default") == {
        "expired": 0,
        "bodies": 0,
        "messages": 0,
        "quota_slices": 0,
        "host_clocks": 0,
        "figures": 0,
        "suppressed": 0,
        "events": 0,
    }


def test_figures_go_when_their_time_is_over(settings: Any) -> None:
    settings.CUCUMBER_RETENTION_FIGURES = 10 * DAY_S
    Pace.objects.ensure("a/eu-west-1")
    for days in (9, 11):
        at = datetime.now(UTC) - timedelta(days=days)
        usage = AccountUsage(
            max_24h_send=200.0,
            max_send_rate=1.0,
            sent_last_24h=0.0,
            production_access=True,
            sending_enabled=True,
            enforcement_status="HEALTHY",
        )
        point = Point(at=at, delivery_attempts=1, bounces=0, complaints=0, rejects=0)
        AccountSnapshot.objects.record(key="a/eu-west-1", taken_at=at, usage=usage)
        StatisticPoint.objects.record(key="a/eu-west-1", points=[point])

    settings.CUCUMBER_RETENTION_FIGURES = None
    assert purge_expired("default")["figures"] == 0
    settings.CUCUMBER_RETENTION_FIGURES = 10 * DAY_S
    assert purge_expired("default")["figures"] == 2

    before = timezone.now() - timedelta(days=10)
    assert AccountSnapshot.objects.get().taken_at > before
    assert StatisticPoint.objects.get().at > before


def told(message: Message | None, *, ago_days: float) -> Event:
    return Event.objects.create(
        fingerprint=uuid.uuid4().hex,
        message=message,
        type=EventType.SEND,
        at=timezone.now(),
        received_at=timezone.now() - timedelta(days=ago_days),
        ses_message_id="SES-1",
        via=EventVia.QUEUE,
    )


def test_events_go_when_their_time_is_over_or_their_message_goes(settings: Any) -> None:
    settings.CUCUMBER_RETENTION_EVENTS = timedelta(days=30)
    message = put()
    told(None, ago_days=31)
    told(message, ago_days=40)
    young = told(message, ago_days=29)

    assert purge_expired(USING)["events"] == 2
    assert list(Event.objects.all()) == [young]

    Message.objects.update(
        state=MessageState.CANCELLED, created_at=timezone.now() - timedelta(days=91)
    )
    purge_expired(USING)
    assert not Event.objects.exists()


def test_events_are_kept_for_good_if_asked_for(settings: Any) -> None:
    settings.CUCUMBER_RETENTION_EVENTS = None
    told(None, ago_days=5000)

    assert purge_expired(USING)["events"] == 0


def test_how_old_a_message_is_goes_by_the_clock_of_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask, days = clock._ask, 10

    def ahead(connection: Any) -> int:
        return ask(connection) + days * 86_400 * US_PER_S

    monkeypatch.setattr(clock, "_ask", ahead)
    monkeypatch.setattr(clock, "_offsets", {})
    message = put()
    Message.objects.update(state=MessageState.SENT)

    assert purge(86_400) == 0
    days = 12
    assert purge(86_400) == 1
    assert not Message.objects.filter(pk=message.pk).exists()
