"""What of a key may be changed without another key: when it signs."""

from __future__ import annotations

from django.db import router, transaction
from django.db.models import F

from seacucumber.dkim_keys.errors import WrongState
from seacucumber.models import DkimKey, clock
from seacucumber.models.dkim_moves import KEYLESS


def set_options(
    key: DkimKey, *, cover_subdomains: bool, beside_ses: bool, who: str
) -> DkimKey:
    """Change when a key signs, and write down who did it.

    Args:
        cover_subdomains: Whether it signs for domains below its own.
        beside_ses: Whether it signs although SES signs for the domain.
        who: The name of the user.

    Raises:
        WrongState: if its private key is destroyed.
    """
    database = router.db_for_write(DkimKey)
    with transaction.atomic(using=database):
        # The lock keeps the state that is written down from moving on meanwhile.
        row = DkimKey.objects.select_for_update().get(pk=key.pk)
        if row.state in KEYLESS:
            raise WrongState(f"{key} signs nothing any more, so it has no options.")
        DkimKey.objects.filter(pk=row.pk).update(
            cover_subdomains=cover_subdomains,
            beside_ses=beside_ses,
            version=F("version") + 1,
        )
        row.events.create(
            at=clock.moment(clock.now_us(database)),
            who=who,
            from_state=row.state,
            to_state=row.state,
            note=f"Subdomains too: {_yes(cover_subdomains)}."
            f" Beside SES: {_yes(beside_ses)}.",
        )
    key.refresh_from_db()
    return key


def _yes(value: bool) -> str:
    return "yes" if value else "no"
