"""When SES was last asked about what, and what became of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from seacucumber.enums import RefreshSubject


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


class ControlPace(models.Model):
    """The schedule of management calls: SES takes one a second of each account.

    https://docs.aws.amazon.com/ses/latest/dg/quotas.html
    """

    key = models.CharField(max_length=100, unique=True)
    next_slot_us = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("control pace")
        verbose_name_plural = _("control paces")

    def __str__(self) -> str:
        return self.key
