"""The clocks of the hosts, compared with the database's and with SES's."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from seacucumber.db.clock import US_PER_S, after_us, due, is_due
from seacucumber.db.primary import PrimaryQuerySet

#: How long a host that SES refuses waits before it asks again; the wait doubles.
FIRST_QUESTION_S = 30.0
LAST_QUESTION_S = 300.0
#: What a host has done within so long, it does.
LATELY_US = 300 * US_PER_S
#: One that is not heard of for so long is gone, and its clock is nobody's trouble.
GONE_US = 3600 * US_PER_S


class HostClockQuerySet(PrimaryQuerySet["HostClock"]):
    """What each host knows of its own clock."""

    def note(self, host: str, pace_key: str, **values: Any) -> None:
        """Write down values of a host, for an account or for none (``""``)."""
        if not self.filter(host=host, pace_key=pace_key).update(**values):
            self.update_or_create(host=host, pace_key=pace_key, defaults=values)

    def refused(self, host: str, pace_key: str, now_us: int) -> None:
        """Note that SES finds what the host has signed too old, or too new."""
        row, _ = self.get_or_create(host=host, pace_key=pace_key)
        wait_s = min(FIRST_QUESTION_S * 2.0 ** min(row.refusals, 10), LAST_QUESTION_S)
        self.filter(pk=row.pk).update(
            refusals=models.F("refusals") + 1,
            ask_at_us=after_us(now_us, wait_s),
            seen_at_us=now_us,
        )

    def taken(self, host: str, pace_key: str, now_us: int) -> None:
        """Note that SES finds the time right that the host signs with."""
        self.note(host, pace_key, refusals=0, answered_at_us=now_us)

    def take_turn(self, host: str, pace_key: str, now_us: int) -> bool:
        """Tell whether it is time to ask SES; one process of the host gets True."""
        self.get_or_create(host=host, pace_key=pace_key)
        rows = self.filter(
            due("ask_at_us", now_us, longest_s=LAST_QUESTION_S),
            host=host,
            pace_key=pace_key,
        )
        return bool(rows.update(ask_at_us=after_us(now_us, FIRST_QUESTION_S)))

    def seen(self, now_us: int, *, within_us: int = GONE_US) -> list[HostClock]:
        """Return what is known of the hosts that were heard of lately."""
        rows = self.filter(
            seen_at_us__gt=now_us - within_us, seen_at_us__lte=now_us + within_us
        )
        return list(rows.order_by("host", "-seen_at_us"))

    def forget(self, now_us: int) -> int:
        """Delete what nobody wants to know any more; return how many rows."""
        old = models.Q(seen_at_us__lt=now_us - GONE_US)
        ahead = models.Q(seen_at_us__gt=now_us + GONE_US)
        return self.filter(old | ahead).delete()[0]


class HostClock(models.Model):
    """One host's clock, as one account sees it; an empty key stands for none."""

    host = models.CharField(max_length=60)
    pace_key = models.CharField(max_length=100, blank=True, default="", db_default="")
    #: How far it is ahead of the database's, and when that was found.
    offset_us = models.BigIntegerField(default=0, db_default=0)
    seen_at_us = models.BigIntegerField(default=0, db_default=0)
    #: The same of SES's; None until SES has answered.
    ses_offset_us = models.BigIntegerField(null=True, blank=True)
    ses_seen_at_us = models.BigIntegerField(default=0, db_default=0)
    #: When SES last answered a call that this host had signed.
    answered_at_us = models.BigIntegerField(default=0, db_default=0)
    #: So many times in a row SES found its time wrong; it delivers while that is 0.
    refusals = models.PositiveIntegerField(default=0, db_default=0)
    #: When it may ask again.
    ask_at_us = models.BigIntegerField(default=0, db_default=0)

    objects = HostClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock of a host")
        verbose_name_plural = _("clocks of hosts")
        constraints = (
            models.UniqueConstraint(
                fields=["host", "pace_key"], name="seacucumber_host_clock_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.host} {self.pace_key}".strip()

    def delivers(self, now_us: int) -> bool:
        """Tell whether SES has lately taken what this host signs."""
        if self.refusals:
            return False
        until_us = self.answered_at_us + LATELY_US
        return not is_due(until_us, now_us, longest_s=2 * LATELY_US / US_PER_S)
