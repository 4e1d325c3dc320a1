from __future__ import annotations

import pytest

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.models import Hold
from seacucumber.text.holds import (
    after_lifting,
    cause_of,
    consequence_of,
    headline_of,
    is_grave,
    remedy_of,
    subject_of,
    widest_first,
)


@pytest.mark.parametrize("cause", HoldCause)
@pytest.mark.parametrize("scope", HoldScope)
def test_every_hold_is_explained_and_has_a_cure(
    scope: HoldScope, cause: HoldCause
) -> None:
    hold = Hold(scope=scope, cause=cause, value="bulk")

    assert headline_of(hold).lower().startswith(subject_of(hold).lower())
    assert headline_of(hold).endswith(".")
    assert remedy_of(hold).endswith(".")
    assert "SES said" not in remedy_of(hold)
    assert "nothing is lost" in consequence_of(hold, [hold])


def test_a_cause_of_a_later_version_breaks_nothing() -> None:
    hold = Hold(scope="planet", cause="solar-flare", value="x")

    assert headline_of(hold) == "Mail of planet x waits: solar-flare."
    assert cause_of(hold) == "solar-flare"
    assert remedy_of(hold).endswith(".")


def test_what_everybody_waits_for_is_grave_unless_somebody_wanted_it() -> None:
    account, lane = HoldScope.ACCOUNT, HoldScope.LANE

    assert is_grave(Hold(scope=account, cause=HoldCause.CREDENTIALS))
    assert not is_grave(Hold(scope=account, cause=HoldCause.OPERATOR))
    assert not is_grave(Hold(scope=lane, cause=HoldCause.QUOTA, value="bulk"))


def test_marks_that_turn_the_writing_round_are_left_out() -> None:
    hold = Hold(scope=HoldScope.SENDER, cause="x\u202ey", value="a\u202eb@example.com")

    assert "\u202e" not in headline_of(hold)


def test_a_signature_that_cannot_be_made_leads_to_the_settings_or_to_the_key() -> None:
    """Settings hold the mail of their mailer, a key in the database its domain's."""
    signing = HoldCause.SIGNING

    assert "DKIM_PRIVATE_KEY" in remedy_of(Hold(scope=HoldScope.MAILER, cause=signing))
    assert "DKIM keys" in remedy_of(Hold(scope=HoldScope.SENDER, cause=signing))


BULK = Hold(pk=1, scope=HoldScope.LANE, value="bulk", cause=HoldCause.OPERATOR)
EVERYTHING = Hold(pk=2, scope=HoldScope.ACCOUNT, cause=HoldCause.OPERATOR)
SENDER = Hold(pk=3, scope=HoldScope.SENDER, value="a@b.example", cause="signing")
REST = Hold(pk=4, scope=HoldScope.LANE, value="transactional", cause="quota")


@pytest.mark.parametrize("wider", [[EVERYTHING], [REST], [EVERYTHING, SENDER]])
def test_nothing_is_said_of_other_mail_where_a_wider_hold_stops_it(
    wider: list[Hold],
) -> None:
    """Bulk stopped, then everything stopped: all other mail does not leave."""
    assert "no other mail" in consequence_of(BULK, [BULK, SENDER])
    assert consequence_of(BULK, [BULK, *wider]) == "It is kept and nothing is lost."


def test_the_widest_hold_is_read_first() -> None:
    read = widest_first([SENDER, BULK, EVERYTHING])
    assert read == [EVERYTHING, BULK, SENDER]


def test_what_resuming_brings_is_told_by_the_holds_that_stay() -> None:
    assert after_lifting(BULK, []).startswith("The mail that waited leaves")
    assert "all mail of this account is stopped" in after_lifting(BULK, [EVERYTHING])
    assert "what no other hold stops" in after_lifting(BULK, [SENDER])
