"""What one deliverer has in hand: claimed, under way, answered."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable

from seacucumber.conf import Mailer
from seacucumber.delivery.connections import Clock, Connections
from seacucumber.delivery.parcel import Answer, Parcel, load
from seacucumber.delivery.suppressing import nobody_left, withhold
from seacucumber.exceptions import OutcomeUnknown, Refused
from seacucumber.models.clock import US_PER_S, after_us

CONNECTIONS = 64
#: Some are claimed ahead, and not one by one.
CLAIM_AHEAD = CONNECTIONS + CONNECTIONS // 2
CLAIM_AT_LEAST = CONNECTIONS // 8
#: How long before its slot a message is begun: the time that a commit takes.
LEAD_US = 10_000
#: How long answers are collected before they are settled together.
GROUP_WAIT_S = 0.015


class Hands:
    """Parcels on their way, and the connections that they go through.

    Args:
        mailer: Whose call deadline holds.
        clock: Returns the database's time in microseconds.
    """

    def __init__(self, mailer: Mailer, clock: Clock) -> None:
        self.claimed: list[Parcel] = []
        self.under_way: dict[int, Parcel] = {}
        self.answers: list[Answer] = []
        self._mailer = mailer
        self._clock = clock
        self._connections = Connections(CONNECTIONS, clock)

    @property
    def empty(self) -> bool:
        """Whether nothing is in hand."""
        return not (self.claimed or self.under_way or self.answers)

    @property
    def room(self) -> int:
        """How many more may be claimed."""
        held = len(self.claimed) + len(self.under_way) + len(self.answers)
        return CLAIM_AHEAD - held

    @property
    def free(self) -> int:
        """How many calls may begin."""
        return CONNECTIONS - len(self.under_way)

    def take(self, parcels: list[Parcel]) -> None:
        """Take claimed parcels, with their bodies and those who may get them."""
        for bodiless in load(parcels):
            error = Refused("BodyMissing", "Its body is gone; it cannot be sent.")
            self.answers.append(Answer(bodiless, error=error))
        whole = [parcel for parcel in parcels if parcel.raw]
        for nobodys in withhold(whole, self._mailer.pace_key, self._clock()):
            self.answers.append(Answer(nobodys, error=nobody_left(nobodys)))
        self.claimed.extend(parcel for parcel in whole if parcel.recipients)

    def due(self, slack_us: int) -> tuple[list[Parcel], list[Parcel]]:
        """Return the parcels to begin now, and those whose slot has passed."""
        now_us = self._clock()
        due = [parcel for parcel in self.claimed if parcel.slot_us <= now_us + LEAD_US]
        late = [parcel for parcel in due if parcel.slot_us < now_us - slack_us]
        begin = [parcel for parcel in due if parcel.slot_us >= now_us - slack_us]
        return begin[: self.free], late

    def let_go(self, parcels: Iterable[Parcel]) -> None:
        """Forget claimed parcels that were begun, or given back."""
        gone = {parcel.pk for parcel in parcels}
        self.claimed = [parcel for parcel in self.claimed if parcel.pk not in gone]

    def send(self, parcel: Parcel, slack_us: int) -> None:
        """Start a call, at the parcel's slot."""
        deadline_s = self._mailer.call_deadline_s + parcel.upload_s
        start_us = max(parcel.slot_us, self._clock())
        parcel.deadline_us = after_us(start_us, deadline_s)
        self.under_way[parcel.pk] = parcel
        self._connections.submit(parcel, latest_us=parcel.slot_us + slack_us)

    def give_up_on_overdue(self) -> None:
        """A socket that drips never times out: the call's own deadline ends it."""
        now_us = self._clock()
        for parcel in list(self.under_way.values()):
            if parcel.deadline_us < now_us:
                del self.under_way[parcel.pk]
                self._connections.give_up_on_one()
                error = OutcomeUnknown(
                    "Deadline", "SES did not answer within the call's deadline."
                )
                self.answers.append(Answer(parcel, error=error))

    def collect(self, until_s: float) -> None:
        """Take answers until a monotonic time, or a moment after the first."""
        while self.under_way or until_s > time.monotonic():
            wait_s = max(0.0, until_s - time.monotonic())
            try:
                answer = self._connections.answers.get(timeout=wait_s)
            except queue.Empty:
                return
            self._take_answer(answer)
            if len(self.answers) >= CONNECTIONS // 2:
                return
            group_s = GROUP_WAIT_S if self.under_way else 0.0
            until_s = min(until_s, time.monotonic() + group_s)

    def next_begin_s(self) -> float:
        """Return the monotonic time at which a claimed parcel is due."""
        if not (self.claimed and self.free):
            return float("inf")
        first_us = min(parcel.slot_us for parcel in self.claimed)
        wait_s = (first_us - LEAD_US - self._clock()) / US_PER_S
        return time.monotonic() + wait_s

    def close(self) -> None:
        """Let the connections' threads end."""
        self._connections.close()

    def _take_answer(self, answer: Answer) -> None:
        parcel = answer.parcel
        if self.under_way.get(parcel.pk) is parcel:
            del self.under_way[parcel.pk]
            self._connections.answered()
            self.answers.append(answer)
        elif answer.error is None:
            # Given up on, but accepted after all.
            self.answers.append(answer)
