"""How a DKIM key's state moves: compare, set, and write down who did it.

Each method is one arrow. It changes a key that is still in the state in which the
caller saw it, and tells whether it did; the key in hand is then as in the database.
Nothing else assigns a state.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import DkimState, DkimUse

if TYPE_CHECKING:
    from seacucumber.models.account.dkim_key import DkimKey

#: The private key of these is destroyed.
KEYLESS = (
    DkimState.REVOKING,
    DkimState.REVOKED,
    DkimState.ARCHIVED,
    DkimState.ABANDONED,
)
_KEPT = tuple(state for state in DkimState if state not in KEYLESS)
_NOTE_MAX = 500
#: No look is farther ahead.
LONGEST_LOOK = timedelta(days=1)
#: A new state is judged by looks of its own.
_UNJUDGED = {"good_checks": 0, "good_since": None, "bad_checks": 0, "bad_since": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """When, by whom and why a key's state moves.

    Args:
        at: The database's time.
        actor: The name of the user, empty if it goes by itself.
        note: Why, in plain words.
    """

    at: datetime
    actor: str = ""
    note: str = ""


class DkimKeyRows(PrimaryQuerySet["DkimKey"]):
    """Keys as those look at them who have to do something."""

    def active(self, domain: str, use: DkimUse | str) -> DkimKey | None:
        """Return the key that signs for a domain now."""
        return self.filter(active_for=active_for(domain, use)).first()

    def due(self, at: datetime) -> Self:
        """Return keys whose record is to be looked for, the longest waiting first.

        What waits for longer than it can was written before the clock was set back.
        """
        too_far = Q(next_check_at__gt=at + LONGEST_LOOK)
        rows = self.filter(Q(next_check_at__lte=at) | too_far)
        return rows.order_by("next_check_at", "pk")

    def write_down(
        self, key: DkimKey, change: Change, target: DkimState | None = None
    ) -> None:
        """Write down what happened to a key.

        Args:
            target: The state that it moves to; None if it stays where it is.
        """
        key.events.create(
            at=change.at,
            actor=change.actor,
            from_state=key.state,
            to_state=target or key.state,
            note=change.note[:_NOTE_MAX],
        )

    def _move(
        self,
        key: DkimKey,
        origins: Collection[DkimState],
        target: DkimState,
        change: Change,
        **changes: Any,
    ) -> bool:
        if key.state not in origins:
            return False
        with transaction.atomic(using=self.db):
            moved = self.filter(pk=key.pk, state=key.state).update(
                state=target,
                version=F("version") + 1,
                **{"next_check_at": change.at, **_UNJUDGED, **changes},
            )
            if not moved:
                return False
            self.write_down(key, change, target)
        key.refresh_from_db(using=self.db)
        return True


class DkimKeyQuerySet(DkimKeyRows):
    """DKIM keys, and every legal move of their state."""

    def publish(self, key: DkimKey, change: Change) -> bool:
        """Pending to published: the record is seen."""
        return self._move(
            key,
            (DkimState.PENDING,),
            DkimState.PUBLISHED,
            change,
            published_at=change.at,
        )

    def unpublish(self, key: DkimKey, change: Change) -> bool:
        """Published to pending: the record has vanished."""
        return self._move(key, (DkimState.PUBLISHED,), DkimState.PENDING, change)

    def activate(
        self, key: DkimKey, change: Change, *, unpublished: bool = False
    ) -> bool:
        """Published to active: it signs from now on. False also if another one does.

        Args:
            unpublished: It may be pending as well.
        """
        pending = (DkimState.PENDING,) if unpublished else ()
        return self._take_over(
            key, (DkimState.PUBLISHED, *pending), change, activated_at=change.at
        )

    def restore(self, key: DkimKey, change: Change) -> bool:
        """Retiring to active: it signs again. False also if another one does."""
        return self._take_over(key, (DkimState.RETIRING,), change, retiring_at=None)

    def retire(self, key: DkimKey, change: Change) -> bool:
        """Active to retiring: it signs no more, and its record stays."""
        return self._move(
            key,
            (DkimState.ACTIVE,),
            DkimState.RETIRING,
            change,
            retiring_at=change.at,
            active_for=None,
        )

    def revoke(self, key: DkimKey, change: Change) -> bool:
        """Any that has its private key to revoking: the private key is destroyed."""
        return self._move(
            key,
            _KEPT,
            DkimState.REVOKING,
            change,
            revoking_at=change.at,
            active_for=None,
            activates_itself=False,
            private_key_sealed="",
        )

    def confirm_revoked(self, key: DkimKey, change: Change) -> bool:
        """Revoking to revoked: DNS says so, too."""
        return self._move(
            key,
            (DkimState.REVOKING,),
            DkimState.REVOKED,
            change,
            revoked_at=change.at,
        )

    def archive(self, key: DkimKey, change: Change) -> bool:
        """Revoked to archived: nobody looks for its record any more."""
        return self._move(
            key,
            (DkimState.REVOKED,),
            DkimState.ARCHIVED,
            change,
            archived_at=change.at,
            next_check_at=None,
        )

    def abandon(self, key: DkimKey, change: Change) -> bool:
        """Pending or published to abandoned: the private key is destroyed."""
        return self._move(
            key,
            (DkimState.PENDING, DkimState.PUBLISHED),
            DkimState.ABANDONED,
            change,
            archived_at=change.at,
            next_check_at=None,
            activates_itself=False,
            private_key_sealed="",
        )

    def _take_over(
        self,
        key: DkimKey,
        origins: Collection[DkimState],
        change: Change,
        **changes: Any,
    ) -> bool:
        try:
            return self._move(
                key,
                origins,
                DkimState.ACTIVE,
                change,
                active_for=active_for(key.domain, key.use),
                activates_itself=False,
                **changes,
            )
        except IntegrityError:
            return False


def active_for(domain: str, use: DkimUse | str) -> str:
    """Return what only one active key may have."""
    return f"{DkimUse(use).value}:{domain}"
