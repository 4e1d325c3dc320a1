"""The dashboard's place in the admin's menu, and the permissions that go with it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Dashboard(models.Model):
    """Has no table: what it shows is in the others."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = (
            ("refresh_figures", _("Can ask SES for new figures")),
            ("send_test", _("Can send a test message")),
            ("pause_sending", _("Can stop and resume sending")),
        )
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboard")
