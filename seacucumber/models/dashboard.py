"""The dashboard's place in the admin's menu, and the permissions that go with it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class _NoRows(models.Manager["Dashboard"]):
    """Asks no database, so that ``dumpdata`` does not look for a table."""

    def get_queryset(self) -> models.QuerySet[Dashboard]:
        return super().get_queryset().none()


class Dashboard(models.Model):
    """Has no table: what it shows is in the others."""

    objects = _NoRows()

    class Meta:
        managed = False
        base_manager_name = "objects"
        default_permissions = ("view",)
        permissions = (
            ("refresh_figures", _("Can ask SES for new figures")),
            ("send_test", _("Can send a test message")),
            ("pause_sending", _("Can stop and resume sending")),
        )
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboard")
