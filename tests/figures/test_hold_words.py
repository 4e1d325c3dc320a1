from __future__ import annotations

import pytest

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.figures import explain
from seacucumber.models import Hold


@pytest.mark.parametrize("cause", HoldCause)
@pytest.mark.parametrize("scope", HoldScope)
def test_every_hold_is_explained_and_has_a_cure(
    scope: HoldScope, cause: HoldCause
) -> None:
    words = explain(Hold(scope=scope, cause=cause, value="bulk"))

    assert words.headline.endswith(".")
    assert words.cure.endswith(".")
    assert "nothing is lost" in words.consequence


def test_a_cause_of_a_later_version_breaks_nothing() -> None:
    words = explain(Hold(scope="planet", cause="solar-flare", value="x"))

    assert "solar-flare" in words.headline


def test_a_signature_that_cannot_be_made_leads_to_the_settings_or_to_the_key() -> None:
    """Settings hold the mail of their mailer, a key in the database its domain's."""
    of_settings = explain(Hold(scope=HoldScope.MAILER, cause=HoldCause.SIGNING))
    of_key = explain(Hold(scope=HoldScope.SENDER, cause=HoldCause.SIGNING))

    assert of_settings.cure == "Correct the DKIM settings."
    assert of_key.cure == "Look at the domain's key under DKIM keys."
