"""The addresses and domains that the SES account may send from, as last refreshed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import IdentityKind, IdentityStatus


class IdentityQuerySet(PrimaryQuerySet["Identity"]):
    """Identities."""


class Identity(models.Model):
    """One identity of one account and region. SES has the truth; this is a copy."""

    pace_key = models.CharField(max_length=100)
    #: The mailer whose credentials manage it.
    mailer = models.CharField(max_length=64)
    name = models.CharField(max_length=320)
    kind = models.CharField(max_length=10, choices=IdentityKind)
    status = models.CharField(
        max_length=20, choices=IdentityStatus, default=IdentityStatus.PENDING
    )
    sending_enabled = models.BooleanField(default=False)
    configuration_set = models.CharField(max_length=64, blank=True, default="")
    #: SES's word for why the verification failed, empty if it did not.
    error_type = models.CharField(max_length=64, blank=True, default="")
    dkim_status = models.CharField(max_length=20, blank=True, default="")
    #: Names of the CNAME records of Easy DKIM, below ``hosted_zone``.
    dkim_tokens = models.JSONField(default=list, blank=True)
    hosted_zone = models.CharField(max_length=255, blank=True, default="")
    #: SES signs with a key that the account has brought along: no CNAME records.
    own_key = models.BooleanField(default=False)
    mail_from_domain = models.CharField(max_length=255, blank=True, default="")
    mail_from_status = models.CharField(max_length=20, blank=True, default="")
    #: DNS records to publish, each with the result of the last look:
    #: {"purpose", "name", "type", "value", "result", "found", "note", "checked_at"}.
    records = models.JSONField(default=list, blank=True)
    records_checked_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField()
    #: When SES was last asked about this one alone; null if it is due.
    details_at = models.DateTimeField(null=True, blank=True)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = (
            models.UniqueConstraint(
                fields=["pace_key", "name"], name="seacucumber_identity_once"
            ),
        )

    def __str__(self) -> str:
        return self.name
