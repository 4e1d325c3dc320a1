"""The Django e-mail backend: EmailMessages in, count out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error as DatabaseError

from seacucumber import conf, outbox
from seacucumber.envelope import Envelope, build
from seacucumber.exceptions import InvalidMessage

logger = logging.getLogger("seacucumber")

#: Stored together: few round trips, and no more than this in memory.
_SLICE = 100


class SESBackend(BaseEmailBackend):
    """Queues mail for delivery through Amazon SES.

    Used by ``EMAIL_BACKEND``, or on Django 6.1 by ``MAILERS`` with the names of
    `seacucumber.conf.SETTINGS` as ``OPTIONS``. Every message that was taken has its
    ids in ``message.cucumber_ids``.

    Raises:
        ImproperlyConfigured: for an unknown option, or a value that cannot be used.
    """

    def __init__(self, *, fail_silently: bool = False, **options: Any) -> None:
        known = {
            name: options.pop(name) for name in conf.OPTION_NAMES if name in options
        }
        if not hasattr(mail, "mailers"):
            # Django 6.1 refuses by name what nobody knows; before, all is swallowed.
            _refuse_unknown(options)
        super().__init__(**options)
        self.fail_silently = fail_silently
        self.mailer = self._mailer(known)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue messages; return how many were taken.

        A message that SES would refuse for its shape, or that cannot be built for
        whatever reason, does not keep the others back.

        With ``fail_silently`` nothing is raised: what could not be queued is logged,
        and a transaction that the caller has open can go on.

        Raises:
            InvalidMessage: the first such message's error, after all others were
                queued.
            django.db.Error: the database did not take them.
        """
        errors: list[InvalidMessage] = []
        messages = iter(email_messages or ())
        queued = 0
        while part := list(islice(self._built(messages, errors), _SLICE)):
            uids = self._enqueue([envelope for _, envelope in part])
            for (message, _), mine in zip(part, uids, strict=False):
                message.cucumber_ids = mine  # type: ignore[attr-defined]
            queued += len(uids)
        if errors and not self.fail_silently:
            errors[0].queued = queued
            raise errors[0]
        return queued

    def _enqueue(self, envelopes: Sequence[Envelope]) -> list[tuple[str, ...]]:
        if not self.fail_silently:
            return outbox.enqueue(envelopes, self.mailer)
        try:
            return outbox.enqueue(envelopes, self.mailer, savepoint=True)
        except DatabaseError as error:
            # Its text can quote the row. As a warning: whatever mails errors to people
            # would come back to this database.
            logger.warning(
                "Mail was lost (%d not queued), as fail_silently wants it: the database"
                " failed (%s).",
                len(envelopes),
                type(error).__name__,
            )
            return []

    def _built(
        self, messages: Iterator[EmailMessage], errors: list[InvalidMessage]
    ) -> Iterator[tuple[EmailMessage, Envelope]]:
        defaults = outbox.defaults_of(self.mailer)
        for message in messages:
            try:
                built = build(message, defaults)
            except InvalidMessage as error:
                logger.warning("A message was refused: its %s is invalid.", error.field)
                errors.append(error)
            except Exception as error:  # noqa: BLE001 - it concerns this one only
                # Its own class, or what it holds, may raise anything at all.
                kind = type(error).__name__
                logger.warning("A message was refused: building it raised %s.", kind)
                errors.append(InvalidMessage("content", f"cannot be built: {kind}."))
                errors[-1].__cause__ = error
            else:
                yield message, built
                continue
            errors[-1].email_message = message

    def _mailer(self, options: dict[str, Any]) -> conf.Mailer:
        alias: str | None = getattr(self, "alias", None)
        if alias is not None:
            return conf.build_mailer(alias, options)
        if not options:
            return conf.get_mailer()
        for name in options:
            if not conf.OPTION_NAMES[name].per_message:
                raise ImproperlyConfigured(
                    f"The option {name!r} cannot be set for one connection: the worker"
                    f" that delivers would not know of it. Set"
                    f" {conf.OPTION_NAMES[name].names[0]}, or use MAILERS (Django 6.1)."
                )
        return conf.build_mailer(conf.DEFAULT_MAILER, options)


def _refuse_unknown(options: dict[str, Any]) -> None:
    # send_mail() passes these on to whatever backend there is.
    login = ("username", "password")
    options = {k: v for k, v in options.items() if k not in login or v is not None}
    if options:
        names = ", ".join(sorted(repr(name) for name in options))
        raise ImproperlyConfigured(
            f"Unknown options for {conf.BACKEND}: {names}. Known are:"
            f" {', '.join(sorted(conf.OPTION_NAMES))}."
        )
