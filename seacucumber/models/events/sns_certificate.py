"""The certificates that SNS signs with, and how many may be fetched: for all."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import FetchBudget


class SNSCertificate(models.Model):
    """A certificate that SNS's host gave.

    Nobody can fill the table: only AWS puts certificates there, a few in a year. It is
    looked at anew each time that it is read.
    """

    url = models.CharField(max_length=255, unique=True)
    pem = models.TextField()

    objects: models.Manager[SNSCertificate] = PrimaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate of SNS")
        verbose_name_plural = _("certificates of SNS")

    def __str__(self) -> str:
        return self.url


class FetchAllowanceQuerySet(PrimaryQuerySet["FetchAllowance"]):
    """Allowances, and taking from them."""

    def spend(
        self, budget: FetchBudget, *, burst: int, spacing_us: int, now_us: int
    ) -> bool:
        """Take one fetch; tell whether there was one left.

        One statement, so that two processes never take the same.

        Args:
            burst: How many there are after a long rest.
            spacing_us: How long it takes until there is one more.
        """
        full_us = burst * spacing_us
        self.get_or_create(budget=budget)
        # Further ahead than it can come to, it was written by a clock that has jumped.
        has_jumped = Q(spent_until_us__gt=now_us + full_us)
        has_one_left = Q(spent_until_us__lte=now_us + full_us - spacing_us)
        is_full = has_jumped | Q(spent_until_us__lt=now_us)
        after_us = Case(
            When(is_full, then=Value(now_us + spacing_us)),
            default=F("spent_until_us") + spacing_us,
            output_field=models.BigIntegerField(),
        )
        rows = self.filter(has_jumped | has_one_left, budget=budget)
        return bool(rows.update(spent_until_us=after_us))


class FetchAllowance(models.Model):
    """How many certificates may be fetched for friends, and for strangers."""

    budget = models.CharField(max_length=16, choices=FetchBudget, unique=True)
    #: Until then the fetches of the past are paid for, by the database's clock.
    spent_until_us = models.BigIntegerField(default=0, db_default=0)

    objects = FetchAllowanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("allowance of fetches")
        verbose_name_plural = _("allowances of fetches")

    def __str__(self) -> str:
        return str(self.budget)
