"""Whose wait each moment in the database is, and how long it can be.

A moment that a machine waits for and that is farther ahead than its wait can be was
written before the clock was set back: it counts as come. Whoever adds a column says
here what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from django.apps import apps
from django.db import models

from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.upkeep.clock_jumps import longest_delay_s, longest_lease_s
from seacucumber.delivery.upkeep.recovery import SWEEP_EVERY_US
from seacucumber.dkim_keys import check_policy
from seacucumber.models.account import refresh
from seacucumber.models.account.dkim_key_transitions import LONGEST_LOOK
from seacucumber.models.queue import host_clock, pace
from seacucumber.models.queue.hold import LAST_PROBE_S, LAST_QUESTION_S, LAST_RISK_S
from seacucumber.pacing import MAX_RECIPIENTS
from seacucumber.ses_events import certificates


class Whose(Enum):
    """Who waits for a moment."""

    #: A process of ours goes by it: it has a natural maximum.
    MACHINE = auto()
    #: Somebody has wished for it; it may be years ahead.
    PERSON = auto()
    #: When something happened: to be shown, sorted, or found too old.
    RECORD = auto()
    #: A length of time, no moment.
    LENGTH = auto()


@dataclass(frozen=True, slots=True)
class Moment:
    """What a column is.

    Args:
        longest_s: How long a machine can wait for it.
    """

    whose: Whose
    longest_s: float | None = None


def _machine_s(longest_s: float) -> Moment:
    return Moment(Whose.MACHINE, longest_s)


PERSON, RECORD, LENGTH = (
    Moment(whose) for whose in (Whose.PERSON, Whose.RECORD, Whose.LENGTH)
)
_MAILER = get_mailer()
_FETCHES_US = certificates._BURST * max(certificates._SPACING_US.values())

MOMENTS: dict[str, Moment] = {
    "AccountSnapshot.taken_at": RECORD,
    "Attempt.begun_at_us": RECORD,
    "Attempt.ended_at_us": RECORD,
    # Calls are a second apart; whoever waits gives up long before.
    "ControlPace.next_slot_us": _machine_s(refresh._LONGEST_QUEUE_S),
    "DkimKey.activated_at": RECORD,
    "DkimKey.archived_at": RECORD,
    # The wait between two looks, at most an hour, begins with them.
    "DkimKey.bad_since": _machine_s(check_policy.BAD_FOR.total_seconds()),
    "DkimKey.checked_at": RECORD,
    "DkimKey.created_at": RECORD,
    "DkimKey.good_since": _machine_s(check_policy.APART_MOST.total_seconds()),
    "DkimKey.next_check_at": _machine_s(LONGEST_LOOK.total_seconds()),
    "DkimKey.published_at": RECORD,
    "DkimKey.retiring_at": RECORD,
    "DkimKey.revoked_at": RECORD,
    "DkimKey.revoking_at": RECORD,
    "DkimKey.ses_pushed_at": RECORD,
    "DkimKeyEvent.at": RECORD,
    "Event.at": RECORD,
    "Event.received_at": RECORD,
    "EventRoute.accepted_until_us": RECORD,
    "EventRoute.first_heard_at_us": RECORD,
    "EventRoute.heard_at_us": RECORD,
    "FetchAllowance.spent_until_us": _machine_s(_FETCHES_US / US_PER_S),
    "Hold.ends_at_us": PERSON,
    "Hold.placed_at": RECORD,
    "Hold.probe_at_us": _machine_s(max(LAST_PROBE_S, LAST_QUESTION_S, LAST_RISK_S)),
    "HostClock.answered_at_us": RECORD,
    "HostClock.ask_at_us": _machine_s(host_clock.LAST_QUESTION_S),
    "HostClock.offset_us": LENGTH,
    "HostClock.seen_at_us": RECORD,
    "HostClock.ses_offset_us": LENGTH,
    "HostClock.ses_seen_at_us": RECORD,
    # A look of the future is done again at once.
    "Identity.details_at": RECORD,
    "Identity.records_checked_at": RECORD,
    "Identity.refreshed_at": RECORD,
    "MailMinute.start_us": RECORD,
    "Message.created_at": RECORD,
    # A lease, or the wait for events, which begins anew.
    "Message.due_at_us": _machine_s(
        max(longest_lease_s(_MAILER), _MAILER.uncertain_wait_s)
    ),
    "Message.expires_at_us": PERSON,
    "Message.ready_at_us": _machine_s(longest_delay_s(_MAILER)),
    "Message.state_at_us": RECORD,
    "Pace.factor_at_us": RECORD,
    "Pace.learned_at_us": RECORD,
    "Pace.idle_until_us": _machine_s(pace._LONGEST_LINGER_S),
    # A pause, and the slots of a message at the slowest rate are beside it.
    "Pace.next_slot_us": _machine_s(pace._FARTHEST_SLOT_S + 2 * MAX_RECIPIENTS),
    "Pace.outage_ended_us": RECORD,
    "Pace.swept_at_us": _machine_s(2 * SWEEP_EVERY_US / US_PER_S),
    "Pace.unanswered_at_us": RECORD,
    "Pace.unanswered_since_us": RECORD,
    "QuotaSlice.start_us": RECORD,
    "Recipient.delivery_status_at": RECORD,
    "Refresh.asked_at": RECORD,
    "Refresh.leased_until_us": _machine_s(refresh.LONGEST_LEASE_S),
    "Refresh.succeeded_at": RECORD,
    "Reputation.counts_from": RECORD,
    "Reputation.judged_at": RECORD,
    "StatisticPoint.at": RECORD,
    "Suppressed.expires_at": PERSON,
    "Suppressed.ses_seen_at": RECORD,
    "Suppressed.since": RECORD,
}


def _columns() -> Iterator[str]:
    for model in apps.get_app_config("seacucumber").get_models():
        for field in model._meta.concrete_fields:
            dated = isinstance(field, models.DateField | models.TimeField)
            if dated or field.name.endswith(("_us", "_at")):
                yield f"{model.__name__}.{field.name}"


def test_of_each_moment_it_is_said_whose_it_is() -> None:
    assert sorted(_columns()) == sorted(MOMENTS)


def test_what_a_machine_waits_for_has_a_natural_maximum() -> None:
    for name, moment in MOMENTS.items():
        is_machine = moment.whose is Whose.MACHINE
        assert (moment.longest_s is not None) == is_machine, name
        # Days at most: what is longer is not waited for by a process.
        assert not is_machine or 0 < (moment.longest_s or 0) <= 86_400, name


def test_no_look_at_a_key_is_farther_ahead_than_counts_as_due() -> None:
    assert max(check_policy._AGES.values()) <= LONGEST_LOOK
