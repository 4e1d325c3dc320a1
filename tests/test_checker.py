"""The judge itself: each invariant has a mutant that turns it red."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seacucumber.enums import AttemptOutcome, MessageState, Uncertain
from seacucumber.models import Attempt, Message
from seacucumber.testing import Accepted
from tests.checker import Evidence, summary, violations


def message(pk: int = 1, **values: Any) -> Message:
    """Return a message that was sent as it should be."""
    return Message(
        **{
            "pk": pk,
            "uid": f"{pk:032x}",
            "state": MessageState.SENT,
            "attempts": 1,
            "ses_message_id": f"ses-{pk}-1",
            **values,
        }
    )


def attempt(pk: int = 1, number: int = 1, **values: Any) -> Attempt:
    return Attempt(
        **{
            "message_id": pk,
            "number": number,
            "begun_at_us": number * 100,
            "ended_at_us": number * 100 + 50,
            "outcome": AttemptOutcome.ACCEPTED,
            **values,
        }
    )


def accepted(pk: int = 1, number: int = 1) -> Accepted:
    return Accepted(
        number=number,
        ses_message_id=f"ses-{pk}-{number}",
        at_s=float(number),
        epoch_s=float(number),
        sender="post@example.com",
        recipients=("ann@example.org",),
        configuration_set="",
        tags={"cucumber_message": f"{pk:032x}", "cucumber_attempt": str(number)},
        raw=b"",
    )


def evidence(**values: Any) -> Evidence:
    """Return the evidence of one mail that was sent once, with changes."""
    return Evidence(
        **{
            "messages": [message()],
            "attempts": [attempt()],
            "bodies": frozenset(),
            "ledger": [accepted()],
            **values,
        }
    )


def resent(**values: Any) -> Evidence:
    """Return the evidence of a mail whose first answer was lost."""
    return evidence(
        **{
            "messages": [message(attempts=2, ses_message_id="ses-1-2")],
            "attempts": [
                attempt(outcome=AttemptOutcome.UNKNOWN),
                attempt(number=2),
            ],
            "ledger": [accepted(), accepted(number=2)],
            "copies_allowed": 1,
            **values,
        }
    )


def rules(found: Evidence) -> set[str]:
    """Return the numbers of the invariants that do not hold."""
    return {line.split()[0] for line in violations(found)}


def test_what_is_right_passes() -> None:
    assert violations(evidence()) == []
    assert violations(resent()) == []
    held = message(state=MessageState.HELD, ses_message_id="")
    lost = [attempt(outcome=AttemptOutcome.UNKNOWN)]
    assert (
        violations(evidence(messages=[held], attempts=lost, bodies=frozenset({1})))
        == []
    )


def test_i1_a_phantom() -> None:
    """A mail was sent whose transaction was rolled back."""
    assert rules(evidence(ledger=[accepted(), accepted(pk=2)])) == {"I1"}


def test_i1_a_mail_without_our_tag() -> None:
    assert rules(evidence(ledger=[accepted(), replace(accepted(), tags={})])) == {"I1"}


def test_i2_a_message_that_never_comes_to_rest() -> None:
    for state in (
        MessageState.QUEUED,
        MessageState.CLAIMED,
        MessageState.SENDING,
        MessageState.UNCERTAIN,
    ):
        stuck = message(state=state)
        assert rules(evidence(messages=[stuck], bodies=frozenset({1}))) == {"I2"}


def test_i3_sent_with_the_id_of_another_mail() -> None:
    assert rules(evidence(messages=[message(ses_message_id="ses-9-1")])) == {"I3"}


def test_i3_sent_though_ses_never_had_it() -> None:
    assert rules(evidence(ledger=[])) == {"I3"}


def test_i4_lost_for_a_passing_reason() -> None:
    failed = message(state=MessageState.FAILED, reason="ServiceUnavailable")
    assert rules(evidence(messages=[failed], ledger=[])) == {"I4"}

    refused = message(state=MessageState.FAILED, reason="MessageRejected")
    assert rules(evidence(messages=[refused], ledger=[])) == set()


def test_i5_the_sdk_has_retried_by_itself() -> None:
    found = evidence(ledger=[accepted(), accepted(number=2)], copies_allowed=1)
    assert "I5" in rules(found)


def test_i5_an_attempt_that_nobody_wrote_down() -> None:
    assert rules(evidence(messages=[message(attempts=2)])) == {"I5"}


def test_i6_a_copy_of_what_was_not_in_doubt() -> None:
    sure = [attempt(), attempt(number=2)]
    assert rules(resent(attempts=sure)) == {"I6"}


def test_i7_more_copies_than_answers_were_lost() -> None:
    assert rules(resent(copies_allowed=0)) == {"I7"}


def test_i8_attempts_that_overlap() -> None:
    overlapping = [
        attempt(outcome=AttemptOutcome.UNKNOWN, ended_at_us=500),
        attempt(number=2),
    ]
    assert rules(resent(attempts=overlapping)) == {"I8"}


def test_i8_an_attempt_that_was_never_ended() -> None:
    left_open = [attempt(outcome=AttemptOutcome.OPEN, ended_at_us=None)]
    assert rules(evidence(attempts=left_open)) == {"I8"}


def test_i8_attempts_with_a_gap() -> None:
    gap = [attempt(outcome=AttemptOutcome.UNKNOWN), attempt(number=3)]
    assert rules(resent(attempts=gap)) == {"I8"}


def test_i9_a_body_that_outlives_its_message() -> None:
    assert rules(evidence(bodies=frozenset({1}))) == {"I9"}
    shared = [message(shares_body=True)]
    assert rules(evidence(messages=shared, bodies=frozenset({1}))) == set()


def test_i9_a_body_that_went_too_early() -> None:
    held = message(state=MessageState.HELD)
    assert rules(evidence(messages=[held], bodies=frozenset())) == {"I9"}


def test_i12_ses_had_to_refuse_for_the_rate() -> None:
    assert rules(evidence(rate_rejections=1)) == {"I12"}


def test_i14_a_copy_of_what_must_not_be_repeated() -> None:
    once = message(attempts=2, ses_message_id="ses-1-2", uncertain=Uncertain.HOLD)
    assert rules(resent(messages=[once])) == {"I14"}


def test_the_summary_counts_states() -> None:
    assert summary(evidence(messages=[message(1), message(2)])) == {"SENT": 2}
