"""Nothing runs for a day: no worker, no beat."""

from __future__ import annotations

import pytest

from seacucumber.enums import MessageState
from seacucumber.testing import LocalSES
from tests.days import HOUR_S, MINUTE_S, Days, states
from tests.faults.conftest import Figures
from tests.faults.test_outage import assert_well, copies
from tests.queue import put, put_many, state

DAY_S = 24 * HOUR_S


@pytest.mark.home(only=True)
@pytest.mark.django_db
def test_a_queue_that_was_left_alone_for_a_day_goes_out_once(
    ses: LocalSES, days: Days, figures: Figures
) -> None:
    """What was worth something for an hour only does not go out a day late."""
    before = states().total()
    put_many(200)
    stale = put(expires_s=HOUR_S)

    days.jump(DAY_S)
    put_many(20)
    days.wait(5 * MINUTE_S)

    assert state(stale) == MessageState.FAILED
    assert states() == {"SENT": before + 220, "FAILED": 1}
    assert_well(ses)
    figures(messages=221, hours=24, expired=1, lost=0, twice=copies(ses))
