"""One key in the place of another."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from seacucumber.dkim_keys.errors import NotPublished, WrongState
from seacucumber.dkim_keys.storage import database
from seacucumber.dns import KeyResult
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import KEYLESS, Change

#: The private key is there.
KEPT = tuple(state for state in DkimState if state not in KEYLESS)


def take_over(key: DkimKey, change: Change, *, override: bool = False) -> DkimKey:
    """Make a key the active one; the one that was is retiring, in the same moment.

    Args:
        key: Published or retiring.
        override: It may be pending as well.

    Raises:
        WrongState: if it is in no such state any more.
    """
    keys = DkimKey.objects.using(database())
    # Read before: a transaction that begins with a write waits for its turn on SQLite.
    current = keys.active(key.domain, key.use)
    with transaction.atomic(using=database()):
        if current is not None and current.pk != key.pk:
            note = f"Replaced by {key}."
            if not keys.retire(current, Change(at=change.at, note=note)):
                raise moved_on(current)
        if key.state == DkimState.RETIRING:
            active = keys.restore(key, change)
        else:
            active = keys.activate(key, change, unpublished=override)
        if not active:
            raise moved_on(key)
    return key


def expect(key: DkimKey, states: Collection[DkimState], deed: str) -> None:
    """Make sure that a key is in one of some states.

    Args:
        deed: What is to be done with it, in words that end the sentence.

    Raises:
        WrongState: if it is not.
    """
    if key.state in states:
        return
    wanted = " or ".join(str(state.label) for state in states)
    raise WrongState(
        f"{key} is {key.get_state_display()}. Only a key that is {wanted} {deed}."
    )


def expect_published(key: DkimKey) -> None:
    """Make sure that the last look found a key's record.

    Raises:
        NotPublished: if it did not.
    """
    if key.state != DkimState.PENDING and key.result == KeyResult.MATCH:
        return
    seen = key.note or "It has to be found twice, at least ten minutes apart."
    raise NotPublished(
        f"The record of {key} is not known to be published, so receivers would reject"
        f" its signatures. {seen}"
    )


def moved_on(key: DkimKey) -> WrongState:
    """Return the error for a key that somebody else has moved meanwhile."""
    return WrongState(
        f"{key} was changed by somebody else at the same moment. Look at it again."
    )
