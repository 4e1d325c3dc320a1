"""The DNS Tree Walk (RFC 9989 4.10): whose DMARC policy a domain has, and to which
organization it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seacucumber.dns.dmarc_records import (
    DmarcRecord,
    is_dmarc_record,
    read_dmarc_record,
)

#: RFC 9989 4.10: a walk asks no more often.
MOST_QUERIES = 8

#: Returns the TXT records of a name; an empty sequence if it has none.
Lookup = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A DMARC record and the domain that publishes it."""

    domain: str
    text: str
    record: DmarcRecord


def find_policy(domain: str, look_up: Lookup) -> Policy | None:
    """Return the policy record that applies to mail from a domain (RFC 9989 4.10.1).

    That is its own; else its organization's; else that of the public suffix.
    """
    found = []
    for policy in _walk(domain, look_up):
        if policy.domain == domain:
            return policy
        found.append(policy)
    organization = _organization(domain, found)
    own = [policy for policy in found if policy.domain == organization]
    suffixes = [policy for policy in found if policy.record.psd == "y"]
    return next(iter([*own, *suffixes]), None)


def organizational_domain(domain: str, look_up: Lookup) -> str:
    """Return the domain of the organization that a domain belongs to (4.10.2).

    Two domains are aligned, in the relaxed way, if they have the same.
    """
    return _organization(domain, list(_walk(domain, look_up)))


def walk_targets(domain: str) -> Iterator[str]:
    """Yield the domains that a walk asks for, in order.

    From the domain to the top. A domain of eight labels or more is followed by its last
    seven, so that nobody's depth makes receivers ask more often.
    """
    labels = domain.split(".")
    yield domain
    for length in range(min(len(labels), MOST_QUERIES) - 1, 0, -1):
        yield ".".join(labels[-length:])


def _walk(domain: str, look_up: Lookup) -> Iterator[Policy]:
    for name in walk_targets(domain):
        texts = [text for text in look_up(f"_dmarc.{name}") if is_dmarc_record(text)]
        # Several are all discarded, and the walk goes on.
        if len(texts) != 1:
            continue
        record = read_dmarc_record(texts[0])
        yield Policy(domain=name, text=texts[0], record=record)
        if record.psd != "u":
            return


def _organization(domain: str, found: Sequence[Policy]) -> str:
    if not found:
        return domain
    # A walk ends where psd= is, so only the last can have it.
    last = found[-1]
    if last.record.psd == "y" and last.domain != domain:
        below = last.domain.count(".") + 2
        return ".".join(domain.split(".")[-below:])
    return last.domain
