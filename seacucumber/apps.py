"""The Django application."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SeaCucumberConfig(AppConfig):
    """Registers the system checks, and the beat rows where beat is installed."""

    name = "seacucumber"
    verbose_name = _("Amazon SES")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks; keep addresses out of the log; have ``migrate``
        make the periodic tasks.
        """
        from seacucumber import checks, log_masks  # noqa: F401 - registers them

        log_masks.install()
        post_migrate.connect(_make_periodic_tasks, dispatch_uid="seacucumber.beat")


def _make_periodic_tasks(*, using: str, **kwargs: Any) -> None:
    from seacucumber.periodic import make_periodic_tasks

    make_periodic_tasks(using)
