"""The list of our own: who is put on it, and who is taken off, here and in SES."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.enums import SuppressionReason, SuppressionSource
from seacucumber.exceptions import NotFound, SeaCucumberError
from seacucumber.models import Suppressed, clock
from seacucumber.refreshing import paced
from seacucumber.ses import suppression
from seacucumber.suppression.mirroring import forget_at_ses, keep_page, now

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What a removal has done.

    Args:
        here: An entry of our own is gone.
        at_ses: The entry of SES is gone.
        still_at_ses: SES has the address still, and drops mail to it.
    """

    here: bool = False
    at_ses: bool = False
    still_at_ses: bool = False


def checked_address(address: str) -> str:
    """Return an address as the list has it: in lower case, its domain in ASCII.

    Raises:
        InvalidEntry: if it is no e-mail address.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        if not domain.isascii():
            # As the queue has it, or it would match none of its mail.
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


def add(
    address: str,
    alias: str = DEFAULT_MAILER,
    *,
    scope: str = "",
    reason: SuppressionReason = SuppressionReason.MANUAL,
    note: str = "",
    expires_at: datetime | None = None,
    at_ses: bool = False,
) -> tuple[Suppressed, bool]:
    """Put an address onto our list by hand, and onto SES's if wanted.

    SES is asked first: if it refuses, nothing has changed.

    Args:
        scope: Domain of the senders that it concerns; empty is the whole account.
        expires_at: When it ends by itself; None is never.

    Returns:
        The entry, and whether it is new. An entry of ours is replaced.

    Raises:
        InvalidEntry: if the address or the scope cannot be one.
        AccountError: if SES refuses, as it does to every account in the sandbox.
    """
    mailer, address = get_mailer(alias), checked_address(address)
    scope = checked_scope(scope, mailer.pace_key)
    if at_ses:
        word = _SES_REASONS.get(reason, "BOUNCE")
        with paced(mailer):
            suppression.put(mailer, address, word)
        at = now()
        told = suppression.Entry(address=address, reason=word, since=clock.aware(at))
        keep_page(mailer.pace_key, [told], at)
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
        InvalidEntry: if the address or the scope cannot be one.
        NothingToRemove: if it is on no list.
        OnlyAtSES: if SES alone has it, and is not to be asked.
        AccountError: if SES refuses; then nothing has changed.
    """
    mailer, address = get_mailer(alias), checked_address(address)
    scope = checked_scope(scope, mailer.pace_key)
    row = Suppressed.objects.filter(address=address, scope=scope).first()
    gone_at_ses = at_ses and scope == mailer.pace_key and _delete_at_ses(alias, address)
    if row is None:
        if gone_at_ses:
            return Removed(at_ses=True)
        raise NothingToRemove(address)
    still = row.ses_known and not gone_at_ses and not at_ses
    if not row.is_ours and still:
        raise OnlyAtSES(address)
    was_ours = row.is_ours
    if still:
        Suppressed.objects.filter(pk=row.pk).update(
            source=SuppressionSource.SES, expires_at=None, note="", strikes=0
        )
    else:
        row.delete()
    return Removed(here=was_ours, at_ses=gone_at_ses, still_at_ses=still)


def find(address: str) -> list[Suppressed]:
    """Return all entries of an address, those that have ended as well."""
    try:
        written = checked_address(address)
    except InvalidEntry:
        # SES may have what is none here.
        written = address.strip().lower()
    rows = Suppressed.objects.filter(address=written)
    return list(rows.order_by("scope"))


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
