"""What stops mail, why, and when somebody looks again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from seacucumber.db.clock import after_us, due, is_due, moment
from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import HoldCause, HoldScope, Lane

FIRST_PROBE_S = 30.0
LAST_PROBE_S = 600.0
#: The same where SES does not answer: a question that costs nothing comes first.
FIRST_QUESTION_S = 5.0
LAST_QUESTION_S = 60.0
#: How long, at most, until another message that must not go out twice is put in doubt.
LAST_RISK_S = 3600.0


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
                "probe_at_us": after_us(now_us, _first_s(cause)) if probed else None,
                # By the clock that all else goes by, not by that of this host.
                "placed_at": moment(now_us),
            },
        )

    def due(self, pace_key: str, now_us: int) -> HoldQuerySet:
        """Return the holds of an account for which it is time for a probe."""
        return self.filter(
            due("probe_at_us", now_us, longest_s=LAST_RISK_S), pace_key=pace_key
        )

    def over(self, pace_key: str, now_us: int) -> HoldQuerySet:
        """Return the holds of an account whose end, a person's wish, has come."""
        return self.filter(pace_key=pace_key, ends_at_us__lte=now_us)

    def give_back_turns(self, probes: Iterable[int], *, now_us: int) -> int:
        """Let those holds be probed at once whose probe never got as far as SES.

        Args:
            probes: Ids of the messages that were to show whether they are needed.
        """
        return self.filter(
            probe_message__in=list(probes), probe_at_us__gt=now_us, probes__gt=0
        ).update(probe_at_us=now_us, probes=models.F("probes") - 1)


class Hold(models.Model):
    """Mail that would only fail is kept, and exactly that mail.

    A hold that SES caused lifts itself: when its probe is due, one message is let
    through. An operator's hold has no probe and is lifted by hand, or by the sweep
    when its end has come.
    """

    pace_key = models.CharField(max_length=100)
    scope = models.CharField(max_length=20, choices=HoldScope)
    value = models.CharField(max_length=320, blank=True, default="")
    cause = models.CharField(max_length=32, choices=HoldCause)
    detail = models.CharField(max_length=200, blank=True, default="")
    placed_at = models.DateTimeField(default=timezone.now)
    placed_by = models.CharField(max_length=150, blank=True, default="")
    #: When it is over by itself; of people's holds only, and only if they wanted that.
    ends_at_us = models.BigIntegerField(null=True, blank=True)
    probe_at_us = models.BigIntegerField(null=True, blank=True)
    probes = models.PositiveIntegerField(default=0)
    #: Id of the message that was let through last.
    probe_message = models.BigIntegerField(null=True, blank=True)

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

    def is_due(self, now_us: int) -> bool:
        """Tell whether it is time for a probe."""
        return self.probe_at_us is not None and is_due(
            self.probe_at_us, now_us, longest_s=LAST_RISK_S
        )

    def postpone_probe(self, now_us: int) -> bool:
        """Take this probe's turn: only one caller gets True until the next is due.

        Waits double, from 30 seconds to 10 minutes; where SES does not answer, from 5
        seconds to a minute.
        """
        silent = self.cause == HoldCause.SES_SILENT
        last_s = LAST_QUESTION_S if silent else LAST_PROBE_S
        at_us = after_us(now_us, self._wait_s(self.probes + 1, last_s))
        taken = Hold.objects.filter(pk=self.pk, probe_at_us=self.probe_at_us).update(
            probe_at_us=at_us, probes=models.F("probes") + 1
        )
        if taken:
            self.probe_at_us, self.probes = at_us, self.probes + 1
        return taken == 1

    def let_through(self, message: int, *, risky: bool, now_us: int) -> None:
        """Note which message shows whether this hold is needed.

        Args:
            risky: It must not go out twice, so that without an answer it is lost to
                the queue: the next such one has to wait for longer, up to an hour.
        """
        self.probe_message = message
        if risky:
            self.probe_at_us = after_us(now_us, self._wait_s(self.probes, LAST_RISK_S))
        Hold.objects.filter(pk=self.pk).update(
            probe_message=message, probe_at_us=self.probe_at_us
        )

    def give_back_turn(self, now_us: int) -> None:
        """Its probe has learned nothing: let the next come as early as this one did."""
        at_us = after_us(now_us, _first_s(self.cause))
        Hold.objects.filter(
            pk=self.pk, probe_at_us__gt=at_us, probes=self.probes
        ).update(probe_at_us=at_us, probes=models.F("probes") - 1)

    def _wait_s(self, probes: int, last_s: float) -> float:
        return min(_first_s(self.cause) * 2.0 ** min(probes, 20), last_s)

    def _stops_sender(self, sender: str) -> bool:
        held = self.value.lower()
        if "@" in held:
            return sender == held
        return sender.endswith(f"@{held}")


def _first_s(cause: str) -> float:
    return FIRST_QUESTION_S if cause == HoldCause.SES_SILENT else FIRST_PROBE_S
