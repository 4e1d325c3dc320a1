"""Whether mail about errors, to ``ADMINS``, survives the error."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.utils.log import AdminEmailHandler

from seacucumber import conf
from seacucumber.log import AdminEmailHandler as OurAdminEmailHandler

_DJANGOS_DEFAULT_MAILER = "default"


def check_admin_mail() -> Iterator[CheckMessage]:
    """Mail about an error is not taken back with the transaction that it ended."""
    if not settings.ADMINS:
        return
    for name, handler in _handlers():
        if isinstance(handler, OurAdminEmailHandler) or not _comes_to_us(handler):
            continue
        yield Warning(
            f"The logger {name!r} mails errors to ADMINS through Sea Cucumber: what is"
            " logged in a transaction that is rolled back is lost with it, and while"
            " the database is away nothing can be queued.",
            hint="In LOGGING, give its handler the class"
            " 'seacucumber.log.AdminEmailHandler', which queues in a transaction of its"
            " own; or have it send through another backend (email_backend, or using on"
            " Django 6.1), which works without the database, too.",
            id="seacucumber.W030",
        )
        return


def _handlers() -> Iterator[tuple[str, AdminEmailHandler]]:
    loggers = {"root": logging.root, **logging.root.manager.loggerDict}
    for name, logger in sorted(loggers.items()):
        for handler in getattr(logger, "handlers", ()):
            if isinstance(handler, AdminEmailHandler):
                yield name, handler


def _comes_to_us(handler: AdminEmailHandler) -> bool:
    """Whether what this handler sends is queued by `SESBackend`."""
    mailers: Mapping[str, Any] = getattr(settings, "MAILERS", None) or {}
    if mailers:
        alias = getattr(handler, "using", None) or _DJANGOS_DEFAULT_MAILER
        return bool(mailers.get(alias, {}).get("BACKEND") == conf.BACKEND)
    return bool((handler.email_backend or settings.EMAIL_BACKEND) == conf.BACKEND)
