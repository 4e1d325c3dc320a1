"""By which of its recipients a message is judged."""

from __future__ import annotations

from itertools import pairwise

import pytest

from seacucumber.admin.messages.delivery_status import explain_statuses, gravest
from seacucumber.enums import DeliveryStatus

#: What asks somebody to act comes before what only informs, and that before good news.
GRAVEST_FIRST = [
    DeliveryStatus.COMPLAINED,
    DeliveryStatus.BOUNCED,
    DeliveryStatus.REJECTED,
    DeliveryStatus.SOFT_BOUNCED,
    DeliveryStatus.SUPPRESSED,
    DeliveryStatus.DELAYED,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.UNKNOWN,
]


@pytest.mark.parametrize(("graver", "lighter"), list(pairwise(GRAVEST_FIRST)))
def test_the_gravest_delivery_status_is_the_headline(
    graver: DeliveryStatus, lighter: DeliveryStatus
) -> None:
    assert gravest([lighter, graver, lighter]) is graver


@pytest.mark.parametrize(
    "status",
    [status for status in DeliveryStatus if status is not DeliveryStatus.UNKNOWN],
)
def test_every_delivery_status_is_told_in_words(status: DeliveryStatus) -> None:
    told = explain_statuses([status])

    assert told is not None
    assert all(told)


def test_nothing_is_said_before_anything_is_known() -> None:
    assert explain_statuses([DeliveryStatus.UNKNOWN, DeliveryStatus.UNKNOWN]) is None
