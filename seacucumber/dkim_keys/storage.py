"""Private keys at rest, and the database's time."""

from __future__ import annotations

from datetime import datetime

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from seacucumber.conf import get_dkim
from seacucumber.db import clock
from seacucumber.dkim_keys.errors import WrongState
from seacucumber.models import DkimKey
from seacucumber.signing import (
    PrivateKey,
    SealingKeys,
    load_private_key,
    reseal,
    seal,
    to_pem,
    unseal,
)


def now() -> datetime:
    """Return the database's time as its columns take it."""
    return clock.moment(clock.read_us(database()))


def database() -> str:
    """Return the alias of the database that keeps the keys."""
    return router.db_for_write(DkimKey)


def sealing_keys() -> SealingKeys:
    """Return what seals and opens private keys, as the settings have it."""
    settings = get_dkim()
    return SealingKeys(explicit=settings.encryption_keys, secrets=settings.secrets)


def sealed(private_key: PrivateKey, *, context: str) -> str:
    """Return a private key as it is stored.

    Args:
        context: See `DkimKey.context`.
    """
    return seal(to_pem(private_key), context=context, keys=sealing_keys())


@sensitive_variables("pem")
def private_key_of(key: DkimKey) -> PrivateKey:
    """Return the private key of a row.

    Raises:
        WrongState: if it is destroyed.
        KeyUnreadable: if no configured encryption key opens it.
    """
    if not key.private_key_sealed:
        raise WrongState(f"The private key of {key} is destroyed.")
    pem = unseal(key.private_key_sealed, context=key.context, keys=sealing_keys())
    return load_private_key(pem, checked_before=True)


def reencrypt() -> int:
    """Seal every private key anew with the first encryption key.

    Returns:
        How many were sealed anew.

    Raises:
        KeyUnreadable: naming the key, if no configured encryption key opens it. What
            was done before stays.
    """
    count, keys = 0, sealing_keys()
    for key in DkimKey.objects.exclude(private_key_sealed="").order_by("pk"):
        token = reseal(key.private_key_sealed, context=key.context, keys=keys)
        with transaction.atomic(using=database()):
            # One that was destroyed meanwhile stays destroyed.
            count += DkimKey.objects.filter(
                pk=key.pk, private_key_sealed=key.private_key_sealed
            ).update(private_key_sealed=token)
    return count
