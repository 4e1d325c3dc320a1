"""Short words for tests about claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seacucumber.conf import Mailer, get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.claims.selection import Claim
from seacucumber.enums import HoldCause, HoldScope
from seacucumber.models import Hold, Pace
from tests.queue import USING


@dataclass(slots=True)
class Hand:
    """The database's clock, as the test moves it."""

    now_us: int

    def move(self, seconds: float) -> None:
        self.now_us += int(seconds * US_PER_S)


def new_claimer(mailer: Mailer | None = None) -> Claimer:
    mailer = mailer or get_mailer()
    Pace.objects.ensure(mailer.pace_key)
    return Claimer(mailer, USING)


def pks(claim: Claim) -> list[int]:
    return [outgoing.pk for outgoing in claim.messages]


def pace(**values: Any) -> Pace:
    Pace.objects.filter(key=get_mailer().pace_key).update(**values)
    return Pace.objects.get(key=get_mailer().pace_key)


def place(
    scope: HoldScope,
    value: str = "",
    *,
    cause: HoldCause = HoldCause.CREDENTIALS,
    probe_at_us: int | None,
) -> Hold:
    hold, _ = Hold.objects.place(
        get_mailer().pace_key,
        scope=scope,
        value=value,
        cause=cause,
        detail="Stopped.",
        now_us=0,
    )
    hold.probe_at_us = probe_at_us
    hold.save()
    return hold
