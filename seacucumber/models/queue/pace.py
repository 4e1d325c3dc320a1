"""The one clock that paces an account and region, whatever sends for it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from seacucumber import pacing
from seacucumber.db import clock
from seacucumber.db.locks import lock_by_key
from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.models.queue.quota import QuotaSlice
from seacucumber.pacing import MAX_RECIPIENTS
from seacucumber.setting_values import SLOWEST_PER_S

if TYPE_CHECKING:
    from seacucumber.conf import Mailer

#: Until the account's own rate is known, as in Sea Cucumber 1.5 (and SES's sandbox).
UNKNOWN_RATE_PER_S = 1.0
#: How far ahead a slot may lie whatever the rate: a pause, and what lanes look ahead.
_FARTHEST_SLOT_S = 60.0
#: A slot beyond that was taken before the clock was set back. The next is so far ahead,
#: for what was claimed before may still be on its way.
_AFRESH_US = clock.US_PER_S
#: The longest that anybody is asked to linger.
_LONGEST_LINGER_S = 60.0
#: Moments of the past: what is later than now was written before a jump of the clock.
_PAST = (
    *("factor_at_us", "learned_at_us", "swept_at_us"),
    *("unanswered_since_us", "unanswered_at_us", "outage_ended_us"),
)

#: The columns that tell of calls which SES has not answered.
UNANSWERED_FIELDS = (
    "unanswered_calls",
    "unanswered_messages",
    "unanswered_message",
    "unanswered_since_us",
    "unanswered_at_us",
    "unanswered_detail",
)

#: A deliverer that is not heard of for so long no longer attends.
ATTENDED_S = 3.0


class PaceQuerySet(PrimaryQuerySet["Pace"]):
    """Paces, found, locked and taught."""

    def lock(self, key: str) -> Pace:
        """Return the pace under a row lock; call inside a transaction, first.

        The clock is to be read after this: while it waited, time went on.
        """
        return lock_by_key(self, key)

    def learn(
        self,
        *,
        key: str,
        max_send_rate: float,
        max_24h_send: float,
        sent_last_24h: float,
    ) -> None:
        """Keep what SES says of the account; -1 is no quota."""
        self.ensure(key)
        self.filter(key=key).update(
            max_send_rate=max_send_rate,
            max_24h_send=max_24h_send,
            sent_last_24h=sent_last_24h,
            learned_at_us=clock.read_us(self.db),
        )

    def ensure(self, key: str) -> None:
        """Make the pace's row if it is missing; never inside `lock`'s transaction."""
        self.get_or_create(key=key)


class Pace(models.Model):
    """The schedule of one (account, region), and what is known of its limits."""

    key = models.CharField(max_length=100, unique=True)
    next_slot_us = models.BigIntegerField(default=0)
    factor = models.FloatField(default=1.0)
    factor_at_us = models.BigIntegerField(default=0)

    max_send_rate = models.FloatField(null=True, blank=True)
    max_24h_send = models.FloatField(null=True, blank=True)
    sent_last_24h = models.FloatField(null=True, blank=True)
    learned_at_us = models.BigIntegerField(null=True, blank=True)

    #: Bulk mail's claim to a slot, though the transactional lane takes all.
    bulk_credit = models.FloatField(default=0.0)
    #: Who delivers: [host, until when it counts unless heard of again] by lease token.
    attending = models.JSONField(default=dict, blank=True)
    #: Token of the deliverer whose turn ends soon, and who is to be relieved.
    hand_over_from = models.CharField(max_length=32, blank=True, default="")
    #: Those who deliver stay at least until then, though nothing is queued.
    idle_until_us = models.BigIntegerField(default=0)
    #: Those who deliver cannot keep up with the schedule: more are welcome.
    behind = models.BooleanField(default=False)
    swept_at_us = models.BigIntegerField(default=0)

    #: Calls that SES has not answered, one after the other, and of how many messages: 2
    #: stands for more. The hold that follows is placed by `delivery.outage`.
    unanswered_calls = models.PositiveIntegerField(default=0, db_default=0)
    unanswered_messages = models.PositiveSmallIntegerField(default=0, db_default=0)
    unanswered_message = models.BigIntegerField(default=0, db_default=0)
    #: When the first of them had ended, and the last.
    unanswered_since_us = models.BigIntegerField(default=0, db_default=0)
    unanswered_at_us = models.BigIntegerField(default=0, db_default=0)
    unanswered_detail = models.CharField(
        max_length=200, blank=True, default="", db_default=""
    )

    #: When the last outage of SES was over, as far as this account knows.
    outage_ended_us = models.BigIntegerField(default=0, db_default=0)

    objects = PaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("pace")
        verbose_name_plural = _("paces")

    def __str__(self) -> str:
        return self.key

    def attendants(self, now_us: int) -> dict[str, str]:
        """Return the hosts of those who deliver now, by lease token."""
        return {
            token: host
            for token, (host, until_us) in self.attending.items()
            if not _is_gone(until_us, now_us)
        }

    def register_worker(self, token: str, host: str, now_us: int) -> None:
        """Note that somebody delivers, and forget the dead; the caller saves."""
        self.attending = {
            known: row
            for known, row in self.attending.items()
            if not _is_gone(row[1], now_us)
        }
        self.attending[token] = [host, clock.after_us(now_us, ATTENDED_S)]

    def may_leave(self, now_us: int) -> bool:
        """Tell whether nobody has to stay any more for mail that may come."""
        return clock.is_due(self.idle_until_us, now_us, longest_s=_LONGEST_LINGER_S)

    def forget_future(self, now_us: int) -> None:
        """Take what has happened later than now for what has just happened.

        It was written before the clock was set back. Call under the lock, once the
        clock is read; the caller saves.
        """
        for name in _PAST:
            at_us = getattr(self, name)
            if at_us is not None and at_us > now_us:
                setattr(self, name, now_us)

    def rate_per_s(self, mailer: Mailer) -> float:
        """Return the recipients per second that a mailer's settings allow here."""
        if mailer.rate_limit is not None:
            return mailer.rate_limit
        if self.known_send_rate is not None:
            return self.known_send_rate * mailer.rate_headroom
        return UNKNOWN_RATE_PER_S

    @property
    def known_send_rate(self) -> float | None:
        """The account's recipients per second; None if SES has not told.

        Something that makes no sense does not stop mail: it is not known either.
        """
        rate = self.max_send_rate
        # NaN is not between.
        return rate if rate and SLOWEST_PER_S <= rate < math.inf else None

    @property
    def day_quota(self) -> float | None:
        """Recipients in 24 hours; None if there is no limit, or none that is known."""
        quota = self.max_24h_send
        return quota if quota is not None and 0 <= quota < math.inf else None

    def sent_in_day(self, now_us: int) -> float | None:
        """Return the recipients of the last 24 hours; None if SES has not told.

        SES's own figure is the truth, but it is minutes old and others may use the
        account too; what this project has sent since then is added to it.
        """
        if self.sent_last_24h is None or self.learned_at_us is None:
            return None
        if not math.isfinite(self.sent_last_24h):
            return None
        learned_at_us = min(self.learned_at_us, now_us)
        ours_now = QuotaSlice.objects.last_day(self.key, now_us)
        ours_then = QuotaSlice.objects.day_until(self.key, learned_at_us)
        return max(ours_now, self.sent_last_24h + ours_now - ours_then)

    def schedule(self, mailer: Mailer, now_us: int) -> pacing.Schedule:
        """Return the schedule as it stands, whatever the clock did since."""
        schedule = pacing.Schedule(
            rate_per_s=self.rate_per_s(mailer),
            next_slot_us=self.next_slot_us,
            # As max() compares, NaN is the least.
            factor=min(1.0, max(pacing.FACTOR_MIN, self.factor)),
            factor_at_us=min(self.factor_at_us, now_us),
        )
        message_s = MAX_RECIPIENTS * schedule.interval_us(now_us) / clock.US_PER_S
        longest_s = _FARTHEST_SLOT_S + 2 * message_s
        if clock.is_too_far(self.next_slot_us, now_us, longest_s=longest_s):
            return replace(schedule, next_slot_us=now_us + _AFRESH_US)
        return schedule

    def go_unanswered(self, message: int, detail: str, now_us: int) -> None:
        """Note that SES has not answered a call; the caller saves.

        Args:
            message: Id of the message.
            detail: What happened, in plain words.
        """
        if not self.unanswered_calls:
            self.unanswered_since_us = now_us
            self.unanswered_messages = 1
            self.unanswered_message = message
        elif message != self.unanswered_message:
            self.unanswered_messages = 2
        self.unanswered_calls += 1
        self.unanswered_at_us = now_us
        self.unanswered_detail = detail[:200]

    def go_answered(self, at_us: int) -> None:
        """Note that SES has answered a call; the caller saves. One that is older than
        the first which it did not answer proves nothing.
        """
        if at_us >= self.unanswered_since_us:
            self.unanswered_calls = self.unanswered_messages = 0

    def keep(self, schedule: pacing.Schedule) -> None:
        """Take over a schedule's new state, to be saved by the caller."""
        self.next_slot_us = schedule.next_slot_us
        self.factor = schedule.factor
        self.factor_at_us = schedule.factor_at_us


def _is_gone(until_us: int, now_us: int) -> bool:
    return until_us != now_us and clock.is_due(until_us, now_us, longest_s=ATTENDED_S)
