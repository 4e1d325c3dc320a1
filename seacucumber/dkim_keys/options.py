"""What of a key may be changed without another key: when it signs."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from seacucumber.dkim_keys.errors import WrongState
from seacucumber.dkim_keys.storage import database, now
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import KEYLESS, Change


def set_options(
    key: DkimKey, *, cover_subdomains: bool, beside_ses: bool, actor: str
) -> DkimKey:
    """Change when a key signs, and write down who did it.

    Args:
        cover_subdomains: Whether it signs for domains below its own.
        beside_ses: Whether it signs although SES signs for the domain.
        actor: The name of the user.

    Raises:
        WrongState: if its private key is destroyed.
    """
    note = f"Subdomains too: {_yes(cover_subdomains)}. Beside SES: {_yes(beside_ses)}."
    with transaction.atomic(using=database()):
        keys = DkimKey.objects.using(database())
        signing = keys.filter(pk=key.pk).exclude(state__in=KEYLESS)
        found = signing.update(
            cover_subdomains=cover_subdomains,
            beside_ses=beside_ses,
            version=F("version") + 1,
        )
        # The row is ours now: the state that is written down moves no more.
        key.refresh_from_db(using=database())
        if not found:
            raise WrongState(f"{key} signs nothing any more, so it has no options.")
        keys.write_down(key, Change(at=now(), actor=actor, note=note))
    return key


def _yes(value: bool) -> str:
    return "yes" if value else "no"
