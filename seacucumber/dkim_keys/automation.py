"""What goes by itself, as time passes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from seacucumber.conf import DEFAULT_MAILER, get_dkim
from seacucumber.dkim_keys.byodkim import (
    REPLACED,
    follow_push,
    push,
    seems_replaced,
    take_back,
)
from seacucumber.dkim_keys.storage import now
from seacucumber.dkim_keys.transitions import activate, rotate
from seacucumber.dns import KeyResult
from seacucumber.enums import DkimState, DkimUse, IdentityStatus
from seacucumber.exceptions import SeaCucumberError
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import KEYLESS, Change

logger = logging.getLogger("seacucumber")

#: A revoked key is looked at for so long.
ARCHIVED_AFTER = timedelta(days=30)
#: SES gives up looking for a record after 72 hours.
_SES_LOOKS = (IdentityStatus.PENDING, IdentityStatus.TEMPORARY_FAILURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """How many keys have gone on.

    Args:
        prepared: Successors that were made because their rotation is due.
        switched: Keys that sign from now on.
        revoking: Keys whose retirement is over; their private key is destroyed.
        archived: Keys that nobody has to look at any more.
    """

    prepared: int = 0
    switched: int = 0
    revoking: int = 0
    archived: int = 0


def advance() -> Advanced:
    """Do what is due for every key. Safe to run twice, and by several at once.

    What fails for one key is logged, and tried again next time; others go on. Not to
    be called inside a transaction: SES is asked about keys that were handed to it.
    """
    at = now()
    _each(_destroyed_in_ses(), _take_back)
    _each(_trusted_in_ses(), _look_again)
    return Advanced(
        switched=_each(_handed_over(), _follow) + _each(_ready(), _switch),
        revoking=_each(_retired(at), _revoke),
        archived=_each(_done(at), _archive),
        prepared=_each(_old(at), _prepare),
    )


def _each(keys: Iterable[DkimKey], work: Callable[[DkimKey], bool]) -> int:
    count = 0
    for key in keys:
        try:
            count += work(key)
        except SeaCucumberError as error:
            logger.warning("DKIM key %s: %s", key, error)
    return count


def _destroyed_in_ses() -> Iterable[DkimKey]:
    """Return keys that SES could not be told of when they were destroyed."""
    return DkimKey.objects.filter(state__in=KEYLESS).exclude(
        ses_status__in=("", REPLACED)
    )


def _take_back(key: DkimKey) -> bool:
    take_back(key, actor="")
    return True


def _trusted_in_ses() -> Iterable[DkimKey]:
    return DkimKey.objects.filter(
        state=DkimState.ACTIVE, ses_status=IdentityStatus.VERIFIED
    )


def _look_again(key: DkimKey) -> bool:
    if seems_replaced(key):
        follow_push(key)
    return True


def _handed_over() -> Iterable[DkimKey]:
    return DkimKey.objects.filter(use=DkimUse.SES, ses_status__in=_SES_LOOKS).exclude(
        state__in=KEYLESS
    )


def _follow(key: DkimKey) -> bool:
    before = key.state
    follow_push(key)
    return before != DkimState.ACTIVE and key.state == DkimState.ACTIVE


def _ready() -> Iterable[DkimKey]:
    return DkimKey.objects.filter(
        state=DkimState.PUBLISHED, activates_itself=True, result=KeyResult.MATCH
    )


def _switch(key: DkimKey) -> bool:
    if key.use == DkimUse.MESSAGE:
        activate(key, actor="")
        return True
    if not key.ses_status:
        push(key, alias=key.mailer or DEFAULT_MAILER, actor="")
    return False


def _retired(at: datetime) -> Iterable[DkimKey]:
    over = at - timedelta(seconds=get_dkim().retire_after_s)
    # One that SES is to take back signs again soon.
    return DkimKey.objects.filter(
        state=DkimState.RETIRING, retiring_at__lte=over
    ).exclude(ses_status__in=_SES_LOOKS)


def _revoke(key: DkimKey) -> bool:
    note = "Its retirement is over."
    return DkimKey.objects.revoke(key, Change(at=now(), note=note))


def _done(at: datetime) -> Iterable[DkimKey]:
    return DkimKey.objects.filter(
        state=DkimState.REVOKED, revoked_at__lte=at - ARCHIVED_AFTER
    ).exclude(result=KeyResult.MATCH)


def _archive(key: DkimKey) -> bool:
    return DkimKey.objects.archive(key, Change(at=now(), note="Revoked long ago."))


def _old(at: datetime) -> Iterable[DkimKey]:
    """Return active keys that should have a successor, and never had one.

    One that was abandoned, or rotated back from, is not made again by itself.
    """
    due = at - timedelta(seconds=get_dkim().rotate_after_s)
    return DkimKey.objects.filter(
        state=DkimState.ACTIVE, activated_at__lte=due, successors=None
    )


def _prepare(key: DkimKey) -> bool:
    rotate(key, actor="")
    return True
