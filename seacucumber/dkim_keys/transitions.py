"""What people decide about keys."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from seacucumber.dkim_keys.byodkim import push, take_back
from seacucumber.dkim_keys.create import Wanted, checked_new_selector, keep
from seacucumber.dkim_keys.errors import KeyRefused
from seacucumber.dkim_keys.storage import database, now
from seacucumber.dkim_keys.takeover import (
    KEPT,
    expect,
    expect_published,
    moved_on,
    take_over,
)
from seacucumber.enums import DkimAlgorithm, DkimOrigin, DkimState, DkimUse
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import Change
from seacucumber.signing import generate_private_key

_BITS = 2048
_NEVER_USED = (DkimState.PENDING, DkimState.PUBLISHED)


def activate(key: DkimKey, *, actor: str, override: bool = False) -> DkimKey:
    """Have a key sign from now on; the one that did is retiring.

    Args:
        actor: The name of the user.
        override: Do so although its record is not seen in DNS.

    Raises:
        NotPublished: if its record is not seen.
        WrongState: if it is neither pending nor published.
        KeyRefused: if SES signs with it; it is handed to SES instead.
    """
    if key.use == DkimUse.SES:
        raise KeyRefused(
            "use",
            f"SES signs with {key}. Hand it to SES; it is active when SES has found"
            " its record.",
        )
    expect(key, _NEVER_USED, "signs for the first time")
    if not override:
        expect_published(key)
    note = "Activated without its record being seen." if override else "Activated."
    return take_over(key, Change(at=now(), actor=actor, note=note), override=override)


def rotate(key: DkimKey, *, actor: str, selector: str = "") -> DkimKey:
    """Make a successor like the key, which takes its place as soon as it is published.

    Args:
        actor: The name of the user, empty if it goes by itself.
        selector: Empty takes a free one.

    Returns:
        The successor; the one that is there already, if there is one.

    Raises:
        WrongState: if the key is not active.
        KeyRefused: if the selector cannot be used.
    """
    expect(key, (DkimState.ACTIVE,), "is replaced")
    selector = checked_new_selector(selector)
    known = _successor(key)
    if known is not None:
        return known
    # It takes a tenth of a second and more; not while a row is locked.
    private_key = generate_private_key(
        DkimAlgorithm(key.algorithm), max(key.key_bits, _BITS)
    )
    with transaction.atomic(using=database()):
        # Of two who rotate at the same time, one goes on and the other finds its key.
        mine = DkimKey.objects.filter(
            pk=key.pk, version=key.version, state=DkimState.ACTIVE
        ).update(version=F("version") + 1)
        if mine:
            return keep(private_key, _like(key, selector, actor))
    key.refresh_from_db()
    known = _successor(key)
    if known is None:
        raise moved_on(key)
    return known


def restore(key: DkimKey, *, actor: str) -> DkimKey:
    """Go back to a key that is retiring; the one that signs now is retiring instead.

    One that SES signs with is handed to SES again, and is active when SES says so.

    Args:
        actor: The name of the user.

    Raises:
        NotPublished: if its record is known to be gone.
        WrongState: if it is not retiring.
        AccountError: if SES refuses.
    """
    expect(key, (DkimState.RETIRING,), "is taken back")
    if key.bad_checks:
        expect_published(key)
    if key.use == DkimUse.SES:
        return push(key, alias=key.mailer, actor=actor)
    return take_over(key, Change(at=now(), actor=actor, note="Taken back."))


def retire(key: DkimKey, *, actor: str) -> DkimKey:
    """Let an active key sign no more, without a successor.

    Args:
        actor: The name of the user.

    Raises:
        WrongState: if it is not active.
        AccountError: if SES signs with it and cannot be told.
    """
    expect(key, (DkimState.ACTIVE,), "retires")
    take_back(key, actor=actor)
    note = "Retired without a successor."
    if not DkimKey.objects.retire(key, Change(at=now(), actor=actor, note=note)):
        raise moved_on(key)
    return key


def revoke(key: DkimKey, *, actor: str, reason: str) -> DkimKey:
    """Stop using a key at once, and destroy its private key for good.

    Args:
        actor: The name of the user.
        reason: Why; it is kept with the key.

    Raises:
        WrongState: if it is destroyed already.
        AccountError: if SES signs with it and cannot be told. It is destroyed here.
    """
    expect(key, KEPT, "is revoked")
    if not DkimKey.objects.revoke(key, Change(at=now(), actor=actor, note=reason)):
        raise moved_on(key)
    take_back(key, actor=actor)
    return key


def abandon(key: DkimKey, *, actor: str) -> DkimKey:
    """Give up a key that never signed, and destroy its private key.

    Args:
        actor: The name of the user.

    Raises:
        WrongState: if it is neither pending nor published.
        AccountError: if SES has it and cannot be told.
    """
    expect(key, _NEVER_USED, "is abandoned")
    take_back(key, actor=actor)
    if not DkimKey.objects.abandon(
        key, Change(at=now(), actor=actor, note="Abandoned.")
    ):
        raise moved_on(key)
    return key


def _successor(key: DkimKey) -> DkimKey | None:
    """Return the key that waits to take a key's place."""
    return key.successors.filter(state__in=_NEVER_USED).order_by("pk").last()


def _like(key: DkimKey, selector: str, actor: str) -> Wanted:
    return Wanted(
        domain=key.domain,
        selector=selector,
        origin=DkimOrigin.GENERATED,
        use=DkimUse(key.use),
        cover_subdomains=key.cover_subdomains,
        beside_ses=key.beside_ses,
        activates_itself=True,
        predecessor=key,
        mailer=key.mailer,
        actor=actor,
    )
