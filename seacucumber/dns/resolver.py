"""Looking a record up, and comparing what is found with what should be."""

from __future__ import annotations

import functools
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import dns.exception
import dns.message
import dns.nameserver
import dns.rdatatype
import dns.resolver

from seacucumber.dns.dmarc import judge_policy
from seacucumber.dns.records import Purpose, Record
from seacucumber.dns.verdicts import judge

#: How long one question may take, over all servers and repetitions.
PATIENCE_S = 5.0
_MAX_FOUND = 10
_MAX_TEXT = 300
_MAX_NOTE = 1000

Resolver = dns.resolver.Resolver


class Result(StrEnum):
    """What became of a look."""

    MATCH = "match"
    #: It serves its purpose, and hardly does what its owner means.
    WARNING = "warning"
    MISSING = "missing"
    #: Something else is published.
    MISMATCH = "mismatch"
    #: The name servers did not tell; it means nothing about the record.
    TEMPORARY_FAILURE = "temporary-failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFinding:
    """What a look has found.

    Args:
        found: The records that are published, as text.
        note: What is wrong, in plain words; empty if all is well.
    """

    result: Result
    found: tuple[str, ...] = ()
    note: str = ""


_MISSING = DnsFinding(result=Result.MISSING, note="No such record is published yet.")


def make_resolver(servers: Sequence[tuple[str, int]] = ()) -> Resolver:
    """Return a resolver that asks these servers, or those of this machine.

    Args:
        servers: Host and port of each.

    Raises:
        OSError: if the host of a server is not known.
        dns.exception.DNSException: if this machine has no name servers.
    """
    if servers:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(_address(host, port), port)
            for host, port in servers
        ]
    else:
        resolver = dns.resolver.Resolver()
    resolver.lifetime = PATIENCE_S
    return resolver


def check(record: Record, resolver: Resolver, *, mail_from: str = "") -> DnsFinding:
    """Look a record up. Never raises for what name servers do or say.

    Args:
        mail_from: The custom MAIL FROM domain, if there is one: whether SPF counts for
            DMARC depends on it.
    """
    try:
        texts, alias = _look(record.name, record.type, resolver)
        if record.purpose is Purpose.DMARC and (texts or not alias):
            return _check_dmarc(record.name, texts, resolver, mail_from)
    except (dns.exception.DNSException, OSError) as error:
        return DnsFinding(result=Result.TEMPORARY_FAILURE, note=trouble_in_words(error))
    if not texts:
        if alias:
            note = f"The name is an alias for {alias}, where no such record is."
            return DnsFinding(
                result=Result.MISMATCH, found=(f"CNAME {alias}",), note=note
            )
        return _MISSING
    problem = judge(record, texts)
    return DnsFinding(
        result=Result.MISMATCH if problem else Result.MATCH,
        found=_cut(texts),
        note=problem,
    )


def _look(name: str, kind: str, resolver: Resolver) -> tuple[list[str], str]:
    """Return the records of a name as text, and the alias that led nowhere, if any."""
    try:
        answer = resolver.resolve(name, kind, raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN as error:
        replies: dict[object, dns.message.Message] = error.kwargs["responses"]
        return [], next(filter(None, map(_alias, replies.values())), "")
    if answer.rrset is None:
        return [], _alias(answer.response)
    return sorted(_text(rdata) for rdata in answer.rrset), ""


def _check_dmarc(
    name: str, own: Sequence[str], resolver: Resolver, mail_from: str
) -> DnsFinding:
    # SES keeps the case of an identity's name.
    name = name.lower()

    @functools.cache
    def look_up(asked: str) -> Sequence[str]:
        return own if asked == name else _look(asked, "TXT", resolver)[0]

    domain = name.removeprefix("_dmarc.")
    finding = judge_policy(domain, look_up, mail_from=mail_from.lower())
    if not finding.texts:
        return _MISSING
    result = Result.MATCH
    if finding.errors or finding.warnings:
        result = Result.MISMATCH if finding.errors else Result.WARNING
    return DnsFinding(
        result=result,
        found=_cut(finding.texts),
        note=" ".join(finding.sentences)[:_MAX_NOTE],
    )


def _cut(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text[:_MAX_TEXT] for text in texts[:_MAX_FOUND])


def _alias(message: dns.message.Message) -> str:
    """Return the last name that the CNAME records of an answer lead to."""
    names = [
        rdata.target.to_text(omit_final_dot=True)
        for rrset in message.answer
        if rrset.rdtype == dns.rdatatype.CNAME
        for rdata in rrset
    ]
    return names[-1] if names else ""


def _text(rdata: object) -> str:
    """Return a record in the form that `Record.value` has."""
    if hasattr(rdata, "strings"):
        # A long text comes in pieces that belong together (RFC 7208, section 3.3).
        return b"".join(rdata.strings).decode("utf-8", "replace")
    if hasattr(rdata, "exchange"):
        host = rdata.exchange.to_text(omit_final_dot=True)
        return f"{getattr(rdata, 'preference', 0)} {host}"
    return str(rdata).rstrip(".")


def trouble_in_words(error: Exception) -> str:
    """Return why name servers did not tell."""
    if isinstance(error, dns.resolver.LifetimeTimeout):
        return "The name servers did not answer in time."
    if isinstance(error, dns.resolver.NoNameservers):
        return "The name servers answered with a failure (such as SERVFAIL)."
    if isinstance(error, OSError):
        return f"The name servers cannot be reached: {error}."
    return f"The name could not be looked up: {error}"


def _address(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])
