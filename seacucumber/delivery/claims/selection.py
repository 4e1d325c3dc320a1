"""Which messages go next, and when: one look at the queue, under the pace's lock."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from django.db.models import Q

from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.delivery import outgoing_message
from seacucumber.delivery.claims.quota import QuotaGuard
from seacucumber.delivery.claims.suspects import Suspects
from seacucumber.delivery.holds.outage import OutageWatch
from seacucumber.delivery.outgoing_message import OutgoingMessage
from seacucumber.enums import HoldCause, HoldScope, Lane, MessageState, Uncertain
from seacucumber.models import Hold, MailMinute, Message, Pace, QuotaSlice
from seacucumber.models.queue.transitions import UNANSWERED
from seacucumber.pacing import Schedule

#: How far ahead of now a lane may take slots. Bulk sees little, so that the slots
#: of the next moment are left to mail that somebody waits for.
HORIZON_US = {Lane.TRANSACTIONAL: 500_000, Lane.BULK: 100_000}
#: For every ten transactional recipients, bulk mail gets one slot.
BULK_SHARE = 0.1
#: What a hold stops is put out of sight in such batches, and for so long at a time:
#: whoever else wants the pace waits meanwhile. The next claim goes on with it.
PARKED_AT_ONCE = 1000
PARK_FOR_S = 0.05
MAX_PICKED_BYTES = 64 * 1024 * 1024
_UNDER_WAY = (MessageState.CLAIMED, MessageState.SENDING)


@dataclass(slots=True)
class Claim:
    """What one look at the queue brought."""

    messages: list[OutgoingMessage] = field(default_factory=list)
    #: New slots, by message id, of messages whose slot had passed.
    renewed: dict[int, int] = field(default_factory=dict)
    #: Those that get none: to be put back.
    unrenewed: list[OutgoingMessage] = field(default_factory=list)
    #: Holds that the quota has placed or lifted, or an outage of SES.
    placed: list[Hold] = field(default_factory=list)
    lifted: list[Hold] = field(default_factory=list)
    #: When there may be more: the next free slot, in the database's time.
    next_slot_us: int = 0
    #: More was ready than there was room for.
    full: bool = False
    #: Slots have gone unused since the last claim, and cannot be made up for.
    gave_up: bool = False
    #: More is ready than this deliverer can carry, and slots go unused.
    behind: bool = False
    #: Nothing is ready in any lane.
    empty: bool = False
    #: There is one message, which workers may have died of: it must stay alone.
    alone: bool = False
    #: There is more to put out of sight before the rest is seen.
    unfinished: bool = False
    #: Somebody should be woken up who takes over.
    asks_for_relief: bool = False
    #: Somebody has taken over.
    relieved: bool = False
    #: There is nothing to do here: others attend, or nobody has to.
    dismissed: bool = False
    #: SES does not answer; what is claimed and not begun has to wait.
    silent: bool = False
    #: SES is to be asked, outside of the transaction, whether it answers again.
    question: Hold | None = None


class Selector:
    """Picks messages and slots while the row of the pace is locked.

    Args:
        room: How many messages to pick at most.
        window: How many the deliverer gets out within a slot's slack, as far as it
            knows.
        late: Messages that are claimed already, and have missed their slot.
        needed_s: How much of a lease must be left for a message to be sent.
        suspects: Whether a message may be picked that workers may have died of.
    """

    def __init__(
        self,
        pace: Pace,
        mailer: Mailer,
        quota: QuotaGuard,
        watch: OutageWatch,
        *,
        token: str,
        now_us: int,
        room: int,
        window: int | None = None,
        late: Sequence[OutgoingMessage] = (),
        needed_s: float = 0.0,
        suspects: Suspects = Suspects.NEVER,
    ) -> None:
        self.pace = pace
        self.mailer = mailer
        self.quota = quota
        self.watch = watch
        self.token = token
        self.now_us = now_us
        self.room = room
        self.window = window
        self.late = late
        self.suspects = suspects
        self.needed_until_us = clock.after_us(now_us, needed_s)
        self.schedule: Schedule = pace.schedule(mailer, now_us)
        self.picked: list[OutgoingMessage] = []
        self.renewed: dict[int, int] = {}
        self.unrenewed: list[OutgoingMessage] = []
        self.empty = True
        self.unfinished = False
        self.alone = False
        self.question: Hold | None = None
        self.holds = Hold.objects.active(pace.key)

    def run(self) -> Claim:
        """Pick, and leave the pace as it is to be saved."""
        outage = self.watch.review(self.pace, self.holds, self.now_us)
        review = self.quota.review(self.pace, outage.holds, self.now_us)
        self.holds = review.holds
        if outage.silent:
            # A probe goes on; without it, nobody would learn that SES is back.
            self.unrenewed.extend(p for p in self.late if not p.probes)
            self.late = [each for each in self.late if each.probes]
            self._renew_late()
            self._pick_outage_probe()
        else:
            self._pick()
        full = len(self.picked) >= self.room > 0
        behind = full and self._slots_to_spare()
        self._take()
        gave_up = self._give_up_slots()
        self.pace.keep(self.schedule)
        return Claim(
            messages=self.picked,
            renewed=self.renewed,
            unrenewed=self.unrenewed,
            next_slot_us=self.schedule.first_slot_us(self.now_us),
            full=full,
            gave_up=gave_up,
            behind=behind,
            empty=self.empty and not self.unfinished,
            unfinished=self.unfinished,
            alone=self.alone,
            placed=[*outage.placed, *review.placed],
            lifted=[*outage.lifted, *review.lifted],
            silent=outage.silent,
            question=self.question,
        )

    def _pick(self) -> None:
        self._pick_suspect(Suspects.FIRST)
        if not self.alone:
            self._pick_trusted()
        if not (self.picked or self.renewed):
            self._pick_suspect(Suspects.LAST)

    def _pick_trusted(self) -> None:
        self._renew_late()
        self._pick_probes()
        if not self._is_stopped:
            self._pick_lane(Lane.TRANSACTIONAL)
            self._pick_lane(Lane.BULK)

    @property
    def _is_stopped(self) -> bool:
        return any(hold.scope == HoldScope.ACCOUNT for hold in self.holds)

    def _pick_suspect(self, when: Suspects) -> None:
        """Pick one that workers may have died of, if none of these is under way."""
        if self.suspects is not when or self._is_stopped:
            return
        for lane in Lane:
            limit = min(1, self._limit(self.now_us + HORIZON_US[lane]))
            for suspect in self._ready(lane, limit, suspects=True):
                if Message.objects.suspects_under_way(self.pace.key).exists():
                    return
                self._reserve(suspect)
                self.alone, self.empty = True, False
                return

    def _slots_to_spare(self) -> bool:
        """Whether the schedule runs behind the clock by all that can be caught up."""
        lag_us = self.now_us - self.schedule.next_slot_us
        return lag_us >= self.schedule.catch_up_us // 2

    def _renew_late(self) -> None:
        """Give new slots to what is claimed already: for these, the work is done."""
        if self.late:
            # Whoever is late has no use for slots of the past.
            _, self.schedule = self.schedule.given_up(0.0, self.now_us)
        for outgoing in self.late:
            self._renew(outgoing)

    def _renew(self, outgoing: OutgoingMessage) -> None:
        """Give another slot to a message that has missed its own, if it may go now."""
        stopped = any(
            h.stops(outgoing) and h not in outgoing.probes for h in self.holds
        )
        expired = (
            outgoing.expires_at_us is not None and outgoing.expires_at_us < self.now_us
        )
        horizon_us = self.now_us + HORIZON_US[Lane(outgoing.lane)]
        far = self.schedule.first_slot_us(self.now_us) > horizon_us
        lost = outgoing.lease_until_us < self.needed_until_us
        if stopped or expired or far or lost:
            self.unrenewed.append(outgoing)
        else:
            self.renewed[outgoing.pk] = self._slot(outgoing)

    def _give_up_slots(self) -> bool:
        """Give up what this deliverer could not use of the past's slots, so that those
        it takes have all their slack before them. Return whether there were any.

        Where it is late already, the time that this claim itself has taken counts, too.
        """
        if self.late:
            took_us = clock.read_us(Message.objects.db) - self.now_us
            self._move_slots(took_us)
            self.schedule = replace(
                self.schedule, next_slot_us=self.schedule.next_slot_us + took_us
            )
        taken = len(self.picked) + len(self.renewed)
        if self.window is None or not taken or len(self.picked) < self.room:
            return False
        recipients = sum(outgoing.recipient_count for outgoing in self.picked) or 1
        each = recipients / (len(self.picked) or 1)
        usable_us = self.window * each * self.schedule.interval_us(self.now_us)
        moved_us, self.schedule = self.schedule.given_up(usable_us, self.now_us)
        self._move_slots(moved_us)
        return moved_us > 0

    def _move_slots(self, by_us: int) -> None:
        for outgoing in self.picked:
            outgoing.slot_us += by_us
        self.renewed = {pk: slot + by_us for pk, slot in self.renewed.items()}

    def _pick_lane(self, lane: Lane) -> None:
        horizon_us = self.now_us + HORIZON_US[lane]
        owed = lane is Lane.BULK and self.pace.bulk_credit >= 1
        limit = self._limit(horizon_us) or int(owed and self.room > len(self.picked))
        if not limit:
            # No slot or no room: whether anything waits is not known.
            self.empty = False
            return
        found = 0
        for outgoing in self._ready(lane, limit):
            found += 1
            if self.schedule.first_slot_us(self.now_us) > horizon_us and not owed:
                break
            self._reserve(outgoing)
            owed = False
        self.empty = self.empty and not found
        self._account_for_bulk(lane, found)

    def _limit(self, horizon_us: int) -> int:
        """Return how many messages of one recipient have a slot before the horizon."""
        ahead_us = horizon_us - self.schedule.first_slot_us(self.now_us)
        if ahead_us < 0:
            return 0
        slots = int(ahead_us / self.schedule.interval_us(self.now_us)) + 1
        return max(0, min(slots, self.room - len(self.picked)))

    def _ready(
        self, lane: Lane, limit: int, *, suspects: bool = False
    ) -> Iterator[OutgoingMessage]:
        """Yield what may be sent; park what is held, fail what is too old."""
        size_bytes = 0
        for outgoing in self._not_held(lane, limit, suspects=suspects):
            if (
                outgoing.expires_at_us is not None
                and outgoing.expires_at_us < self.now_us
            ):
                Message.objects.expire([outgoing.pk], now_us=self.now_us)
                # What comes after it has not been looked at.
                self.empty = False
                continue
            size_bytes += outgoing.size_bytes
            if size_bytes > MAX_PICKED_BYTES and outgoing.size_bytes < size_bytes:
                return
            yield outgoing

    def _not_held(
        self, lane: Lane, limit: int, *, suspects: bool
    ) -> list[OutgoingMessage]:
        ready = Message.objects.ready(self.pace.key, lane, self.now_us)
        ready = ready.suspects(self.now_us) if suspects else ready.trusted()
        began_s = time.monotonic()
        while True:
            found = outgoing_message.read_outgoing(ready[:limit])
            stopping = [h for h in self.holds if any(h.stops(p) for p in found)]
            if not stopping:
                return found
            parked = Message.objects.park(
                reduce(or_, (hold.messages() for hold in stopping)),
                pace_key=self.pace.key,
                lane=lane,
                now_us=self.now_us,
                at_most=PARKED_AT_ONCE,
            )
            # None: the database compares text in another way than we do.
            self.unfinished = time.monotonic() - began_s > PARK_FOR_S
            if not parked or self.unfinished:
                return [p for p in found if not any(h.stops(p) for h in stopping)]

    def _pick_probes(self) -> None:
        """Let one message through each hold whose probe is due."""
        for hold in self.holds:
            if not hold.is_due(self.now_us) or len(self.picked) >= self.room:
                continue
            probe = self._probe(hold)
            if probe is not None and hold.postpone_probe(self.now_us):
                self._let_through(probe, hold)

    def _pick_outage_probe(self) -> None:
        """Let one message through if SES has answered a question, or have that asked.

        All other probes wait: they would only go unanswered.
        """
        held = [hold for hold in self.holds if hold.cause == HoldCause.SES_SILENT]
        if not held:
            # A moment more, until others have reported; then there is a hold.
            self.empty = False
            return
        [hold] = held
        asked, self.watch.asked = self.watch.asked == hold.pk, None
        if not (asked or hold.is_due(self.now_us)) or self._is_under_way(hold):
            return
        probe = self._probe(hold)
        if probe is None or not self.room:
            return
        if asked:
            self._let_through(probe, hold)
        elif hold.postpone_probe(self.now_us):
            self.question = hold
            self.empty = False

    def _is_under_way(self, hold: Hold) -> bool:
        """Tell whether the last probe is still waited for: one at a time is enough."""
        probe = Message.objects.filter(pk=hold.probe_message or 0)
        return probe.filter(state__in=_UNDER_WAY).exists()

    def _let_through(self, probe: OutgoingMessage, hold: Hold) -> None:
        risky = (
            hold.cause == HoldCause.SES_SILENT and probe.uncertain != Uncertain.RESEND
        )
        hold.let_through(probe.pk, risky=risky, now_us=self.now_us)
        probe.turn_of = hold
        self._reserve(probe)
        self.empty = False

    def _probe(self, hold: Hold) -> OutgoingMessage | None:
        """Return a message that shows whether a hold is still needed.

        Never one that is stopped by hand or too old, and rather one that nothing else
        stops: its acceptance lifts all holds that it went through.
        """
        silent = hold.cause == HoldCause.SES_SILENT
        waiting = Message.objects.waiting(hold.messages(), self.now_us)
        if silent:
            # The waits between their tries end with the outage, so they do not count.
            waiting |= Message.objects.unanswered(self.pace.key)
        waiting = waiting.trusted().exclude(
            Q(pk__in=[outgoing.pk for outgoing in self.picked])
            | Q(expires_at_us__lt=self.now_us)
        )
        others = Q(pk__in=())
        for other in self.holds:
            if other.probe_at_us is None:
                waiting = waiting.filter(~other.messages())
            elif other is not hold:
                others |= other.messages()
        if silent:
            # The same one again, or another that went unanswered before; and rather
            # one that may go out twice.
            may_repeat = Q(uncertain=Uncertain.RESEND)
            tried = may_repeat & Q(reason=UNANSWERED)
            again = may_repeat & Q(pk=hold.probe_message or 0)
            choices = [again, tried, may_repeat, Q()]
        else:
            choices = [~others, Q()]
        for choice in choices:
            rows = waiting.filter(choice)
            for probe in outgoing_message.read_outgoing(rows[:1]):
                probe.probes = tuple(h for h in self.holds if h.stops(probe))
                return probe
        return None

    def _reserve(self, outgoing: OutgoingMessage) -> None:
        outgoing.slot_us = self._slot(outgoing)
        self.picked.append(outgoing)

    def _slot(self, outgoing: OutgoingMessage) -> int:
        slot_us, self.schedule = self.schedule.reserve(
            outgoing.recipient_count, self.now_us
        )
        return slot_us

    def _account_for_bulk(self, lane: Lane, found: int) -> None:
        sent = sum(p.recipient_count for p in self.picked if p.lane == lane)
        if lane is Lane.TRANSACTIONAL:
            self.pace.bulk_credit = min(1.0, self.pace.bulk_credit + BULK_SHARE * sent)
        elif self.pace.bulk_credit > 0:
            # What nobody claims is not saved up.
            self.pace.bulk_credit = self.pace.bulk_credit - sent if found else 0.0

    def _take(self) -> None:
        if not self.picked:
            return
        lease_until_us = clock.after_us(self.now_us, self.mailer.lease_s)
        for outgoing in self.picked:
            outgoing.lease_until_us = lease_until_us
        ours = Message.objects.claim(
            [outgoing.pk for outgoing in self.picked],
            token=self.token,
            due_at_us=lease_until_us,
            now_us=self.now_us,
        )
        self.picked = [each for each in self.picked if each.pk in ours]
        MailMinute.objects.count_sent(
            self.pace.key, count_by_lane(self.picked), now_us=self.now_us
        )
        if self.pace.day_quota:
            QuotaSlice.objects.add_recipients(
                self.pace.key,
                sum(outgoing.recipient_count for outgoing in self.picked),
                now_us=self.now_us,
            )


def count_by_lane(messages: Iterable[OutgoingMessage]) -> Counter[int]:
    """Return how many recipients each lane has among messages."""
    recipients: Counter[int] = Counter()
    for outgoing in messages:
        recipients[outgoing.lane] += outgoing.recipient_count
    return recipients
