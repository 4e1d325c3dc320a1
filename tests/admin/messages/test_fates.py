"""By which of its recipients a message is judged."""

from __future__ import annotations

from itertools import pairwise

import pytest

from seacucumber.admin.messages.fates import explain_fates, gravest
from seacucumber.enums import Fate

#: What asks somebody to act comes before what only informs, and that before good news.
GRAVEST_FIRST = [
    Fate.COMPLAINED,
    Fate.BOUNCED,
    Fate.REJECTED,
    Fate.SOFT_BOUNCED,
    Fate.SUPPRESSED,
    Fate.DELAYED,
    Fate.DELIVERED,
    Fate.UNKNOWN,
]


@pytest.mark.parametrize(("graver", "lighter"), list(pairwise(GRAVEST_FIRST)))
def test_the_gravest_fate_is_the_headline(graver: Fate, lighter: Fate) -> None:
    assert gravest([lighter, graver, lighter]) is graver


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.UNKNOWN])
def test_every_fate_is_told_in_words(fate: Fate) -> None:
    told = explain_fates([fate])

    assert told is not None
    assert all(told)


def test_nothing_is_said_before_anything_is_known() -> None:
    assert explain_fates([Fate.UNKNOWN, Fate.UNKNOWN]) is None
