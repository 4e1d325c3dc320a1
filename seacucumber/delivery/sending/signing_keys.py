"""Which key signs which mail.

A deliverer's key ring is read in its own thread: one small query a second at most, and
one more for a key that this process has not met. Connections get signers, ready made.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q
from django.views.decorators.debug import sensitive_variables

from seacucumber import conf
from seacucumber.delivery.outgoing_message import OutgoingMessage, Signing
from seacucumber.domains import with_parents
from seacucumber.enums import (
    DkimUse,
    HoldScope,
    IdentityStatus,
    OnSigningError,
)
from seacucumber.models import DkimKey, Identity
from seacucumber.models.account.dkim_key_transitions import KEYLESS
from seacucumber.signing import (
    SealingKeys,
    Signer,
    SigningError,
    load_private_key,
    unseal,
)

#: How long a key that was replaced, or revoked, may still sign.
REREAD_S = 1.0

#: The id, version and fingerprint of a key: another one may get the id of a row that
#: was rolled back.
_Name = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class _Key:
    """An active key, without what signs."""

    pk: int
    version: int
    fingerprint: str
    domain: str
    selector: str
    covers_subdomains: bool
    beside_ses: bool
    signed_by_ses: bool

    @property
    def name(self) -> _Name:
        return self.pk, self.version, self.fingerprint


#: Of this process, by key and signed headers.
_signers: dict[tuple[_Name, tuple[str, ...]], Signer] = {}


class KeyRing:
    """The keys that sign the mail of one account.

    The most specific domain wins, and at the same domain a key in the database wins
    over the ``DKIM_*`` settings. Where SES signs for the key's domain already, a key
    in the database signs only if it says so; the settings always do.
    """

    def __init__(self, pace_key: str) -> None:
        self._pace_key = pace_key
        self._read_s = float("-inf")
        self._active: dict[str, _Key] = {}
        self._destroyed: set[tuple[str, str]] = set()
        self._signings: dict[tuple[str, str], Signing | None] = {}

    def prepare(self) -> None:
        """Parse the keys of the settings, which takes long, before there is hurry."""
        for mailer in self._mailers():
            _of_settings(mailer)

    def equip(self, messages: Iterable[OutgoingMessage]) -> None:
        """Tell each message how it is to be signed.

        What cannot be signed is told the reason; only the database raises here.
        """
        for outgoing in messages:
            if time.monotonic() - self._read_s >= REREAD_S:
                self._read()
            domain = outgoing.sender.rpartition("@")[2].lower()
            found = (outgoing.mailer, domain)
            if found not in self._signings:
                self._signings[found] = self._signing(*found)
            outgoing.signing = self._signings[found]

    def _read(self) -> None:
        begin_s = time.monotonic()
        ses_signs = Identity.objects.filter(
            pace_key=self._pace_key,
            name=OuterRef("domain"),
            dkim_status=IdentityStatus.VERIFIED,
        )
        active = Q(active_for__isnull=False, use=DkimUse.MESSAGE)
        of_settings = [
            signer.domain
            for signer in map(_of_settings, self._mailers())
            if isinstance(signer, Signer)
        ]
        rows = DkimKey.objects.filter(
            active | Q(domain__in=of_settings, state__in=KEYLESS)
        ).values_list(
            "state",
            "pk",
            "version",
            "fingerprint",
            "domain",
            "selector",
            "cover_subdomains",
            "beside_ses",
            Exists(ses_signs),
        )
        # Where the database fails, the ring must not count as read, and have no keys.
        keys = [(state, _Key(*row)) for state, *row in rows]
        self._read_s = begin_s
        self._signings.clear()
        gone = [key for state, key in keys if state in KEYLESS]
        self._active = {k.domain: k for state, k in keys if state not in KEYLESS}
        self._destroyed = {(key.domain, key.selector) for key in gone}
        _forget_all_but({key.name for key in self._active.values()})

    def _mailers(self) -> Iterator[conf.Mailer]:
        """Yield the mailers of this account that sign by their settings."""
        for alias in conf.mailer_aliases():
            mailer = _signing_mailer(alias)
            if mailer is not None and mailer.pace_key == self._pace_key:
                yield mailer

    def _signing(self, alias: str, domain: str) -> Signing | None:
        key = self._key_for(domain)
        own_domain, own = self._of_mailer(alias, domain)
        if own is not None and (key is None or len(own_domain) > len(key.domain)):
            return _signing(own, scope=HoldScope.MAILER, value=alias)
        if key is None or (key.signed_by_ses and not key.beside_ses):
            return None
        signer = self._of_key(key)
        if signer is None:
            # It was replaced after the ring was read.
            self._read()
            return self._signing(alias, domain)
        return _signing(signer, scope=HoldScope.SENDER, value=domain)

    def _key_for(self, domain: str) -> _Key | None:
        """Return the key of a domain, or of the nearest above that covers it."""
        for name in with_parents(domain):
            key = self._active.get(name)
            if key and (name == domain or key.covers_subdomains):
                return key
        return None

    def _of_mailer(
        self, alias: str, domain: str
    ) -> tuple[str, Signer | SigningError | None]:
        """Return what the ``DKIM_*`` settings have for a domain, and theirs.

        A key that is destroyed in the database is not used from there either. Where
        the settings are wrong, nobody knows what they are for: the rest is theirs.
        """
        mailer = _signing_mailer(alias)
        if mailer is None:
            return "", None
        signer = _of_settings(mailer)
        if isinstance(signer, SigningError):
            return "", signer
        destroyed = (signer.domain, mailer.dkim_selector.lower()) in self._destroyed
        if destroyed or not signer.covers(f"@{domain}"):
            return "", None
        return signer.domain, signer

    def _of_key(self, key: _Key) -> Signer | SigningError | None:
        """Return the signer of a key; None if the key is not as it was any more."""
        try:
            dkim = conf.get_dkim()
        except conf.InvalidSetting as error:
            return SigningError(str(error))
        name = (key.name, dkim.headers)
        if name in _signers:
            return _signers[name]
        unmoved = DkimKey.objects.filter(pk=key.pk, version=key.version)
        sealed = unmoved.values_list("private_key_sealed", flat=True).first()
        if not sealed:
            return None
        try:
            _signers[name] = _unsealed(key, sealed, dkim)
        except SigningError as error:
            return error
        return _signers[name]


def _signing(signer: Signer | SigningError, *, scope: HoldScope, value: str) -> Signing:
    try:
        required = conf.get_dkim().on_error == OnSigningError.HOLD
    except conf.InvalidSetting:
        required = True
    return Signing(signer=signer, required=required, scope=scope, value=value)


@sensitive_variables()
def _unsealed(key: _Key, sealed: str, dkim: conf.Dkim) -> Signer:
    keys = SealingKeys(explicit=dkim.encryption_keys, secrets=dkim.secrets)
    pem = unseal(sealed, context=f"{key.domain}/{key.selector}", keys=keys)
    return Signer(
        domain=key.domain,
        selector=key.selector,
        private_key=load_private_key(pem, checked_before=True),
        headers=dkim.headers,
        oversign=True,
    )


def _forget_all_but(kept: set[_Name]) -> None:
    """A private key that must not sign any more leaves this process's memory, too."""
    for name in [name for name in _signers if name[0] not in kept]:
        _signers.pop(name, None)


def _signing_mailer(alias: str) -> conf.Mailer | None:
    try:
        mailer = conf.get_mailer(alias)
    except conf.InvalidSetting:
        return None  # Whoever has to send its mail says so.
    return mailer if mailer.dkim_domain and mailer.dkim_private_key else None


@sensitive_variables()
def _of_settings(mailer: conf.Mailer) -> Signer | SigningError:
    return _parsed(
        mailer.dkim_domain or "",
        mailer.dkim_selector,
        mailer.dkim_private_key or "",
        mailer.dkim_headers,
    )


@lru_cache(maxsize=32)
@sensitive_variables()
def _parsed(
    domain: str, selector: str, private_key_pem: str, headers: tuple[str, ...]
) -> Signer | SigningError:
    """Parse a key once: that costs more than a hundred signatures."""
    try:
        return Signer(
            domain=domain,
            selector=selector,
            private_key_pem=private_key_pem,
            headers=headers,
        )
    except SigningError as error:
        return error
