"""System checks of the DKIM settings, and of what they mean for stored keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections, router

from seacucumber import conf
from seacucumber.enums import DkimAlgorithm, DkimUse
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import KEYLESS
from seacucumber.signing import (
    SigningError,
    checked_domain,
    checked_headers,
    load_private_key,
    public_key_of,
)

_STRONG_BITS = 2048


def check_key_settings() -> Iterator[CheckMessage]:
    """The settings of keys in the database can be used."""
    try:
        dkim = conf.get_dkim()
    except conf.InvalidSetting as error:
        yield Error(
            str(error),
            hint="Mail that a key in the database signs is held until it is right.",
            id="seacucumber.E011",
        )
        return
    try:
        checked_headers(dkim.headers)
    except SigningError as error:
        yield Error(
            f"CUCUMBER_DKIM_HEADERS cannot be signed: {error}",
            hint="Remove the setting to sign the headers that matter.",
            id="seacucumber.E012",
        )


def check_strength(private_key_pem: str) -> Iterator[CheckMessage]:
    """Receivers accept what the key of the ``DKIM_*`` settings signs."""
    key = public_key_of(load_private_key(private_key_pem))
    if key.algorithm == DkimAlgorithm.ED25519_SHA256:
        yield Warning(
            "DKIM_PRIVATE_KEY is an Ed25519 key: few receivers understand its"
            " signatures, and SES does not take a second one beside them.",
            hint="Use an RSA key of 2048 bits.",
            id="seacucumber.W006",
        )
    elif key.bits < _STRONG_BITS:
        yield Warning(
            f"DKIM_PRIVATE_KEY has {key.bits} bits; some receivers do not trust keys"
            f" of less than {_STRONG_BITS} (RFC 8301 3.2).",
            hint=f"Use an RSA key of {_STRONG_BITS} bits.",
            id="seacucumber.W007",
        )


@register(Tags.database)
def check_stored_keys(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """What the settings mean for the keys in the database.

    Runs with ``migrate`` and ``check --database default``.
    """
    using = router.db_for_read(DkimKey)
    if using not in (databases or ()) or not _has_table(using):
        return []
    return [*_check_sealing(), *_check_beside_settings()]


def _check_sealing() -> Iterator[CheckMessage]:
    try:
        sealed_by_secret = not conf.get_dkim().encryption_keys
    except conf.InvalidSetting:
        return
    if sealed_by_secret and DkimKey.objects.exclude(state__in=KEYLESS).exists():
        yield Warning(
            "The private DKIM keys in the database are sealed with SECRET_KEY: who"
            " loses or replaces it loses them.",
            hint="Put a key of Fernet.generate_key() into"
            " CUCUMBER_DKIM_ENCRYPTION_KEYS and run 'manage.py ses_dkim reencrypt'.",
            id="seacucumber.W003",
        )


def _check_beside_settings() -> Iterator[CheckMessage]:
    for alias in conf.mailer_aliases():
        try:
            mailer = conf.get_mailer(alias)
            domain = checked_domain(mailer.dkim_domain or "")
        except (conf.InvalidSetting, SigningError):
            continue
        selector = mailer.dkim_selector.lower()
        ours = DkimKey.objects.filter(domain=domain)
        if ours.filter(active_for__isnull=False, use=DkimUse.MESSAGE).exists():
            yield Warning(
                f"The DKIM_* settings have a key for {domain}, and so has the"
                " database: the one in the database signs.",
                hint="Remove DKIM_DOMAIN and DKIM_PRIVATE_KEY.",
                id="seacucumber.W004",
            )
        elif ours.filter(selector=selector, state__in=KEYLESS).exists():
            yield Warning(
                f"The DKIM_* settings still have the private key of"
                f" {selector}._domainkey.{domain}, which was destroyed in the database:"
                " it does not sign, and mail leaves unsigned.",
                hint="Remove DKIM_DOMAIN and DKIM_PRIVATE_KEY, and generate a new key.",
                id="seacucumber.W005",
            )


def _has_table(using: str) -> bool:
    """``migrate`` runs the checks before there is one."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    return DkimKey._meta.db_table in tables
