"""Asking a zone's own name servers.

A resolver that was asked for a name before it was published keeps saying that there is
no such name, for as long as the zone wants (RFC 2308), often an hour. The zone's own
servers tell what is published now, and asking them leaves no trace anywhere.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

#: Where name servers listen.
PORT = 53
#: How long one server, and all of them together, may take.
PATIENCE_S = 1.5
PATIENCE_ALL_S = 4.0
_MOST_SERVERS = 4
_MOST_ZONES = 6
#: RFC 9715: what gets through everywhere in one piece.
_PAYLOAD_BYTES = 1232

_random = random.SystemRandom()


def ask_authority(
    name: dns.name.Name, resolver: dns.resolver.Resolver
) -> dns.message.Message | None:
    """Return what the servers of a name's zone say about its TXT records.

    Begins with the zone of the last two labels, whose servers a resolver knows, and
    follows the delegations below. The name itself is not asked of any resolver.

    Returns:
        None if none of them can be reached, or none answers for the zone: a firewall
        may let questions through to the resolver only.

    Raises:
        LifetimeTimeout: if the resolver does not answer at all.
    """
    until_s = time.monotonic() + PATIENCE_ALL_S
    # The root's label is the last one.
    zone = dns.name.Name(name.labels[-3:])
    try:
        addresses = _servers_of(zone, resolver)
    except dns.resolver.LifetimeTimeout:
        raise
    except (dns.exception.DNSException, OSError):
        return None
    try:
        for _ in range(_MOST_ZONES):
            answer = _first_answer(name, addresses, until_s)
            if answer is None or answer.flags & dns.flags.AA:
                return answer
            addresses = _referred(answer, resolver)
    except (dns.exception.DNSException, OSError):
        return None
    return None


def _servers_of(zone: dns.name.Name, resolver: dns.resolver.Resolver) -> list[str]:
    answer = resolver.resolve(zone, "NS", raise_on_no_answer=False, search=False)
    names = [rdata.target for rdata in answer.rrset or ()]
    return _addresses(names, resolver)


def _first_answer(
    name: dns.name.Name, addresses: Sequence[str], until_s: float
) -> dns.message.Message | None:
    """Return the first answer that says something: about the name, or who knows."""
    query = dns.message.make_query(name, "TXT", use_edns=0, payload=_PAYLOAD_BYTES)
    query.flags &= ~dns.flags.RD
    for address in addresses:
        left_s = min(PATIENCE_S, until_s - time.monotonic())
        if left_s <= 0:
            break
        try:
            answer, _ = dns.query.udp_with_fallback(query, address, left_s, PORT)
        except (dns.exception.DNSException, OSError):
            continue
        if _says_something(answer):
            return answer
    return None


def _says_something(answer: dns.message.Message) -> bool:
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return False
    return bool(answer.flags & dns.flags.AA) or any(_delegations(answer))


def _delegations(answer: dns.message.Message) -> Iterator[dns.name.Name]:
    for rrset in answer.authority:
        if rrset.rdtype == dns.rdatatype.NS:
            yield from (rdata.target for rdata in rrset)


def _referred(
    answer: dns.message.Message, resolver: dns.resolver.Resolver
) -> list[str]:
    names = list(_delegations(answer))
    glue = [
        rdata.address
        for rrset in answer.additional
        if rrset.rdtype == dns.rdatatype.A and rrset.name in names
        for rdata in rrset
    ]
    return glue[:_MOST_SERVERS] or _addresses(names, resolver)


def _addresses(
    names: Sequence[dns.name.Name], resolver: dns.resolver.Resolver
) -> list[str]:
    """Return the addresses of some servers, in another order each time.

    A second look may so notice a server that has not got the zone's changes yet.
    """
    found: list[str] = []
    for name in _random.sample(list(names), min(len(names), _MOST_SERVERS)):
        for kind in ("A", "AAAA"):
            answer = resolver.resolve(
                name, kind, raise_on_no_answer=False, search=False
            )
            if answer.rrset:
                found.append(next(iter(answer.rrset)).address)
                break
    return found
