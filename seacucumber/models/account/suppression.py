"""Addresses that get no mail, why, and who says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import SuppressionReason, SuppressionSource

#: Addresses asked about in one query: SQLite before 3.32 takes 999 parameters.
_ASKED_MAX = 900


class SuppressedQuerySet(PrimaryQuerySet["Suppressed"]):
    """Entries, and which of them stop mail."""

    def in_force(self, now: datetime) -> SuppressedQuerySet:
        """Return the entries that stop mail now: on SES's list, or not run out."""
        return self.filter(in_force(now))

    def forget_ended(self, before: datetime) -> int:
        """Delete entries that ended before a moment; return how many."""
        return self.filter(ses_known=False, expires_at__lt=before).delete()[0]

    def stopping(
        self, addresses: Collection[str], scopes: Collection[str], now: datetime
    ) -> list[Suppressed]:
        """Return the entries in force for any of these addresses.

        One query for up to 900 addresses.

        Args:
            addresses: In lower case.
            scopes: Of which an entry must have one: accounts and sender domains.
        """
        asked = list(addresses)
        found: list[Suppressed] = []
        for start in range(0, len(asked), _ASKED_MAX):
            # The scopes are compared here: few addresses have an entry at all.
            rows = self.filter(
                in_force(now), address__in=asked[start : start + _ASKED_MAX]
            )
            found += [row for row in rows if row.scope in scopes]
        return found


def in_force(now: datetime) -> Q:
    """Return the condition on entries that stop mail at a moment."""
    return Q(expires_at=None) | Q(ses_known=True) | Q(expires_at__gt=now)


class Suppressed(models.Model):
    """One address that gets no mail of one account, or of one sender domain.

    What SES has on its list and what this project knows by itself are one row, so that
    an operator sees one answer. ``ses_known`` tells whether SES would drop the mail
    even if this project sent it.
    """

    #: In lower case, as the addresses of recipients are.
    address = models.CharField(_("address"), max_length=320)
    #: The account and region (`Mailer.pace_key`), or a sender's domain.
    scope = models.CharField(_("scope"), max_length=255)
    reason = models.CharField(_("reason"), max_length=16, choices=SuppressionReason)
    source = models.CharField(_("source"), max_length=8, choices=SuppressionSource)
    since = models.DateTimeField(_("since"))
    #: When it ends by itself; null is never.
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    #: Soft bounces of late; the entry is in force once there are enough of them.
    strikes = models.PositiveSmallIntegerField(default=0)
    ses_known = models.BooleanField(_("on SES's list"), default=False)
    #: When SES last said so.
    ses_seen_at = models.DateTimeField(null=True, blank=True)

    objects = SuppressedQuerySet.as_manager()

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        default_permissions = ("view", "add", "delete")
        permissions = (
            ("change_ses_suppression", _("Can change SES's suppression list")),
            ("export_suppressed", _("Can export suppressed addresses")),
            ("import_suppressed", _("Can import suppressed addresses")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["address", "scope"], name="seacucumber_suppressed_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["scope", "ses_known"], name="seacucumber_suppressed_of"
            ),
        )

    def __str__(self) -> str:
        return self.address

    @property
    def is_ours(self) -> bool:
        """Whether this project has a reason of its own, beside SES's."""
        return self.source != SuppressionSource.SES

    def stops(self, now: datetime) -> bool:
        """Tell whether it stops mail at a moment."""
        return self.ses_known or self.expires_at is None or self.expires_at > now

    def counts_for(self, lists: Collection[str], now: datetime) -> bool:
        """Tell whether it stops mail of a mailer that honours these lists only.

        Args:
            lists: Of ``ses`` and ``ours`` (``CUCUMBER_SUPPRESSION``).
        """
        runs = self.expires_at is None or self.expires_at > now
        return ("ses" in lists and self.ses_known) or (
            "ours" in lists and self.is_ours and runs
        )


def scopes_of(pace_key: str, senders: Iterable[str]) -> set[str]:
    """Return the scopes that concern mail of an account from these senders.

    A domain has no slash, and the name of an account always has one.
    """
    return {pace_key, *(domain_of(sender) for sender in senders)}


def domain_of(address: str) -> str:
    """Return an address's domain in lower case."""
    return address.rpartition("@")[2].lower()
