"""The account's identities and configuration sets."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.ses.addresses import is_domain_name, normal, problem_with

#: "The link in the verification email expires 24 hours after it was sent."
ADDRESS_PENDING_S = 24 * 3600.0
#: "It can take up to 72 hours to verify a domain."
DOMAIN_PENDING_S = 72 * 3600.0


class IdentityType(StrEnum):
    """The two kinds of identity."""

    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    DOMAIN = "DOMAIN"


class Status(StrEnum):
    """How far the verification got, in the words of v2."""

    NOT_STARTED = "NOT_STARTED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"

    @property
    def word_v1(self) -> str:
        """The same in the words of v1."""
        return self.value.title().replace("_", "")


@dataclass(slots=True, kw_only=True)
class OwnKey:
    """A key for DKIM that a domain has brought along (BYODKIM).

    Args:
        started_s: Monotonic time from which SES looks for its record.
        findable: Whether SES will ever find the record to be the key's.
        found: True once it was.
    """

    selector: str
    started_s: float
    findable: bool = True
    found: bool = False


@dataclass(slots=True, kw_only=True)
class Identity:
    """An address or a domain that mail may come from.

    Args:
        name: The address or domain.
        created_s: Monotonic time of the last start of the verification.
        verified: True once it was verified.
        verification_mails: How often the verification mail went out.
        verification_token: What its link ends with; a later mail has another link.
        mail_from: The custom MAIL FROM domain, empty for SES's own.
        own_key: None with Easy DKIM.
        signs: Whether SES signs with DKIM once its records are found.
    """

    name: str
    created_s: float
    verified: bool = False
    verification_mails: int = 0
    verification_token: str = ""
    configuration_set: str = ""
    mail_from: str = ""
    own_key: OwnKey | None = None
    signs: bool = True
    tags: list[dict[str, str]] = field(default_factory=list)

    @property
    def type(self) -> IdentityType:
        """Address or domain."""
        return IdentityType.EMAIL_ADDRESS if "@" in self.name else IdentityType.DOMAIN

    @property
    def dkim_tokens(self) -> list[str]:
        """The three names of Easy DKIM's CNAME records, or the own key's selector."""
        if self.type is IdentityType.EMAIL_ADDRESS:
            return []
        if self.own_key:
            return [self.own_key.selector]
        return [
            hashlib.sha256(f"{number}.{self.name}".encode()).hexdigest()[:32]
            for number in range(3)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityState:
    """An identity at one moment, for whoever looks from outside."""

    name: str
    type: IdentityType
    status: Status
    verification_mails: int
    verification_token: str = ""


class Identities:
    """All identities by name.

    Args:
        now_s: The clock.
        verify_after_s: Returns after how many seconds a pending identity verifies
            itself, None for never.
    """

    def __init__(
        self, now_s: Callable[[], float], verify_after_s: Callable[[], float | None]
    ) -> None:
        self._now_s = now_s
        self._verify_after_s = verify_after_s
        self._rows: dict[str, Identity] = {}

    def __iter__(self) -> Iterator[Identity]:
        return iter(sorted(self._rows.values(), key=lambda row: row.name))

    def get(self, name: str) -> Identity | None:
        """Return the identity with this name, if there is one."""
        return self._rows.get(normal(name))

    def find(self, name: str) -> Identity:
        """Return the identity with this name.

        Raises:
            Refusal: if there is none.
        """
        row = self.get(name)
        if row is None:
            raise Refusal(refusals.not_found(f"Email identity {name} does not exist."))
        return row

    def create(self, name: str) -> Identity:
        """Add a pending identity and send its verification mail.

        Raises:
            Refusal: if the name cannot be one, or is there already.
        """
        key = checked(name)
        if key in self._rows:
            raise Refusal(
                refusals.already_exists(f"Email identity {name} already exist.")
            )
        return self.start(key)

    def start(self, name: str) -> Identity:
        """Begin the verification, or begin it again."""
        key = checked(name)
        row = self._rows.setdefault(key, Identity(name=key, created_s=self._now_s()))
        row.created_s = self._now_s()
        if row.type is IdentityType.EMAIL_ADDRESS:
            row.verification_mails += 1
            row.verification_token = secrets.token_urlsafe(16)
        return row

    def verify(self, names: Iterable[str]) -> None:
        """Make identities verified, with the keys they have; new ones are added."""
        for name in names:
            key = checked(name)
            row = self._rows.setdefault(
                key, Identity(name=key, created_s=self._now_s())
            )
            row.verified = True
            if row.own_key:
                row.own_key.found = row.own_key.findable

    def states(self) -> list[IdentityState]:
        """Return all identities as they are now."""
        return [
            IdentityState(
                name=row.name,
                type=row.type,
                status=self.status(row),
                verification_mails=row.verification_mails,
                verification_token=row.verification_token,
            )
            for row in self
        ]

    def unverify(self, name: str) -> None:
        """Take the verification away, as a lost DNS record does."""
        row = self.find(name)
        row.verified = False
        row.created_s = self._now_s()

    def delete(self, name: str) -> None:
        """Forget an identity.

        Raises:
            Refusal: if there is none.
        """
        self.find(name)
        del self._rows[normal(name)]

    def clear(self) -> None:
        """Forget all identities."""
        self._rows.clear()

    def status(self, row: Identity) -> Status:
        """Return how far the verification got."""
        if row.verified:
            return Status.SUCCESS
        row.verified = self._is_over(row.created_s)
        if row.verified:
            return Status.SUCCESS
        is_address = row.type is IdentityType.EMAIL_ADDRESS
        limit_s = ADDRESS_PENDING_S if is_address else DOMAIN_PENDING_S
        return self._waiting(row.created_s, limit_s)

    def dkim_status(self, row: Identity) -> Status:
        """Return how far SES is with the records of a domain's key."""
        if row.type is IdentityType.EMAIL_ADDRESS:
            return Status.NOT_STARTED
        key = row.own_key
        if key is None:
            return self.status(row)
        if not key.found and key.findable:
            key.found = self._is_over(key.started_s)
        if key.found:
            return Status.SUCCESS
        return self._waiting(key.started_s, DOMAIN_PENDING_S)

    def _is_over(self, start_s: float) -> bool:
        verify_after_s = self._verify_after_s()
        age_s = self._now_s() - start_s
        return verify_after_s is not None and age_s >= verify_after_s

    def _waiting(self, start_s: float, limit_s: float) -> Status:
        late = self._now_s() - start_s >= limit_s
        return Status.FAILED if late else Status.PENDING

    def is_verified(self, address: str) -> bool:
        """Tell whether an address may send: by itself, its domain or a parent domain.

        A label is allowed ("sender+label@example.com"), see the developer guide,
        "Creating and verifying identities".
        """
        return bool(self.allowing(address))

    def allowing(self, address: str) -> str:
        """Return the name of the identity that lets an address send, or nothing.

        An address goes before its domain, and that before a parent domain.
        """
        address = normal(address)
        local, _, domain = address.rpartition("@")
        unlabelled = f"{local.partition('+')[0]}@{domain}"
        labels = domain.split(".")
        parents = (".".join(labels[index:]) for index in range(len(labels)))
        names = (address, unlabelled, *parents)
        return next((name for name in names if self._succeeded(name)), "")

    def _succeeded(self, name: str) -> bool:
        row = self._rows.get(name)
        return row is not None and self.status(row) is Status.SUCCESS


def checked(name: str) -> str:
    """Return the normal form of an identity's name.

    Raises:
        Refusal: if it is neither an address nor a domain.
    """
    key = normal(name)
    if "@" in key:
        if problem_with(key) or "<" in key:
            raise Refusal(errors.bad_request(f"Invalid email address<{name}>."))
    elif not is_domain_name(key):
        raise Refusal(errors.bad_request(f"Invalid domain name {name}."))
    return key
