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
