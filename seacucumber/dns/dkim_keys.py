"""Whether the key that is published is the one we sign with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seacucumber.dns.looking import Resolver


class KeyResult(StrEnum):
    """What became of a look for a key record."""

    MATCH = "match"
    #: It is ours, with ``t=y``: receivers may treat the mail as unsigned.
    TESTING = "testing"
    MISSING = "missing"
    #: The name is an alias for one that has no key record.
    DANGLING = "dangling"
    #: Another key is published.
    MISMATCH = "mismatch"
    #: More than one record: which of them counts is undefined (RFC 6376 3.6.2.2).
    MULTIPLE = "multiple"
    #: Not a key record, or a damaged one.
    MALFORMED = "malformed"
    #: A key record that forbids what we do with it.
    UNUSABLE = "unusable"
    #: An empty ``p=`` (RFC 6376 3.6.1).
    REVOKED = "revoked"
    #: The name servers did not tell; it means nothing about the record.
    TEMPORARY_FAILURE = "temporary-failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFinding:
    """What a look for a key record has found.

    Args:
        note: What is wrong, in plain words; empty if all is well.
        record: What is published, as one text; empty if nothing is.
        ttl_s: How long resolvers keep it.
        aliases: The names that CNAME records lead through, in order.
    """

    result: KeyResult
    note: str = ""
    record: str = ""
    ttl_s: int | None = None
    aliases: tuple[str, ...] = ()


def check_key(
    name: str, public_key_b64: str, algorithm: str, resolver: Resolver
) -> KeyFinding:
    """Look a key record up. Never raises for what name servers do or say.

    Args:
        name: ``<selector>._domainkey.<domain>``.
        public_key_b64: As the tag ``p=`` should have it.
        algorithm: A value of `enums.DkimAlgorithm`.
    """
    raise NotImplementedError
