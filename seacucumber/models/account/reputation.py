"""What mail has brought in bounces and complaints, and what the guard makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from seacucumber.db.clock import US_PER_S
from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import GuardLevel, Harm, Lane

MINUTE_US = 60 * US_PER_S
#: Fewer complaints are no rate, however little was sent: one reader's click is chance.
ENOUGH_COMPLAINTS = 3
#: SES may have a message later than its deliverer claimed it, in another minute.
_LATEST_MINUTES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmed:
    """A recipient who bounced for good, or complained.

    Args:
        at_us: When the mail was sent, not when it came back.
    """

    pace_key: str
    lane: int
    at_us: int
    harm: Harm


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCounts:
    """Recipients sent to, and what became of these same."""

    sent: int = 0
    bounced: int = 0
    complained: int = 0


class MailMinuteQuerySet(PrimaryQuerySet["MailMinute"]):
    """Minutes, counted up and summed up."""

    def count_sent(
        self, pace_key: str, recipients: Mapping[int, int], *, now_us: int
    ) -> None:
        """Count recipients that are about to be sent to, by lane.

        Call under the pace's lock: nobody else makes rows.
        """
        start_us = now_us - now_us % MINUTE_US
        for lane, number in sorted(recipients.items()):
            row = self.filter(pace_key=pace_key, lane=lane, start_us=start_us)
            if not row.update(sent=F("sent") + number):
                self.create(
                    pace_key=pace_key, lane=lane, start_us=start_us, sent=number
                )

    def give_back(
        self, pace_key: str, recipients: Mapping[int, int], *, now_us: int
    ) -> None:
        """Uncount recipients that were not sent to."""
        for lane, number in sorted(recipients.items()):
            rows = self.filter(
                pace_key=pace_key, lane=lane, start_us__lte=now_us, sent__gte=number
            )
            newest = rows.order_by("-start_us").values_list("pk", flat=True).first()
            if newest is not None:
                mine = self.filter(pk=newest, sent__gte=number)
                mine.update(sent=F("sent") - number)

    def count_harm(self, harmed: Iterable[Harmed]) -> int:
        """Count bounces and complaints into the minutes that their mail was sent in.

        What was sent in a minute that was forgotten does not count.

        Returns:
            How many were counted.
        """
        counted = 0
        for (key, lane), group in _by_lane(harmed).items():
            counted += self._count_lane(key, lane, group)
        return counted

    def _count_lane(self, key: str, lane: int, group: list[Harmed]) -> int:
        first_us = min(each.at_us for each in group) - _LATEST_MINUTES * MINUTE_US
        # SES's clock may be behind the database's.
        last_us = max(each.at_us for each in group) + MINUTE_US
        rows = self.filter(
            pace_key=key, lane=lane, start_us__gte=first_us, start_us__lte=last_us
        ).order_by("-start_us")
        known = list(rows.values_list("start_us", "pk"))
        sums: Counter[tuple[int, Harm]] = Counter()
        for each in group:
            earliest_us = each.at_us - _LATEST_MINUTES * MINUTE_US
            before = (pk for us, pk in known if earliest_us < us <= each.at_us)
            latest_us = each.at_us + MINUTE_US
            after = (pk for us, pk in known if each.at_us < us <= latest_us)
            pk = next(before, None) or next(after, None)
            if pk is not None:
                sums[pk, each.harm] += 1
        # In one order everywhere, so that two batches do not lock each other out.
        for (pk, harm), number in sorted(sums.items()):
            column = "bounced" if harm is Harm.BOUNCE else "complained"
            self.filter(pk=pk).update(**{column: F(column) + number})
        return sum(sums.values())

    def since(
        self, pace_key: str, since_us: int, *, lane: Lane | None = None
    ) -> MailCounts:
        """Return the sums of the mail sent since a moment, of one lane or all."""
        rows = self.filter(pace_key=pace_key, start_us__gte=since_us)
        if lane is not None:
            rows = rows.filter(lane=lane)
        sums = rows.aggregate(
            sent=Sum("sent"), bounced=Sum("bounced"), complained=Sum("complained")
        )
        return MailCounts(**{name: value or 0 for name, value in sums.items()})

    def forget(self, pace_key: str, *, lane: Lane | None = None) -> None:
        """Begin to count anew, for a lane or for all."""
        rows = self.filter(pace_key=pace_key)
        (rows if lane is None else rows.filter(lane=lane)).delete()


class MailMinute(models.Model):
    """Recipients of one minute and lane, and how many of these same did harm later."""

    pace_key = models.CharField(max_length=100)
    lane = models.PositiveSmallIntegerField(choices=Lane)
    start_us = models.BigIntegerField()
    sent = models.PositiveIntegerField(default=0)
    bounced = models.PositiveIntegerField(default=0)
    complained = models.PositiveIntegerField(default=0)

    objects = MailMinuteQuerySet.as_manager()

    class Meta:
        verbose_name = _("minute of mail")
        verbose_name_plural = _("minutes of mail")
        constraints = (
            models.UniqueConstraint(
                fields=["pace_key", "lane", "start_us"],
                name="seacucumber_mailminute_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pace_key} {self.lane} {self.start_us}: {self.sent}"


class ReputationQuerySet(PrimaryQuerySet["Reputation"]):
    """What the guard thinks of accounts."""

    def of(self, pace_key: str) -> Reputation:
        """Return an account's row; it is made if it is missing."""
        return self.get_or_create(pace_key=pace_key)[0]

    def begin_anew(self, pace_key: str, at: datetime) -> None:
        """Let only count what is sent from now on: somebody has resumed."""
        self.get_or_create(pace_key=pace_key)
        self.filter(pace_key=pace_key).update(counts_from=at)


class Reputation(models.Model):
    """What the reputation guard has found out about one account, and did."""

    pace_key = models.CharField(max_length=100, unique=True)
    level = models.PositiveSmallIntegerField(
        choices=GuardLevel, default=GuardLevel.WELL
    )
    #: Shares of what was sent; null where too little was sent to tell.
    bounce_rate = models.FloatField(null=True, blank=True)
    complaint_rate = models.FloatField(null=True, blank=True)
    sent = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(null=True, blank=True)
    #: Only what was sent after that counts: somebody has resumed.
    counts_from = models.DateTimeField(null=True, blank=True)
    #: The level that a person was last mailed about.
    told_level = models.PositiveSmallIntegerField(
        choices=GuardLevel, default=GuardLevel.WELL
    )
    #: AWS's last word on the account that the guard has acted on.
    enforcement = models.CharField(max_length=32, blank=True, default="")

    objects = ReputationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reputation")
        verbose_name_plural = _("reputations")

    def __str__(self) -> str:
        return f"{self.pace_key}: {GuardLevel(self.level).label}"


def _by_lane(harmed: Iterable[Harmed]) -> dict[tuple[str, int], list[Harmed]]:
    groups: dict[tuple[str, int], list[Harmed]] = {}
    for each in harmed:
        groups.setdefault((each.pace_key, each.lane), []).append(each)
    return dict(sorted(groups.items()))
