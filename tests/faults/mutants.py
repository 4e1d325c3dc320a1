"""The guards, and a scenario that must go red when each is taken out.

``make faults-mutate`` applies them one after the other to a copy of the tree. One that
no longer applies is an error: whoever changes a guard changes it here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A guard that is taken out.

    Args:
        guard: What it keeps from happening.
        file: Below ``seacucumber/``.
        old: The text that is replaced; it stands there once.
        scenario: Name of the test that must go red.
        database: Where that is at home.
    """

    guard: str
    file: str
    old: str
    new: str
    scenario: str
    database: str = "sqlite"


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        guard="boto3 never repeats a send by itself",
        file="ses/sessions.py",
        old='"total_max_attempts": 1}',
        new='"total_max_attempts": 4}',
        scenario="test_with_events_nothing_is_lost_and_nothing_is_sent_twice",
        database="postgres",
    ),
    Mutant(
        guard="evidence that an event has brought settles a lost answer",
        file="delivery/outcomes/lost_answers.py",
        old="    evidence = Attempt.objects.evidence(pks)\n",
        new="    evidence: dict[int, str] = {}\n",
        scenario="test_with_events_nothing_is_lost_and_nothing_is_sent_twice",
        database="postgres",
    ),
    Mutant(
        guard="what a dead worker had claimed is taken back",
        file="delivery/upkeep/recovery.py",
        old="    MessageState.CLAIMED: _release_expired,\n",
        new="",
        scenario=(
            "test_a_killed_worker_loses_nothing_and_repeats_only_what_was_under_way"
        ),
    ),
    Mutant(
        guard="what a dead worker was sending is settled",
        file="delivery/upkeep/recovery.py",
        old="    MessageState.SENDING: _abandon,\n",
        new="",
        scenario=(
            "test_a_killed_worker_loses_nothing_and_repeats_only_what_was_under_way"
        ),
    ),
    Mutant(
        guard="hold keeps what is in doubt",
        file="delivery/outcomes/lost_answers.py",
        old="row.uncertain != Uncertain.RESEND or row.is_worn_out(MAX_RESENDS)",
        new="row.is_worn_out(MAX_RESENDS)",
        scenario=(
            "test_without_events_hold_sends_nothing_twice_and_keeps_what_is_in_doubt"
        ),
    ),
    Mutant(
        guard="a slot is taken for each recipient",
        file="pacing.py",
        old="int(recipients * self.interval_us(now_us)) + 1",
        new="int(self.interval_us(now_us) / 1.3) + 1",
        scenario="test_recipients_count_and_the_rate_is_the_account_s_own",
    ),
    Mutant(
        guard="the rate is not exceeded by many processes",
        file="pacing.py",
        old="return max(self.next_slot_us, now_us - self.catch_up_us)",
        new="return now_us",
        scenario="test_two_workers_use_the_configured_rate_without_one_rejection",
        database="postgres",
    ),
    Mutant(
        guard="bulk mail looks a short way ahead only",
        file="delivery/claims/selection.py",
        old="Lane.BULK: 100_000}",
        new="Lane.BULK: 60_000_000}",
        scenario="test_a_password_reset_overtakes_a_newsletter",
        database="mariadb",
    ),
    Mutant(
        guard="limits of the project's own tasks cut no call",
        file="tasks/base.py",
        old="    time_limit = TIME_LIMIT_S\n    soft_time_limit = TIME_LIMIT_S\n",
        new="",
        scenario="test_the_limits_that_a_project_has_for_its_own_tasks_cut_no_call",
    ),
    Mutant(
        guard="the sweep finds mail that nobody was woken up for",
        file="delivery/upkeep/recovery.py",
        old="    if pace.attendants(now_us):\n",
        new="    if pace.key:\n",
        scenario="test_wake_ups_that_the_broker_lost_are_not_missed",
    ),
    Mutant(
        guard="a database that is away may come back",
        file="db/errors.py",
        old="    return find_passing(error) is not None\n",
        new="    return False\n",
        scenario="test_a_database_that_fails_in_every_way_sends_nothing_twice",
        database="postgres",
    ),
    Mutant(
        guard="answers are kept however long the database is away",
        file="delivery/outcomes/settlement.py",
        old="        retry = Retry(self._using)\n",
        new="        retry = Retry(self._using, for_s=2.0)\n",
        scenario="test_a_database_that_fails_in_every_way_sends_nothing_twice",
        database="postgres",
    ),
    Mutant(
        guard="what is in doubt waits once more after a gap",
        file="delivery/upkeep/recovery.py",
        old="    if was_away or 0 < pace.swept_at_us < now_us - GAP_US:\n",
        new="    if False:\n",
        scenario="test_a_database_that_fails_in_every_way_sends_nothing_twice",
        database="postgres",
    ),
    Mutant(
        guard="only what a worker dies of alone is blamed",
        file="models/queue/transitions/by_sweep.py",
        old="            claims__gte=MAX_CLAIMS,\n",
        new="            claims__gte=2,\n",
        scenario="test_one_deadly_message_among_a_thousand",
        database="postgres",
    ),
    Mutant(
        guard="mail is signed with the key that is active as it leaves",
        file="delivery/sending/signing_keys.py",
        old="            if time.monotonic() - self._read_s >= REREAD_S:\n",
        new="            if self._read_s < 0:\n",
        scenario="test_each_message_has_one_signature_that_verified_when_it_was_sent",
    ),
    Mutant(
        guard="bulk mail stops before its bounces cost the account",
        file="guard/enforcement.py",
        old="    if after >= GuardLevel.BULK_STOPPED and after > _standing(holds):\n",
        new="    if False:\n",
        scenario=(
            "test_a_newsletter_to_a_bad_list_is_paused_and_a_password_reset_goes_out"
        ),
        database="postgres",
    ),
)
