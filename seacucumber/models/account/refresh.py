"""When SES was last asked about what, and what became of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from seacucumber.db import clock
from seacucumber.db.locks import lock_by_key
from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import RefreshSubject

#: A schedule that is further ahead was written by a clock that has jumped since.
_LONGEST_QUEUE_S = 600.0
#: No lease is taken for longer; one that ends later was taken before the clock jumped.
LONGEST_LEASE_S = 600.0


class RefreshQuerySet(PrimaryQuerySet["Refresh"]):
    """Refreshes, and the leases that keep two askers apart."""

    def of(self, pace_key: str) -> dict[RefreshSubject, Refresh]:
        """Return what is known of an account's refreshes; missing is never asked."""
        rows = self.filter(pace_key=pace_key)
        return {RefreshSubject(row.subject): row for row in rows}

    def lease(
        self, pace_key: str, subject: RefreshSubject, *, now_us: int, for_s: float
    ) -> int | None:
        """Take the right to ask SES; only one caller gets it until the lease ends.

        Returns:
            The lease, to be given to `extend`, `succeed` and `fail`; None if somebody
            else asks.
        """
        row, _created = self.get_or_create(pace_key=pace_key, subject=subject)
        until_us = clock.after_us(now_us, for_s)
        free = clock.due("leased_until_us", now_us, longest_s=LONGEST_LEASE_S)
        taken = self.filter(free, pk=row.pk).update(
            leased_until_us=until_us, asked_at=clock.moment(now_us)
        )
        return until_us if taken else None

    def held(
        self, pace_key: str, subject: RefreshSubject, lease: int
    ) -> RefreshQuerySet:
        """Return the row if the lease still counts: it ends by being overtaken."""
        return self.filter(pace_key=pace_key, subject=subject, leased_until_us=lease)

    def extend(self, *, until_us: int) -> int:
        """Carry a lease on; returns 0 if it was lost."""
        return self.update(leased_until_us=until_us)

    def succeed(self, *, now_us: int) -> int:
        """Write down that SES has answered, and end the lease; 0 if it was lost."""
        return self.update(
            leased_until_us=0,
            succeeded_at=clock.moment(now_us),
            error_code="",
            error_detail="",
            missing_permission="",
        )

    def fail(self, *, code: str, detail: str, permission: str = "") -> int:
        """Write down why SES has not answered, and end the lease; 0 if it was lost."""
        return self.update(
            leased_until_us=0,
            error_code=code[:64],
            error_detail=detail[:300],
            missing_permission=permission[:64],
        )

    def younger_than(
        self, pace_key: str, subject: RefreshSubject, *, age_s: float, now_us: int
    ) -> bool:
        """Tell whether SES has answered in the last seconds, and not failed since.

        An answer of the future was written before the clock was set back.
        """
        return self.filter(
            succeeded_at__gte=clock.moment(clock.after_us(now_us, -age_s)),
            succeeded_at__lte=clock.moment(now_us),
            error_code="",
            pace_key=pace_key,
            subject=subject,
        ).exists()


class Refresh(models.Model):
    """The state of one kind of figures of one account: their age, and why they age."""

    pace_key = models.CharField(max_length=100)
    subject = models.CharField(max_length=12, choices=RefreshSubject)
    #: Somebody asks SES until then, unless it dies: two beats do not ask twice.
    leased_until_us = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    #: Empty after a success.
    error_code = models.CharField(max_length=64, blank=True, default="")
    error_detail = models.CharField(max_length=300, blank=True, default="")
    missing_permission = models.CharField(max_length=64, blank=True, default="")

    objects = RefreshQuerySet.as_manager()

    class Meta:
        verbose_name = _("refresh")
        verbose_name_plural = _("refreshes")
        constraints = (
            models.UniqueConstraint(
                fields=["pace_key", "subject"], name="seacucumber_refresh_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pace_key} {self.subject}"

    @property
    def failed(self) -> bool:
        """Whether SES did not answer the last time it was asked."""
        return bool(self.error_code)

    def under_way(self, now_us: int) -> bool:
        """Tell whether somebody asks SES at this moment."""
        return not clock.is_due(self.leased_until_us, now_us, longest_s=LONGEST_LEASE_S)


class ControlPaceQuerySet(PrimaryQuerySet["ControlPace"]):
    """Schedules of management calls."""

    def reserve(self, key: str, *, spacing_us: int) -> int:
        """Take the next free slot of an account; call inside a transaction, first.

        Returns:
            When it is, by the database's clock.
        """
        row = lock_by_key(self, key)
        now_us = clock.read_us(self.db)
        slot_us = row.next_slot_us
        if clock.is_due(slot_us, now_us, longest_s=_LONGEST_QUEUE_S):
            slot_us = now_us
        self.filter(pk=row.pk).update(next_slot_us=slot_us + spacing_us)
        return slot_us

    def ensure(self, key: str) -> None:
        """Make the schedule's row if it is missing; not in `reserve`'s transaction."""
        self.get_or_create(key=key)


class ControlPace(models.Model):
    """The schedule of management calls: SES takes one a second of each account.

    https://docs.aws.amazon.com/ses/latest/dg/quotas.html
    """

    key = models.CharField(max_length=100, unique=True)
    next_slot_us = models.BigIntegerField(default=0)

    objects = ControlPaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("control pace")
        verbose_name_plural = _("control paces")

    def __str__(self) -> str:
        return self.key
