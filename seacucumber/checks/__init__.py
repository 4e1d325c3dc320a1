"""System checks: a wrong setting is known before the first mail."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import NoReverseMatch, reverse

from seacucumber import conf
from seacucumber.checks import (  # noqa: F401 - registers them
    charset,
    history,
    mysql,
    python,
)
from seacucumber.checks.admin_mail import check_admin_mail
from seacucumber.checks.backend import check_backend
from seacucumber.checks.celery import check_celery
from seacucumber.checks.database import check_queue_database
from seacucumber.checks.dkim import check_key_settings, check_strength
from seacucumber.checks.other_backends import check_other_backends
from seacucumber.signing import Signer, SigningError

#: There is one guard for an account, however many mailers send through it.
_OF_THE_ACCOUNT = tuple(
    row.attribute for row in conf.SETTINGS if row.attribute.startswith("guard")
)


@register("seacucumber")
def check_settings(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check everything that can be wrong with the settings of this package."""
    return [
        *check_installed(),
        *check_names(),
        *check_options(),
        *check_values(),
        *check_key_settings(),
        *check_celery(),
        *check_queue_database(),
        *check_backend(),
        *check_other_backends(),
        *check_admin_mail(),
    ]


def check_installed() -> Iterator[CheckMessage]:
    """The queue is in the database, so the app must have its tables."""
    if not apps.is_installed("seacucumber"):
        yield Error(
            "seacucumber is not in INSTALLED_APPS; its queue has no tables.",
            hint="Add 'seacucumber' to INSTALLED_APPS and run migrate.",
            id="seacucumber.E001",
        )


def check_names() -> Iterator[CheckMessage]:
    """A misspelt setting would have no effect, silently."""
    known = conf.known_names()
    for name in dir(settings):
        if name.startswith("CUCUMBER_") and name not in known:
            yield Error(
                f"{name} is not a setting of Sea Cucumber.",
                hint=_did_you_mean(name, known),
                id="seacucumber.E002",
            )


def check_options() -> Iterator[CheckMessage]:
    """The same for the ``OPTIONS`` of mailers, before the first mail meets them."""
    mailers: Mapping[str, Any] = getattr(settings, "MAILERS", None) or {}
    for alias, row in mailers.items():
        if row.get("BACKEND") != conf.BACKEND:
            continue
        for option in row.get("OPTIONS", {}):
            if option not in conf.OPTION_NAMES and option != "fail_silently":
                yield Error(
                    f"MAILERS[{alias!r}] has an unknown option {option!r}.",
                    hint=_did_you_mean(option, conf.OPTION_NAMES),
                    id="seacucumber.E003",
                )


def check_values() -> Iterator[CheckMessage]:
    """Every value can be used, alone and together with the others."""
    try:
        conf.get_retention()
        mailers = [conf.get_mailer(alias) for alias in conf.mailer_aliases()]
    except conf.InvalidSetting as error:
        yield Error(
            str(error),
            hint="The table of settings in README.rst tells what each may be.",
            id="seacucumber.E004",
        )
        return
    for mailer in mailers:
        yield from _check_lease(mailer)
        yield from _check_credentials(mailer)
        yield from _check_dkim(mailer)
        yield from _check_guard(mailer)
        yield from _check_topics(mailer)
    yield from _check_shared_accounts(mailers)
    yield from _check_rate()


def _check_lease(mailer: conf.Mailer) -> Iterator[CheckMessage]:
    if mailer.lease_s < 2 * mailer.call_deadline_s:
        yield Error(
            f"{_named(mailer, 'lease_s')} is {mailer.lease_s:g} s, and a call to SES"
            f" may take {mailer.call_deadline_s:g} s: mail under way would be taken"
            " for lost.",
            hint=f"Make it at least {2 * mailer.call_deadline_s:g} s, or shorten"
            " CUCUMBER_CONNECT_TIMEOUT and CUCUMBER_READ_TIMEOUT.",
            id="seacucumber.E005",
        )


def _check_credentials(mailer: conf.Mailer) -> Iterator[CheckMessage]:
    if bool(mailer.ses_access_key_id) != bool(mailer.ses_secret_access_key):
        missing = (
            "ses_secret_access_key" if mailer.ses_access_key_id else "ses_access_key_id"
        )
        yield Error(
            f"{_named(mailer, missing)} is missing: a key has two halves.",
            hint="Set both, or neither to use a role, a profile or the environment.",
            id="seacucumber.E006",
        )


def _check_dkim(mailer: conf.Mailer) -> Iterator[CheckMessage]:
    if bool(mailer.dkim_domain) != bool(mailer.dkim_private_key):
        missing = "dkim_private_key" if mailer.dkim_domain else "dkim_domain"
        yield Error(
            f"{_named(mailer, missing)} is missing: mail would leave unsigned.",
            hint="Set both DKIM_DOMAIN and DKIM_PRIVATE_KEY, or neither.",
            id="seacucumber.E007",
        )
    elif mailer.dkim_domain and mailer.dkim_private_key:
        try:
            Signer(
                domain=mailer.dkim_domain,
                selector=mailer.dkim_selector,
                private_key_pem=mailer.dkim_private_key,
                headers=mailer.dkim_headers,
            )
        except SigningError as error:
            yield Error(
                f"The DKIM_* settings cannot sign: {error}",
                hint="Mail of this mailer is held until they can.",
                id="seacucumber.E008",
            )
        else:
            yield from check_strength(mailer.dkim_private_key)


def _check_guard(mailer: conf.Mailer) -> Iterator[CheckMessage]:
    if not mailer.guard_mail_to:
        return
    through = mailer.guard_mail_through
    mailers: Mapping[str, Any] = getattr(settings, "MAILERS", None) or {}
    backend = mailers[through].get("BACKEND") if through in mailers else through
    if mailers and through not in mailers:
        # Django opens nothing but a mailer where there are any.
        backend = None
    if not backend or "." not in backend or backend == conf.BACKEND:
        yield Error(
            f"{_named(mailer, 'guard_mail_through')} is {through!r}: the guard's alerts"
            " must not need Amazon SES, which may be what is stopped.",
            hint="Name another e-mail backend such as"
            " 'django.core.mail.backends.smtp.EmailBackend', or on Django 6.1 a mailer"
            " of MAILERS that has one.",
            id="seacucumber.E020",
        )


def _check_shared_accounts(mailers: Sequence[conf.Mailer]) -> Iterator[CheckMessage]:
    """What is done once for an account is done as its first mailer has it."""
    first: dict[str, conf.Mailer] = {}
    for mailer in mailers:
        known = first.setdefault(mailer.pace_key, mailer)
        differing = [
            name
            for name in _OF_THE_ACCOUNT
            if getattr(mailer, name) != getattr(known, name)
        ]
        if differing:
            yield Warning(
                f"The mailers {known.alias!r} and {mailer.alias!r} send through one"
                f" account, and differ in {', '.join(differing)}.",
                hint=f"An account has one guard, with the values of {known.alias!r}."
                " Give both the same; if they are two accounts, name each in account.",
                id="seacucumber.W022",
            )


def _check_topics(mailer: conf.Mailer) -> Iterator[CheckMessage]:
    if not mailer.sns_topics:
        return
    try:
        reverse("seacucumber:sns")
    except NoReverseMatch:
        yield Warning(
            f"{_named(mailer, 'sns_topics')} names topics, and no address is there for"
            " SNS to post to.",
            hint='Add path("ses/", include("seacucumber.urls")) to the URLconf; for'
            " topics that fill a queue, CUCUMBER_EVENT_QUEUES is enough.",
            id="seacucumber.W020",
        )
    if "1" in mailer.sns_signature_versions:
        yield Warning(
            f"{_named(mailer, 'sns_signature_versions')} allows version 1, which is"
            " SHA-1.",
            hint="Set the attribute SignatureVersion of the topics to 2, and remove the"
            " setting.",
            id="seacucumber.W021",
        )


def _check_rate() -> Iterator[CheckMessage]:
    own = getattr(settings, "CUCUMBER_RATE_LIMIT", None) is not None
    if own and getattr(settings, "AWS_SES_AUTO_THROTTLE", None) is not None:
        yield Warning(
            "Both CUCUMBER_RATE_LIMIT and AWS_SES_AUTO_THROTTLE are set; the first,"
            " recipients per second, is what counts.",
            hint="Remove AWS_SES_AUTO_THROTTLE, or CUCUMBER_RATE_LIMIT to follow the"
            " account's own rate.",
            id="seacucumber.W002",
        )


def _named(mailer: conf.Mailer, attribute: str) -> str:
    if mailer.alias == conf.DEFAULT_MAILER:
        return conf.source_of(attribute)
    return f"{conf.source_of(attribute)} of mailer {mailer.alias!r}"


def _did_you_mean(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return "Remove it; README.rst has the table of settings."
