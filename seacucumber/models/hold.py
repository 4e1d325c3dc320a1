"""What stops mail, why, and when somebody looks again."""

from __future__ import annotations

from typing import Protocol

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models.clock import after_us
from seacucumber.models.primary import PrimaryQuerySet

FIRST_PROBE_S = 30.0
LAST_PROBE_S = 600.0


class Stoppable(Protocol):
    """What a hold looks at: a message, or one that is on its way."""

    mailer: str
    lane: int
    sender: str
    configuration_set: str


class HoldQuerySet(PrimaryQuerySet["Hold"]):
    """Holds of one account, and how they come and go."""

    def active(self, pace_key: str) -> list[Hold]:
        """Return the holds that stop mail of this account now."""
        return list(self.filter(pace_key=pace_key))

    def place(
        self,
        pace_key: str,
        *,
        scope: HoldScope,
        value: str,
        cause: HoldCause,
        detail: str,
        now_us: int,
        probed: bool = True,
    ) -> tuple[Hold, bool]:
        """Stop what a scope names; return the hold and whether it is new.

        A hold that stands already keeps its probe's time.

        Args:
            probed: Whether one message is let through from time to time.
        """
        return self.get_or_create(
            pace_key=pace_key,
            scope=scope,
            value=value,
            cause=cause,
            defaults={
                "detail": detail[:200],
                "probe_at_us": after_us(now_us, FIRST_PROBE_S) if probed else None,
            },
        )


class Hold(models.Model):
    """Mail that would only fail is kept, and exactly that mail.

    A hold that SES caused lifts itself: when its probe is due, one message is let
    through. An operator's hold has no probe and is lifted by hand.
    """

    pace_key = models.CharField(max_length=100)
    scope = models.CharField(max_length=20, choices=HoldScope)
    value = models.CharField(max_length=320, blank=True, default="")
    cause = models.CharField(max_length=32, choices=HoldCause)
    detail = models.CharField(max_length=200, blank=True, default="")
    placed_at = models.DateTimeField(default=timezone.now)
    placed_by = models.CharField(max_length=150, blank=True, default="")
    probe_at_us = models.BigIntegerField(null=True, blank=True)
    probes = models.PositiveIntegerField(default=0)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = (
            models.UniqueConstraint(
                fields=["pace_key", "scope", "value", "cause"],
                name="seacucumber_hold_once",
            ),
        )

    def __str__(self) -> str:
        what = f"{self.scope} {self.value}".strip()
        return f"{what}: {HoldCause(self.cause).label}"

    def stops(self, message: Stoppable) -> bool:
        """Tell whether this hold keeps a message back.

        Case makes no difference, on any database: MySQL and MariaDB compare so.
        """
        match HoldScope(self.scope):
            case HoldScope.ACCOUNT:
                return True
            case HoldScope.MAILER:
                return message.mailer.lower() == self.value.lower()
            case HoldScope.LANE:
                return Lane(message.lane).name.lower() == self.value.lower()
            case HoldScope.CONFIGURATION_SET:
                return message.configuration_set.lower() == self.value.lower()
            case HoldScope.SENDER:
                return self._stops_sender(message.sender.lower())

    def messages(self) -> models.Q:
        """Return the condition on messages that `stops` is."""
        of_account = models.Q(pace_key=self.pace_key)
        match HoldScope(self.scope):
            case HoldScope.ACCOUNT:
                return of_account
            case HoldScope.MAILER:
                return of_account & models.Q(mailer__iexact=self.value)
            case HoldScope.LANE:
                return of_account & models.Q(lane=Lane[self.value.upper()])
            case HoldScope.CONFIGURATION_SET:
                return of_account & models.Q(configuration_set__iexact=self.value)
            case HoldScope.SENDER if "@" in self.value:
                return of_account & models.Q(sender__iexact=self.value)
            case HoldScope.SENDER:
                return of_account & models.Q(sender__iendswith=f"@{self.value}")

    def postpone_probe(self, now_us: int) -> bool:
        """Take this probe's turn: only one caller gets True until the next is due.

        Waits double, from 30 seconds to 10 minutes.
        """
        wait_s = min(FIRST_PROBE_S * 2 ** min(self.probes + 1, 10), LAST_PROBE_S)
        taken = Hold.objects.filter(pk=self.pk, probe_at_us=self.probe_at_us).update(
            probe_at_us=after_us(now_us, wait_s), probes=models.F("probes") + 1
        )
        return taken == 1

    def _stops_sender(self, sender: str) -> bool:
        held = self.value.lower()
        if "@" in held:
            return sender == held
        return sender.endswith(f"@{held}")
