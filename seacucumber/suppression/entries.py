"""The list of our own: who is put on it, and who is taken off, here and in SES."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import router, transaction
from django.db.models import QuerySet

from seacucumber.addresses import read_address
from seacucumber.conf import (
    DEFAULT_MAILER,
    InvalidSetting,
    get_mailer,
    mailer_aliases,
)
from seacucumber.db import clock
from seacucumber.enums import SuppressionReason, SuppressionSource
from seacucumber.exceptions import NotFound, SeaCucumberError
from seacucumber.models import Suppressed
from seacucumber.refresh_schedule import paced
from seacucumber.ses.account import suppression
from seacucumber.suppression.ses_sync import forget_at_ses, keep_page, now

#: What SES calls our reasons: it knows two.
_SES_REASONS = {SuppressionReason.COMPLAINT: "COMPLAINT"}


class InvalidEntry(SeaCucumberError, ValueError):
    """What cannot be put onto a suppression list, and why."""


class NothingToRemove(SeaCucumberError):
    """The address is on no list.

    Args:
        address: The address.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"{address} is not suppressed.")


class OnlyAtSES(SeaCucumberError):
    """The entry is SES's own, and SES was not to be asked.

    Args:
        address: The address.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(
            f"{address} is on the list of Amazon SES; it has to be removed there."
        )


class WouldEndSooner(SeaCucumberError):
    """An entry of ours would be replaced by one that ends sooner.

    Args:
        row: The entry that is in force.
    """

    def __init__(self, row: Suppressed) -> None:
        self.row = row
        ends = (
            f"until {row.expires_at:%Y-%m-%d %H:%M}" if row.expires_at else "for good"
        )
        super().__init__(
            f"{row.address} is on the list since {row.since:%Y-%m-%d},"
            f" {ends}: {row.get_reason_display()}, from {row.get_source_display()}. The"
            " new entry would end sooner, as a removal does. Let it last as long, or"
            " have the entry removed first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What a removal has done.

    Args:
        here: An entry of our own is gone.
        at_ses: The entry of SES is gone.
        still_at_ses: SES has the address still, and drops mail to it.
        put_again: It has come onto our list anew while SES was asked, and stays.
    """

    here: bool = False
    at_ses: bool = False
    still_at_ses: bool = False
    put_again: bool = False


def checked_address(address: str) -> str:
    """Return an address as the list has it: in lower case, its domain in ASCII.

    Raises:
        InvalidEntry: if it is no e-mail address.
    """
    # As the queue has it, or it would match none of its mail.
    bare = read_address(address) or address.strip()
    local, at, domain = bare.rpartition("@")
    try:
        if not domain.isascii():
            domain = idna.encode(domain, uts46=True).decode("ascii")
        written = f"{local}{at}{domain}".lower()
        validate_email(written)
    except (ValidationError, idna.IDNAError) as error:
        raise InvalidEntry(f"{address.strip()!r} is no e-mail address.") from error
    if not written.isprintable() or len(written) > 320:
        raise InvalidEntry(f"{address.strip()!r} is no e-mail address.")
    return written


def checked_scope(scope: str, pace_key: str) -> str:
    """Return a scope: the account for an empty one, else the domain of senders.

    Raises:
        InvalidEntry: if it is neither.
    """
    written = scope.strip().lower().removeprefix("@")
    if written in ("", pace_key.lower()):
        return pace_key
    return checked_address(f"a@{written}").partition("@")[2]


def listed_address(address: str) -> str:
    """Return an address as the list may have it, though it be none here.

    What bounces, and what SES has, is on the list in any shape.
    """
    try:
        return checked_address(address)
    except InvalidEntry:
        return read_address(address) or address.strip().lower()


def add(
    address: str,
    alias: str = DEFAULT_MAILER,
    *,
    scope: str = "",
    reason: SuppressionReason = SuppressionReason.MANUAL,
    note: str = "",
    expires_at: datetime | None = None,
    at_ses: bool = False,
    replace: bool = False,
) -> tuple[Suppressed, bool]:
    """Put an address onto our list by hand, and onto SES's if wanted.

    SES is asked first: if it refuses, nothing has changed.

    Args:
        scope: Domain of the senders that it concerns; empty is the whole account.
        expires_at: When it ends by itself; None is never.
        replace: The new entry may end sooner than one of ours that is in force.

    Returns:
        The entry, and whether it is new. An entry of ours is replaced.

    Raises:
        InvalidEntry: if the address or the scope cannot be one.
        WouldEndSooner: if an entry of ours lasts longer, and is not to be replaced.
        AccountError: if SES refuses, as it does to every account in the sandbox.
    """
    mailer, address = get_mailer(alias), checked_address(address)
    scope = checked_scope(scope, mailer.pace_key)
    rows = Suppressed.objects.filter(address=address, scope=scope)
    if not replace:
        _keep_what_lasts_longer(rows, expires_at)
    if at_ses:
        word = _SES_REASONS.get(reason, "BOUNCE")
        with paced(mailer):
            suppression.put(mailer, address, word)
        at = now()
        told = suppression.Entry(address=address, reason=word, since=clock.aware(at))
        keep_page(mailer.pace_key, [told], at)
    with transaction.atomic(using=router.db_for_write(Suppressed)):
        if not replace:
            # Again: an event may have come in while SES was asked.
            _keep_what_lasts_longer(rows.select_for_update(), expires_at)
        return Suppressed.objects.update_or_create(
            address=address,
            scope=scope,
            defaults={
                "reason": reason,
                "source": SuppressionSource.MANUAL,
                "since": now(),
                "expires_at": expires_at,
                "note": note.strip()[:200],
                "strikes": 0,
            },
        )


def remove(
    address: str, alias: str = DEFAULT_MAILER, *, scope: str = "", at_ses: bool = False
) -> Removed:
    """Take an address off our list, and off SES's if wanted.

    What SES has stays a copy of what SES has: without ``at_ses`` such an entry goes on
    stopping mail, since SES would drop it.

    Raises:
        InvalidEntry: if SES is to be asked, and the scope is not the account.
        NothingToRemove: if it is on no list.
        OnlyAtSES: if SES alone has it, and is not to be asked.
        AccountError: if SES refuses; then nothing has changed.
    """
    mailer, address = get_mailer(alias), listed_address(address)
    scope = _listed_scope(scope, mailer.pace_key)
    if at_ses and scope != mailer.pace_key:
        raise InvalidEntry(
            f"The list of Amazon SES is the account's, and not one of {scope}: choose"
            " one of the two."
        )
    row = Suppressed.objects.filter(address=address, scope=scope).first()
    gone_at_ses = at_ses and _delete_at_ses(alias, address)
    if row is None:
        if gone_at_ses:
            return Removed(at_ses=True)
        raise NothingToRemove(address)
    # SES cannot be asked about an account that has left the settings.
    still = row.ses_known and not at_ses and not _has_left(scope)
    if not row.is_ours and still:
        raise OnlyAtSES(address)
    # What has changed while SES was asked is news, and stays.
    same = Suppressed.objects.filter(pk=row.pk, since=row.since, source=row.source)
    if still:
        done = same.update(
            source=SuppressionSource.SES, expires_at=None, note="", strikes=0
        )
    else:
        done = same.delete()[0]
    return Removed(
        here=row.is_ours and bool(done),
        at_ses=gone_at_ses,
        still_at_ses=still,
        put_again=not done and Suppressed.objects.filter(pk=row.pk).exists(),
    )


def find(address: str) -> list[Suppressed]:
    """Return all entries of an address, those that have ended as well."""
    rows = Suppressed.objects.filter(address=listed_address(address))
    return list(rows.order_by("scope"))


def _keep_what_lasts_longer(
    rows: QuerySet[Suppressed], expires_at: datetime | None
) -> None:
    row = rows.first()
    if row is None or not row.is_ours or expires_at is None:
        return
    lasts = row.expires_at is None or row.expires_at > max(now(), expires_at)
    if lasts:
        raise WouldEndSooner(row)


def _listed_scope(scope: str, pace_key: str) -> str:
    """Return a scope as an entry may have it: accounts come and go."""
    try:
        return checked_scope(scope, pace_key)
    except InvalidEntry:
        # The name of an account has a slash, and is in any case.
        return scope.strip() if "/" in scope else scope.strip().lower()


def _has_left(scope: str) -> bool:
    """Tell whether a scope is an account that no mailer is for any more."""
    if "/" not in scope:
        return False
    for alias in mailer_aliases():
        try:
            if get_mailer(alias).pace_key == scope:
                return False
        except InvalidSetting:
            # It may be this one's.
            return False
    return True


def _delete_at_ses(alias: str, address: str) -> bool:
    """Return whether SES had the address."""
    mailer = get_mailer(alias)
    try:
        with paced(mailer):
            suppression.delete(mailer, address)
    except NotFound:
        forget_at_ses(mailer.pace_key, address)
        return False
    forget_at_ses(mailer.pace_key, address)
    return True
