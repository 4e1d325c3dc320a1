"""DKIM keys: what is published, who signs with it, and what happened to it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import DkimAlgorithm, DkimOrigin, DkimState, DkimUse
from seacucumber.models.account.dkim_key_transitions import KEYLESS, DkimKeyQuerySet


class DkimKey(models.Model):
    """One key of one domain. Its row stays for ever: a selector is used once.

    The private key is stored sealed (`signing.seal`), and is gone for good in the
    states of `dkim_moves.KEYLESS`.
    """

    #: A-labels, in lower case; the tag ``d=``.
    domain = models.CharField(max_length=68)
    #: In lower case; the tag ``s=``.
    selector = models.CharField(max_length=68)
    algorithm = models.CharField(
        max_length=16, choices=DkimAlgorithm, default=DkimAlgorithm.RSA_SHA256
    )
    key_bits = models.PositiveIntegerField()
    #: As in the record's tag ``p=``.
    public_key = models.TextField()
    #: SHA-256 of the SubjectPublicKeyInfo.
    fingerprint = models.CharField(max_length=128)
    private_key_sealed = models.TextField(blank=True, default="")
    origin = models.CharField(max_length=10, choices=DkimOrigin)
    use = models.CharField(max_length=10, choices=DkimUse, default=DkimUse.MESSAGE)
    state = models.CharField(
        max_length=10, choices=DkimState, default=DkimState.PENDING
    )
    #: "<use>:<domain>" while the key is active, else null: one for each, by the
    #: database. MariaDB has no unique constraint with a condition.
    active_for = models.CharField(max_length=80, null=True, blank=True, unique=True)
    #: Signs for the domains below its own that have no key themselves.
    cover_subdomains = models.BooleanField(default=True)
    #: Signs each message although SES signs for the domain already.
    beside_ses = models.BooleanField(default=False)
    #: Takes its predecessor's place as soon as it is published.
    activates_itself = models.BooleanField(default=False)
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
    )
    #: Grows with every move: what was made of an older one is stale.
    version = models.PositiveIntegerField(default=1)

    checked_at = models.DateTimeField(null=True, blank=True)
    #: A `dns.KeyResult`, empty before the first look.
    result = models.CharField(max_length=20, blank=True, default="")
    #: What the last look found wrong, in plain words.
    note = models.TextField(blank=True, default="")
    found_record = models.TextField(blank=True, default="")
    found_ttl_s = models.PositiveIntegerField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    #: Looks in a row that found the record, and the first of them.
    good_checks = models.PositiveIntegerField(default=0)
    good_since = models.DateTimeField(null=True, blank=True)
    #: Looks in a row that did not find it, and the first of them.
    bad_checks = models.PositiveIntegerField(default=0)
    bad_since = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    retiring_at = models.DateTimeField(null=True, blank=True)
    revoking_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    #: Also of an abandoned one.
    archived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=150, blank=True, default="")

    #: SES's word for how far it is with this key, as in `Identity.dkim_status`; empty
    #: if it was not handed over.
    ses_status = models.CharField(max_length=20, blank=True, default="")
    ses_pushed_at = models.DateTimeField(null=True, blank=True)
    #: The mailer whose account the key is handed to.
    mailer = models.CharField(max_length=64, blank=True, default="")

    objects = DkimKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("DKIM key")
        verbose_name_plural = _("DKIM keys")
        permissions = (
            ("activate_dkimkey", _("Can activate a DKIM key")),
            ("rotate_dkimkey", _("Can rotate a DKIM key")),
            ("revoke_dkimkey", _("Can revoke a DKIM key")),
            ("push_dkimkey", _("Can hand a DKIM key to SES")),
            ("override_dkimkey", _("Can activate a DKIM key without a check")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["domain", "selector"], name="seacucumber_dkimkey_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=KEYLESS, private_key_sealed="")
                | (~Q(state__in=KEYLESS) & ~Q(private_key_sealed="")),
                name="seacucumber_dkimkey_kept_or_destroyed",
            ),
            models.CheckConstraint(
                condition=Q(state=DkimState.ACTIVE, active_for__isnull=False)
                | (~Q(state=DkimState.ACTIVE) & Q(active_for__isnull=True)),
                name="seacucumber_dkimkey_active_for",
            ),
        )
        indexes = (
            models.Index(fields=["next_check_at"], name="seacucumber_dkimkey_due"),
        )

    def __str__(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

    def __repr__(self) -> str:
        return f"<DkimKey {self.pk}: {self} {self.state}>"

    @property
    def context(self) -> str:
        """What the sealed private key is bound to."""
        return f"{self.domain}/{self.selector}"

    @property
    def has_private_key(self) -> bool:
        """Whether it could sign."""
        return bool(self.private_key_sealed)


class DkimKeyEventQuerySet(PrimaryQuerySet["DkimKeyEvent"]):
    """What happened to keys."""


class DkimKeyEvent(models.Model):
    """One thing that happened to a key. Written once, never changed."""

    key = models.ForeignKey(DkimKey, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    #: Empty if it went by itself.
    actor = models.CharField(max_length=150, blank=True, default="")
    #: Empty for the first one.
    from_state = models.CharField(max_length=10, choices=DkimState, blank=True)
    to_state = models.CharField(max_length=10, choices=DkimState)
    note = models.CharField(max_length=500, blank=True, default="")

    objects = DkimKeyEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("DKIM key event")
        verbose_name_plural = _("DKIM key events")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.from_state or '-'} -> {self.to_state}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it, once.

        Raises:
            TypeError: if it is written already.
        """
        if not self._state.adding:
            raise TypeError("What happened to a DKIM key is never changed.")
        super().save(*args, **kwargs)
