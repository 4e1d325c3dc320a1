"""Settings: read here only, late and typed.

Each setting has one row in `seacucumber.conf.table`. A value is taken from the first
place that has one: the mailer's ``OPTIONS`` (Django 6.1), ``CUCUMBER_*``, the names of
django-ses (``AWS_SES_*``), ``AWS_*``. Where none has, botocore's own chain (roles,
profiles, environment) or the default decides.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from seacucumber.conf.aws_profile import region_of_profile
from seacucumber.conf.dkim import Dkim
from seacucumber.conf.mailer import DEFAULT_REGION, Mailer, Retention
from seacucumber.conf.table import DKIM, RETENTION, SETTINGS, Setting

__all__ = [
    "BACKEND",
    "DEFAULT_MAILER",
    "DEFAULT_REGION",
    "DKIM",
    "OPTION_NAMES",
    "RETENTION",
    "SETTINGS",
    "Dkim",
    "InvalidSetting",
    "Mailer",
    "Retention",
    "Setting",
    "backends",
    "build_mailer",
    "get_dkim",
    "get_mailer",
    "get_mailer_or_default",
    "get_retention",
    "is_in_use",
    "known_names",
    "mailer_aliases",
    "mailer_options",
    "names_mailers",
    "source_of",
]

BACKEND = "seacucumber.backend.SESBackend"
DEFAULT_MAILER = "default"

_ALL = (*SETTINGS, *RETENTION, *DKIM)

OPTION_NAMES: Mapping[str, Setting] = {row.option_name: row for row in SETTINGS}


class InvalidSetting(ImproperlyConfigured):
    """A setting or OPTION has a value that cannot be used.

    Deliberately not a `SeaCucumberError`: ``fail_silently`` must not hide it.
    """

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem
        super().__init__(f"{name} {problem}")


@lru_cache
def get_mailer(alias: str = DEFAULT_MAILER) -> Mailer:
    """Return the settings of one mailer.

    Args:
        alias: A key of ``MAILERS``; ``"default"`` where ``EMAIL_BACKEND`` is used.

    Raises:
        InvalidSetting: if the alias is not configured or a value cannot be used.
    """
    return build_mailer(alias, mailer_options(alias))


def get_mailer_or_default(alias: str) -> Mailer:
    """Return a mailer's settings; for mail whose mailer is gone, the first one's."""
    try:
        return get_mailer(alias)
    except InvalidSetting:
        return get_mailer(mailer_aliases()[0])


def build_mailer(alias: str, options: Mapping[str, Any]) -> Mailer:
    """Return the settings that a mailer with these ``OPTIONS`` has."""
    values = {
        row.attribute: value
        for row in SETTINGS
        for value in _values(row, options, alias)
    }
    values.setdefault(
        "ses_region_name",
        os.environ.get("AWS_REGION")
        or os.environ.get("AWS_DEFAULT_REGION")
        or region_of_profile(values.get("ses_profile")),
    )
    values.setdefault("account", _account_of(options))
    return Mailer(alias=alias, **values)


@lru_cache
def get_retention() -> Retention:
    """Return how long bodies and messages are kept."""
    return Retention(
        **{row.attribute: value for row in RETENTION for value in _values(row, {}, "")}
    )


@lru_cache
def get_dkim() -> Dkim:
    """Return how DKIM keys in the database are kept, used and replaced.

    Raises:
        InvalidSetting: if a value cannot be used.
    """
    values = {row.attribute: value for row in DKIM for value in _values(row, {}, "")}
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return Dkim(secrets=secrets, **values)


def mailer_options(alias: str) -> Mapping[str, Any]:
    """Return the ``OPTIONS`` of a mailer of ours, empty under ``EMAIL_BACKEND``.

    Raises:
        InvalidSetting: if ``MAILERS`` has no such alias.
    """
    mailers: Mapping[str, Any] | None = getattr(settings, "MAILERS", None)
    if not mailers:
        if alias == DEFAULT_MAILER:
            return {}
        raise InvalidSetting("MAILERS", f"has no mailer {alias!r}.")
    if alias not in mailers:
        if alias == DEFAULT_MAILER and DEFAULT_MAILER not in mailers:
            return {}
        raise InvalidSetting("MAILERS", f"has no mailer {alias!r}.")
    options: Mapping[str, Any] = mailers[alias].get("OPTIONS", {})
    return options


def mailer_aliases() -> list[str]:
    """Return the aliases of all mailers that deliver through this package."""
    mailers: Mapping[str, Any] | None = getattr(settings, "MAILERS", None)
    if not mailers:
        return [DEFAULT_MAILER]
    ours = [alias for alias, row in mailers.items() if row.get("BACKEND") == BACKEND]
    return ours or [DEFAULT_MAILER]


def is_in_use() -> bool:
    """Tell whether Django hands mail, or that of one mailer, to our backend."""
    return BACKEND in backends().values()


def backends() -> dict[str, str]:
    """Return the backends that Django hands mail to, by the alias of their mailer.

    That of ``EMAIL_BACKEND`` has the alias ``"default"``.
    """
    mailers: Mapping[str, Any] | None = getattr(settings, "MAILERS", None)
    if mailers:
        return {alias: str(row.get("BACKEND")) for alias, row in mailers.items()}
    with warnings.catch_warnings():
        # Django 6.1 warns who asks for it, also where it is not set; and it has none
        # where MAILERS is there and empty.
        warnings.simplefilter("ignore")
        return {DEFAULT_MAILER: str(getattr(settings, "EMAIL_BACKEND", ""))}


def names_mailers() -> bool:
    """Tell whether mailers are named in the settings: some may have gone since."""
    return bool(getattr(settings, "MAILERS", None))


def source_of(attribute: str) -> str:
    """Return the name of the Django setting that a field of `Mailer` comes from."""
    row = next(row for row in _ALL if row.attribute == attribute)
    return next((name for name in row.names if hasattr(settings, name)), row.names[0])


def known_names() -> set[str]:
    """Return every ``CUCUMBER_*`` setting that means something."""
    return {name for row in _ALL for name in row.names if name.startswith("CUCUMBER_")}


def _account_of(options: Mapping[str, Any]) -> str | None:
    """Name the account of a mailer that has credentials of its own."""
    access_key = options.get("ses_access_key_id")
    if access_key:
        return f"key-{hashlib.sha256(str(access_key).encode()).hexdigest()[:8]}"
    profile = options.get("ses_profile")
    return f"profile-{profile}" if profile else None


def _values(row: Setting, options: Mapping[str, Any], alias: str) -> Iterator[Any]:
    """Yield the parsed value of a setting, or nothing where nobody set it."""
    if row.option_name in options:
        name = f"MAILERS[{alias!r}]['OPTIONS'][{row.option_name!r}]"
        yield _parsed(row, name, options[row.option_name])
        return
    for name in row.names:
        value = getattr(settings, name, None)
        # None is a value where it keeps things for good; elsewhere it is unset.
        if value is not None or (row in RETENTION and hasattr(settings, name)):
            yield _parsed(row, name, value)
            return


def _parsed(row: Setting, name: str, value: Any) -> Any:
    try:
        return row.parse(value)
    except (ValueError, TypeError) as error:
        raise InvalidSetting(name, str(error)) from error


def _forget(*, setting: str, **kwargs: Any) -> None:
    get_mailer.cache_clear()
    get_retention.cache_clear()
    get_dkim.cache_clear()


setting_changed.connect(_forget, dispatch_uid="seacucumber.conf")
