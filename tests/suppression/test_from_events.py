"""What comes back teaches the list, once and for the right addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from seacucumber import suppression
from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.enums import MessageState, SuppressionReason, SuppressionSource
from seacucumber.models import Message, Suppressed
from seacucumber.suppression import from_events
from tests.queue import drain, now_us, put, state
from tests.suppression.event_story import bounce, complaint, tell
from tests.suppression.lists import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

ANN = "ann0@example.org"
DAY_S = 86_400.0


@pytest.fixture
def sent() -> Message:
    message = put()
    drain()
    message.refresh_from_db()
    return message


def test_a_hard_bounce_is_the_last_mail(sent: Message) -> None:
    tell(bounce(sent))

    row = rows()[ANN]
    assert (row.reason, row.source) == (
        SuppressionReason.BOUNCE,
        SuppressionSource.OURS,
    )
    assert (row.scope, row.expires_at) == (get_mailer().pace_key, None)
    assert row.note == "smtp; 550 5.1.1 user unknown"
    following = put()
    drain()
    assert state(following) == MessageState.SUPPRESSED


def test_a_hard_bounce_counts_though_a_soft_one_is_stored_at_the_same_moment(
    sent: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two consumers, and neither has seen the address on the list."""
    new, raced = from_events._new, []

    def slow(lesson: Any) -> Suppressed:
        if not raced:
            raced.append(
                Suppressed.objects.create(
                    address=lesson.address,
                    scope=lesson.scope,
                    reason=SuppressionReason.SOFT_BOUNCES,
                    source=SuppressionSource.OURS,
                    since=lesson.at,
                    expires_at=lesson.at,
                )
            )
        return new(lesson)

    monkeypatch.setattr(from_events, "_new", slow)

    tell(bounce(sent))

    assert raced
    assert rows()[ANN].reason == SuppressionReason.BOUNCE
    following = put()
    drain()
    assert state(following) == MessageState.SUPPRESSED


def test_only_those_who_bounced_are_meant() -> None:
    message = put(recipients=3)
    drain()

    tell(bounce(message, "ann1@example.org"))

    assert set(rows()) == {"ann1@example.org"}


def test_an_event_that_comes_twice_teaches_once(sent: Message) -> None:
    tell(bounce(sent, feedback_id="one"))
    suppression.remove(ANN)

    tell(bounce(sent, feedback_id="one"))

    assert rows() == {}


def test_a_complaint_counts_for_the_account(sent: Message) -> None:
    tell(complaint(sent, complaintFeedbackType="abuse"))

    row = rows()[ANN]
    assert (row.reason, row.note) == (SuppressionReason.COMPLAINT, "abuse")
    assert row.scope == get_mailer().pace_key


def test_a_complaint_may_count_for_the_sender_domain_only(
    sent: Message, settings: Any
) -> None:
    settings.CUCUMBER_SUPPRESSION_SCOPE = "domain"

    tell(complaint(sent))

    assert rows()[ANN].scope == "example.com"


def test_who_takes_mail_out_of_the_spam_folder_does_not_complain(sent: Message) -> None:
    tell(complaint(sent, complaintFeedbackType="not-spam"))

    assert rows() == {}


def test_a_complaint_weighs_more_than_a_bounce(sent: Message) -> None:
    tell(complaint(sent))
    tell(bounce(sent))
    assert rows()[ANN].reason == SuppressionReason.COMPLAINT

    suppression.remove(ANN)
    tell(bounce(sent, feedback_id="b"), complaint(sent, feedbackId="c"))
    assert rows()[ANN].reason == SuppressionReason.COMPLAINT


def test_a_complaint_weighs_more_in_one_batch_too(sent: Message) -> None:
    tell(complaint(sent, age_s=1.0), bounce(sent))

    assert rows()[ANN].reason == SuppressionReason.COMPLAINT


def test_what_we_know_stays_ours_though_ses_lists_it_in_the_same_batch(
    sent: Message,
) -> None:
    tell(complaint(sent, age_s=1.0), bounce(sent, subtype="OnAccountSuppressionList"))

    row = rows()[ANN]
    assert (row.source, row.ses_known) == (SuppressionSource.OURS, True)
    # SES does not have it: its entry goes, and ours stays.
    assert suppression.ask_about(ANN) is None
    row = rows()[ANN]
    assert (row.reason, row.expires_at) == (SuppressionReason.COMPLAINT, None)


def test_what_a_person_has_entered_stays(sent: Message) -> None:
    suppression.add(ANN, note="She asked for it")

    tell(bounce(sent), complaint(sent))

    row = rows()[ANN]
    assert (row.source, row.note) == (SuppressionSource.MANUAL, "She asked for it")


def test_the_simulator_is_never_suppressed(sent: Message) -> None:
    tell(bounce(sent, "bounce@simulator.amazonses.com"))

    assert rows() == {}


def test_an_address_on_ses_list_is_known_at_once(sent: Message) -> None:
    tell(bounce(sent, subtype="OnAccountSuppressionList"))

    row = rows()[ANN]
    assert (row.source, row.ses_known) == (SuppressionSource.SES, True)


def test_ses_global_list_ends_by_itself_and_is_not_copied(sent: Message) -> None:
    tell(bounce(sent, subtype="Suppressed"))

    assert rows() == {}


def test_one_soft_bounce_stops_nothing(sent: Message) -> None:
    tell(bounce(sent, type_="Transient", subtype="MailboxFull"))

    following = put()
    drain()
    assert state(following) == MessageState.SENT


def soft(sent: Message, *ages_s: float, **values: Any) -> None:
    for age_s in ages_s:
        tell(bounce(sent, type_="Transient", age_s=age_s, **values))


def test_several_soft_bounces_pause_an_address(sent: Message) -> None:
    soft(sent, 2 * DAY_S, DAY_S, 0.0)

    row = rows()[ANN]
    assert row.reason == SuppressionReason.SOFT_BOUNCES
    assert row.expires_at is not None
    assert row.expires_at - row.since == timedelta(days=7)
    following = put()
    drain()
    assert state(following) == MessageState.SUPPRESSED


def test_a_failure_that_passes_is_a_soft_bounce_though_the_bounce_is_permanent() -> (
    None
):
    """RFC 3463, 3.1; SES tells one type for all recipients of a report."""
    message = put(recipients=2)
    drain()

    for age_s in (2 * DAY_S, DAY_S, 0.0):
        said = {"ann1@example.org": "4.2.2"}
        tell(bounce(message, age_s=age_s, statuses=said))
        entries = rows()
        assert entries[ANN].reason == SuppressionReason.BOUNCE
        soft_one = entries["ann1@example.org"]
        assert soft_one.reason == SuppressionReason.SOFT_BOUNCES
        in_force = Suppressed.objects.in_force(clock.moment(now_us()))
        assert (soft_one in in_force) is (age_s == 0.0)


def test_who_is_on_ses_list_is_so_whatever_status_that_has(sent: Message) -> None:
    tell(bounce(sent, subtype="OnAccountSuppressionList", statuses={ANN: "4.4.7"}))

    assert rows()[ANN].ses_known


def test_a_soft_bounce_of_mail_under_way_does_not_end_the_pause(sent: Message) -> None:
    soft(sent, 4.0, 3.0, 2.0)
    ends_at = rows()[ANN].expires_at

    # Sent before the pause began, and told of after it and out of turn.
    soft(sent, 0.0, 2.5)

    assert rows()[ANN].expires_at == ends_at
    following = put()
    drain()
    assert state(following) == MessageState.SUPPRESSED


def test_a_soft_bounce_does_not_end_what_a_person_has_entered(sent: Message) -> None:
    ends_at = clock.moment(now_us()) + timedelta(days=90)
    suppression.add(ANN, reason=SuppressionReason.SOFT_BOUNCES, expires_at=ends_at)

    soft(sent, 0.0)

    row = rows()[ANN]
    assert (row.source, row.expires_at) == (SuppressionSource.MANUAL, ends_at)


def test_soft_bounces_after_a_pause_are_counted_anew(sent: Message) -> None:
    soft(sent, 10 * DAY_S, 9 * DAY_S, 8 * DAY_S)

    soft(sent, 2.0)
    assert rows()[ANN].strikes == 1
    soft(sent, 1.0, 0.0)

    following = put()
    drain()
    assert state(following) == MessageState.SUPPRESSED


def test_soft_bounces_of_long_ago_do_not_count(sent: Message) -> None:
    soft(sent, 40 * DAY_S, 39 * DAY_S, 0.0)

    row = rows()[ANN]
    assert (row.strikes, row.expires_at) == (1, row.since)


@pytest.mark.parametrize(
    "values",
    [
        {"subtype": "MessageTooLarge"},
        {"subtype": "ContentRejected"},
        {"subtype": "AttachmentRejected"},
        # An absence note: no mail server has refused anything.
        {"plain": True},
    ],
)
def test_what_does_not_speak_of_the_mailbox_does_not_count(
    sent: Message, values: dict[str, Any]
) -> None:
    soft(sent, 2.0, 1.0, 0.0, **values)

    assert rows() == {}


def test_soft_bounces_can_be_let_pass(sent: Message, settings: Any) -> None:
    settings.CUCUMBER_SOFT_BOUNCE_LIMIT = 0

    soft(sent, 2.0, 1.0, 0.0)

    assert rows() == {}


def test_a_hard_bounce_makes_a_pause_last(sent: Message) -> None:
    soft(sent, 3.0, 2.0, 1.0)

    tell(bounce(sent))

    row = rows()[ANN]
    assert (row.reason, row.expires_at) == (SuppressionReason.BOUNCE, None)
