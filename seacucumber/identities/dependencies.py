"""What would stop if an identity were gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from seacucumber.conf import (
    DEFAULT_MAILER,
    InvalidSetting,
    Mailer,
    get_mailer,
    mailer_aliases,
)
from seacucumber.domains import with_parents
from seacucumber.enums import IdentityStatus, MessageState
from seacucumber.identities.names import InvalidIdentity, checked_name
from seacucumber.models import DkimKey, Identity, Message
from seacucumber.models.account.dkim_key_transitions import KEYLESS

#: How many waiting messages are looked at: a page must not wait for a large queue.
MOST_EXAMINED = 10_000
#: So many keys are named.
MOST_KEYS = 50
_WAITING = (
    MessageState.QUEUED,
    MessageState.CLAIMED,
    MessageState.UNCERTAIN,
    MessageState.HELD,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependents:
    """What depends on an identity.

    Args:
        queued: Messages from it that wait.
        queued_is_complete: False if the queue is too long to be looked through: there
            may be more of them.
        settings: Settings that name it, as ``NAME = value``.
        keys: DKIM keys of its domain, and of those below, that are not destroyed.
        covered_by: Another verified identity that would still let it send: its domain,
            or a domain above; empty if there is none.
    """

    queued: int
    queued_is_complete: bool
    settings: tuple[str, ...]
    keys: tuple[str, ...] = ()
    covered_by: str

    @property
    def any(self) -> bool:
        """Whether anything depends on it."""
        return bool(self.queued or self.settings or self.keys)


def dependents(name: str, alias: str = DEFAULT_MAILER) -> Dependents:
    """Return what depends on an address or a domain. Asks the database only.

    Raises:
        InvalidIdentity: if the name is neither.
    """
    mailer, name = get_mailer(alias), checked_name(name).lower()
    senders = _waiting_senders(mailer.pace_key)
    return Dependents(
        queued=sum(covers(name, sender) for sender in senders),
        queued_is_complete=len(senders) < MOST_EXAMINED,
        settings=tuple(_settings(name, mailer.pace_key)),
        keys=tuple(_keys(name)),
        covered_by=_cover(name, mailer.pace_key),
    )


def covers(name: str, address: str) -> bool:
    """Tell whether an identity lets an address send: itself, or one of its domains.

    "Creating and verifying identities in Amazon SES" of the developer guide: a domain
    covers its subdomains, and an address with a label (``a+b@example.com``) goes with
    the one without.
    """
    name, address = name.lower(), address.lower()
    local, _, domain = address.rpartition("@")
    if "@" in name:
        return name in (address, f"{local.partition('+')[0]}@{domain}")
    return domain == name or domain.endswith(f".{name}")


def _waiting_senders(pace_key: str) -> list[str]:
    found: list[str] = []
    for state in _WAITING:
        # One state at a time, in no order: the indexes of the queue begin with it.
        rows = Message.objects.filter(state=state, pace_key=pace_key).order_by()
        found += rows.values_list("sender", flat=True)[: MOST_EXAMINED - len(found)]
        if len(found) >= MOST_EXAMINED:
            break
    return found


def _settings(name: str, pace_key: str) -> Iterator[str]:
    for setting in ("DEFAULT_FROM_EMAIL", "SERVER_EMAIL"):
        value = str(getattr(settings, setting, ""))
        if covers(name, _bare(value)):
            yield f"{setting} = {value}"
    for mailer in _mailers(pace_key):
        where = "" if mailer.alias == DEFAULT_MAILER else f" (mailer {mailer.alias})"
        if mailer.dkim_domain and covers(name, f"@{mailer.dkim_domain}"):
            yield f"DKIM_DOMAIN = {mailer.dkim_domain}{where}"
        if covers(name, _bare(mailer.feedback_address)):
            yield f"CUCUMBER_FEEDBACK_ADDRESS = {mailer.feedback_address}{where}"
        for setting, arn in (
            ("CUCUMBER_FROM_IDENTITY_ARN", mailer.from_identity_arn),
            ("CUCUMBER_FEEDBACK_IDENTITY_ARN", mailer.feedback_identity_arn),
        ):
            if arn.lower().endswith(f":identity/{name}"):
                yield f"{setting} = {arn}{where}"


def _keys(name: str) -> Iterator[str]:
    if "@" in name:
        return  # A key is its domain's, whatever becomes of one address.
    rows = DkimKey.objects.exclude(state__in=KEYLESS).order_by("domain", "pk")
    for key in rows.filter(domain__endswith=name)[:MOST_KEYS]:
        if covers(name, f"@{key.domain}"):
            yield f"{key} ({key.get_state_display()})"


def _mailers(pace_key: str) -> Iterator[Mailer]:
    for alias in mailer_aliases():
        try:
            mailer = get_mailer(alias)
        except InvalidSetting:
            # The system check complains about it.
            continue
        if mailer.pace_key == pace_key:
            yield mailer


def _bare(value: str) -> str:
    """Return the address in a setting as SES knows it."""
    address = parseaddr(value)[1]
    try:
        return checked_name(address)
    except InvalidIdentity:
        return address


def _cover(name: str, pace_key: str) -> str:
    verified = Identity.objects.filter(
        pace_key=pace_key, status=IdentityStatus.VERIFIED
    )
    address = name if "@" in name else f"@{name}"
    above = list(with_parents(address.rpartition("@")[2]))
    found = set(verified.filter(name__in=[*above, name]).values_list("name", flat=True))
    return next((domain for domain in above if domain in found - {name}), "")
