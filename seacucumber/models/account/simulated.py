"""Our own mail to the mailbox simulator, taken out of what SES counted.

AWS leaves the simulator out of an account's reputation, and does not say whether
``GetSendStatistics`` does: where a quarter of an hour has less than we sent to the
simulator, nothing is taken below zero, and no other quarter loses for it.
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import connections, router
from django.db.models import Count, F, Q

from seacucumber.db import clock
from seacucumber.db.prefix import begins_with
from seacucumber.enums import MessageState
from seacucumber.models.queue.message import Recipient
from seacucumber.ses.inbound import simulator

#: A point: when it begins; attempts, bounces, complaints, rejects.
Point = tuple[datetime, int, int, int, int]

_QUARTER_US = 15 * 60 * clock.US_PER_S
#: What one mail to such an address counts: attempts, bounces, complaints.
_COUNTS: dict[str, tuple[int, int, int]] = {
    "success": (1, 0, 0),
    "ooto": (1, 0, 0),
    "bounce": (1, 1, 0),
    "suppressionlist": (1, 1, 0),
    "complaint": (1, 0, 1),
}


def without_simulator(key: str, points: Iterable[Point]) -> list[Point]:
    """Return the points of an account, less what its queue sent to the simulator."""
    rows = list(points)
    if not rows:
        return []
    sent = _sent(key, min(_us(row[0]) for row in rows))
    return [_less(row, sent) for row in rows]


def _less(row: Point, sent: dict[int, list[int]]) -> Point:
    at, attempts, bounces, complaints, rejects = row
    start_us = _us(at) - _us(at) % _QUARTER_US
    if start_us not in sent:
        return row
    simulated = sent[start_us]
    return (
        at,
        max(0, attempts - simulated[0]),
        max(0, bounces - simulated[1]),
        max(0, complaints - simulated[2]),
        rejects,
    )


def _sent(key: str, since_us: int) -> dict[int, list[int]]:
    """Return attempts, bounces and complaints by the quarter that they are in."""
    rows = (
        Recipient.objects.filter(
            _of_the_simulator(),
            message__pace_key=key,
            message__state=MessageState.SENT,
            message__state_at_us__gte=since_us - since_us % _QUARTER_US,
        )
        .annotate(
            start_us=F("message__state_at_us") - F("message__state_at_us") % _QUARTER_US
        )
        .values_list("start_us", "address")
        .annotate(number=Count("id"))
        .order_by()
    )
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for start_us, address, number in rows:
        local = address.partition("@")[0].partition("+")[0]
        for column, count in enumerate(_COUNTS[local]):
            sums[int(start_us)][column] += count * number
    return dict(sums)


def _of_the_simulator() -> Q:
    """Return the condition on addresses, labels included, that an index answers."""
    vendor = connections[router.db_for_write(Recipient)].vendor
    plain = Q(address__in=[f"{local}@{simulator.DOMAIN}" for local in _COUNTS])
    labelled = [
        begins_with(f"{local}+", vendor) & Q(address__endswith=f"@{simulator.DOMAIN}")
        for local in _COUNTS
    ]
    return reduce(or_, labelled, plain)


def _us(at: datetime) -> int:
    return int(clock.aware(at).timestamp() * clock.US_PER_S)
