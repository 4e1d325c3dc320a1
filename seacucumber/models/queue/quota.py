"""What was sent in the last 24 hours, as far as this project knows."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from seacucumber.db.clock import US_PER_S
from seacucumber.db.primary import PrimaryQuerySet

DAY_US = 86_400 * US_PER_S
SLICE_US = 600 * US_PER_S


class QuotaSliceQuerySet(PrimaryQuerySet["QuotaSlice"]):
    """Recipients counted into slices of ten minutes, and summed up."""

    def add_recipients(self, pace_key: str, recipients: int, *, now_us: int) -> None:
        """Add recipients that are about to be sent to. Call under the pace's lock."""
        start_us = now_us - now_us % SLICE_US
        row = self.filter(pace_key=pace_key, start_us=start_us)
        if not row.update(recipients=F("recipients") + recipients):
            self.create(pace_key=pace_key, start_us=start_us, recipients=recipients)

    def give_back(self, pace_key: str, recipients: int, *, now_us: int) -> None:
        """Uncount recipients that were not sent to. Call under the pace's lock."""
        rows = self.filter(
            pace_key=pace_key, start_us__lte=now_us, recipients__gte=recipients
        )
        newest = rows.order_by("-start_us").values_list("pk", flat=True).first()
        if newest is not None:
            self.filter(pk=newest).update(recipients=F("recipients") - recipients)

    def last_day(self, pace_key: str, now_us: int) -> int:
        """Return the recipients of the last 24 hours, with those that a clock which has
        been set back since has counted into the hours to come.
        """
        ahead = self.filter(
            pace_key=pace_key, start_us__gt=now_us, start_us__lte=now_us + DAY_US
        )
        return self.day_until(pace_key, now_us) + ahead._sum()

    def day_until(self, pace_key: str, end_us: int) -> int:
        """Return the recipients of the 24 hours before a moment."""
        rows = self.filter(
            pace_key=pace_key, start_us__gt=end_us - DAY_US, start_us__lte=end_us
        )
        return rows._sum()

    def _sum(self) -> int:
        total: int | None = self.aggregate(total=Sum("recipients"))["total"]
        return total or 0


class QuotaSlice(models.Model):
    """Recipients sent to in ten minutes: the rolling 24 hours are a sum of these."""

    pace_key = models.CharField(max_length=100)
    start_us = models.BigIntegerField()
    recipients = models.PositiveIntegerField(default=0)

    objects = QuotaSliceQuerySet.as_manager()

    class Meta:
        verbose_name = _("quota slice")
        verbose_name_plural = _("quota slices")
        constraints = (
            models.UniqueConstraint(
                fields=["pace_key", "start_us"], name="seacucumber_quota_slice"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pace_key} {self.start_us}: {self.recipients}"
