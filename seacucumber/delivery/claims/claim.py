"""Who delivers for an account, and its claims: each one short transaction.

The pace's row is locked first, so claims of one account never race, on any database.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.db.retry import persist
from seacucumber.delivery.claims.processors import RunQueue, processors
from seacucumber.delivery.claims.quota import QuotaGuard
from seacucumber.delivery.claims.selection import Claim, Selector
from seacucumber.delivery.claims.suspects import Suspects
from seacucumber.delivery.holds.host_clock import HOST, note
from seacucumber.delivery.holds.lifecycle import unpark_unheld
from seacucumber.delivery.holds.outage import OutageWatch
from seacucumber.delivery.outgoing_message import OutgoingMessage
from seacucumber.enums import MessageState
from seacucumber.models import Message, Pace
from seacucumber.models.queue.pace import UNKNOWN_RATE_PER_S

#: Must be longer than senders of wake-ups keep still after one (tasks.wakeup).
LINGER_US = 1_500_000
#: Part of a lease that must be left over for settling.
MARGIN_S = 2.0
#: What another deliverer cannot send, it puts back within this after its claim.
PUT_BACK_WITHIN_US = 2 * US_PER_S
#: How long a locked database may keep a deliverer from joining.
JOIN_FOR_S = 5.0


@dataclass(slots=True)
class Claimer:
    """Claims messages of one account for one deliverer."""

    mailer: Mailer
    using: str
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    #: As of the last claim.
    rate_per_s: float = UNKNOWN_RATE_PER_S
    quota: QuotaGuard = field(init=False)
    watch: OutageWatch = field(init=False)
    _asked: bool = False
    _was_full: bool = False
    _run_queue: RunQueue = field(default_factory=RunQueue)

    def __post_init__(self) -> None:
        self.quota = QuotaGuard(self.mailer.quota_reserve)
        self.watch = OutageWatch(self.token)

    def join(self) -> bool:
        """Return whether this deliverer is needed. Those who attend stay on for it."""
        key = self.mailer.pace_key
        persist(self.using, lambda: Pace.objects.ensure(key), for_s=JOIN_FOR_S)
        return persist(self.using, self._join, for_s=JOIN_FOR_S)

    def _join(self) -> bool:
        pace = Pace.objects.lock(self.mailer.pace_key)
        now_us = clock.read_us(self.using)
        pace.forget_future(now_us)
        pace.idle_until_us = now_us + LINGER_US
        attendants = pace.attendants(now_us)
        # The COMMIT of a try before this one may not have been answered.
        joined = attendants.pop(self.token, None) is not None
        here = sum(host == HOST for host in attendants.values())
        # More than there are processors would only take turns.
        helpful = pace.behind and here < processors()
        needed = joined or not attendants or bool(pace.hand_over_from) or helpful
        if needed:
            pace.behind = False
            pace.hand_over_from = ""
            pace.register_worker(self.token, HOST, now_us)
        pace.save()
        return needed

    def claim(
        self,
        room: int,
        *,
        window: int | None = None,
        late: Sequence[OutgoingMessage] = (),
        may_be_behind: bool = True,
        may_leave: bool = False,
        wants_relief: bool = False,
        suspects: Suspects = Suspects.NEVER,
    ) -> Claim:
        """Claim at most ``room`` messages, each with its slot.

        Args:
            window: How many the deliverer gets out within a slot's slack; None leaves
                no slot of the past unused.
            late: Messages of this deliverer that have missed their slot.
            may_be_behind: The deliverer knows what it can carry.
            may_leave: The deliverer has nothing in hand; if nothing is queued either,
                and nobody has asked it to linger, it stops attending.
            wants_relief: The deliverer's turn ends soon.
            suspects: Whether a message may be claimed, alone, that workers may have
                died of. Only who has nothing in hand may ask for one.
        """
        with transaction.atomic(using=self.using, savepoint=False):
            pace = Pace.objects.lock(self.mailer.pace_key)
            now_us = clock.read_us(self.using)
            pace.forget_future(now_us)
            if wants_relief and not late and self._may_go(pace, now_us):
                pace.attending.pop(self.token, None)
                pace.save(update_fields=["attending"])
                return Claim(relieved=True)
            selector = Selector(
                pace,
                self.mailer,
                self.quota,
                self.watch,
                token=self.token,
                now_us=now_us,
                room=room,
                window=window,
                late=late,
                needed_s=self.mailer.call_deadline_s + MARGIN_S,
                suspects=suspects,
            )
            claim = selector.run()
            pace.behind = claim.behind = may_be_behind and self._is_behind(claim)
            self.rate_per_s = selector.schedule.rate_per_s
            pace.register_worker(self.token, HOST, now_us)
            ask = wants_relief and not (pace.hand_over_from or self._asked)
            if ask and not claim.empty:
                pace.hand_over_from = self.token
                self._asked = claim.asks_for_relief = True
            if may_leave and claim.empty and pace.may_leave(now_us):
                claim.dismissed = True
                del pace.attending[self.token]
            pace.save()
        return claim

    def _is_behind(self, claim: Claim) -> bool:
        """Whether more deliverers would help. Where this one waits for a processor,
        others would only make it wait longer.
        """
        behind = claim.behind or (claim.gave_up and claim.full and self._was_full)
        self._was_full = claim.full
        return behind and not self._run_queue.crowded()

    def _may_go(self, pace: Pace, now_us: int) -> bool:
        """Whether somebody has come instead, or the others suffice."""
        others = pace.attendants(now_us).keys() - {self.token}
        if self._asked:
            return pace.hand_over_from != self.token
        return bool(others) and not pace.behind

    def note_clock(self) -> None:
        """Write down how this host's clock stands, once SES has answered."""
        if self.watch.answered_at_us:
            note(
                self.using,
                self.mailer.pace_key,
                answered_at_us=self.watch.answered_at_us,
            )

    def is_drained(self, now_us: int) -> bool:
        """Tell whether nothing is left to wait for, when nothing is ready."""
        if unpark_unheld(self.mailer.pace_key, now_us):
            return False
        # Others may put back within a moment what they have just claimed.
        claimed = Message.objects.filter(
            pace_key=self.mailer.pace_key,
            state=MessageState.CLAIMED,
            state_at_us__gt=now_us - PUT_BACK_WITHIN_US,
        ).exclude(lease_token=self.token)
        return not claimed.exists()

    def leave(self) -> None:
        """Stop attending: whoever wakes up next delivers."""
        persist(self.using, self._leave, for_s=JOIN_FOR_S)

    def _leave(self) -> None:
        pace = Pace.objects.lock(self.mailer.pace_key)
        pace.attending.pop(self.token, None)
        if pace.hand_over_from == self.token:
            pace.hand_over_from = ""
        pace.save(update_fields=["attending", "hand_over_from"])
