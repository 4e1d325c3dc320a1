"""What SES said of an account, and when: the figures that pages show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connections, models
from django.utils.translation import gettext_lazy as _

from seacucumber.db import clock
from seacucumber.db.primary import PrimaryQuerySet

if TYPE_CHECKING:
    from seacucumber.ses.account import quota

#: What SES counts, in the order of its columns.
COUNTS = ("delivery_attempts", "bounces", "complaints", "rejects")


class AccountSnapshotQuerySet(PrimaryQuerySet["AccountSnapshot"]):
    """Snapshots, taken and found."""

    def record(
        self, *, key: str, taken_at: datetime, usage: quota.AccountUsage
    ) -> AccountSnapshot:
        """Keep what SES said of an account at a moment."""
        figures = {
            "max_24h_send": usage.max_24h_send,
            "max_send_rate": usage.max_send_rate,
            "sent_last_24h": usage.sent_last_24h,
            "production_access": usage.production_access,
            "sending_enabled": usage.sending_enabled,
            "enforcement_status": usage.enforcement_status[:32],
        }
        row, _created = self.update_or_create(
            key=key, taken_at=clock.stored(taken_at), defaults=figures
        )
        return row

    def latest_of(self, key: str) -> AccountSnapshot | None:
        """Return the newest snapshot of an account, if there is one."""
        return self.filter(key=key).order_by("-taken_at").first()

    def since(self, key: str, at: datetime) -> AccountSnapshotQuerySet:
        """Return the snapshots of an account from a moment on, from old to new."""
        return self.filter(key=key, taken_at__gte=clock.stored(at)).order_by("taken_at")


class AccountSnapshot(models.Model):
    """Limits and state of one (account, region) at one moment."""

    key = models.CharField(_("account"), max_length=100)
    taken_at = models.DateTimeField(_("taken at"))
    #: Recipients in any 24 hours; -1 is no limit.
    max_24h_send = models.FloatField(_("24 hour quota"))
    max_send_rate = models.FloatField(_("maximum send rate"))
    sent_last_24h = models.FloatField(_("sent in the last 24 hours"))
    production_access = models.BooleanField(_("production access"))
    sending_enabled = models.BooleanField(_("sending enabled"))
    enforcement_status = models.CharField(_("enforcement status"), max_length=32)

    objects = AccountSnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("account snapshot")
        verbose_name_plural = _("account snapshots")
        constraints = (
            models.UniqueConstraint(
                fields=("key", "taken_at"), name="seacucumber_snapshot_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} at {self.taken_at:%Y-%m-%d %H:%M}"


class StatisticPointQuerySet(PrimaryQuerySet["StatisticPoint"]):
    """Points, kept and found."""

    def record(self, *, key: str, points: Iterable[quota.StatisticPoint]) -> None:
        """Keep the figures of an account: each quarter hour once, as last told."""
        rows = [
            StatisticPoint(
                key=key,
                at=clock.stored(point.at),
                delivery_attempts=point.delivery_attempts,
                bounces=point.bounces,
                complaints=point.complaints,
                rejects=point.rejects,
            )
            for point in points
        ]
        # MySQL finds the conflicting key by itself and must not be told.
        target = connections[self.db].features.supports_update_conflicts_with_target
        self.bulk_create(
            rows,
            update_conflicts=True,
            update_fields=COUNTS,
            unique_fields=("key", "at") if target else None,
        )

    def since(self, key: str, at: datetime) -> StatisticPointQuerySet:
        """Return the points of an account from a moment on, from old to new."""
        return self.filter(key=key, at__gte=clock.stored(at)).order_by("at")


class StatisticPoint(models.Model):
    """What SES counted for an account in the quarter of an hour that begins ``at``."""

    key = models.CharField(_("account"), max_length=100)
    at = models.DateTimeField(_("begins at"))
    delivery_attempts = models.PositiveIntegerField(_("delivery attempts"))
    bounces = models.PositiveIntegerField(_("bounces"))
    complaints = models.PositiveIntegerField(_("complaints"))
    rejects = models.PositiveIntegerField(_("rejects"))

    objects = StatisticPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("statistic point")
        verbose_name_plural = _("statistic points")
        constraints = (
            models.UniqueConstraint(
                fields=("key", "at"), name="seacucumber_statistic_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} at {self.at:%Y-%m-%d %H:%M}"
