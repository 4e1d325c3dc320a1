"""Whether the key that is published is the one we sign with."""

from __future__ import annotations

from dataclasses import dataclass

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from seacucumber.dns.authority import ask_authority
from seacucumber.dns.dkim_records import KeyResult, is_key_record, judge_key
from seacucumber.dns.resolver import Resolver, trouble_in_words

_MOST_ALIASES = 8
_MAX_RECORD = 2000
_TXT, _CNAME = dns.rdatatype.TXT, dns.rdatatype.CNAME


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


class _AliasesLeadAstray(dns.exception.DNSException):
    """Its aliases (CNAME records) lead in a circle, or too far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """The TXT records of a name."""

    texts: tuple[str, ...] = ()
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
        resolver: Asked where the zone's own servers cannot be.
    """
    try:
        published = _look(dns.name.from_text(name), resolver)
        if not published.texts:
            return _missing(name, published.aliases, resolver)
    except (dns.exception.DNSException, OSError) as error:
        note = trouble_in_words(error)
        return KeyFinding(result=KeyResult.TEMPORARY_FAILURE, note=note)
    result, note = _judge(published.texts, public_key_b64, algorithm)
    return KeyFinding(
        result=result,
        note=note,
        record=" | ".join(published.texts)[:_MAX_RECORD],
        ttl_s=published.ttl_s,
        aliases=published.aliases,
    )


def _judge(
    texts: tuple[str, ...], public_key_b64: str, algorithm: str
) -> tuple[KeyResult, str]:
    if not any(map(is_key_record, texts)):
        return KeyResult.MALFORMED, (
            "There is a TXT record, but no DKIM key in it. A wildcard record of the"
            " zone may have answered."
        )
    if len(texts) > 1:
        return KeyResult.MULTIPLE, (
            f"There are {len(texts)} TXT records at this name. Leave only that of the"
            " key: with more, receivers choose as they like."
        )
    return judge_key(texts[0], public_key_b64, algorithm)


def _missing(name: str, aliases: tuple[str, ...], resolver: Resolver) -> KeyFinding:
    if aliases:
        note = f"The name is an alias for {aliases[-1]}, where no key record is."
        return KeyFinding(result=KeyResult.DANGLING, note=note, aliases=aliases)
    note = "No key record is published."
    doubled = f"{name}.{name.partition('._domainkey.')[2]}"
    if _is_there(doubled, resolver):
        note = (
            f"The record is at {doubled}: the DNS console has added the domain to a"
            " name that had it already. Give it the name without the domain."
        )
    return KeyFinding(result=KeyResult.MISSING, note=note)


def _is_there(name: str, resolver: Resolver) -> bool:
    try:
        return bool(_look(dns.name.from_text(name), resolver).texts)
    except (dns.exception.DNSException, OSError):
        return False


def _look(name: dns.name.Name, resolver: Resolver) -> _Published:
    """Return what is published at a name, through however many aliases.

    Raises:
        DNSException, OSError: if nobody tells.
    """
    aliases: list[dns.name.Name] = []
    while True:
        target = aliases[-1] if aliases else name
        answer = ask_authority(target, resolver) or _ask(target, resolver)
        aliases += _targets(answer)
        found = [rrset for rrset in answer.answer if rrset.rdtype == _TXT]
        names = tuple(each.to_text(omit_final_dot=True) for each in aliases)
        if len(aliases) > _MOST_ALIASES or len({name, *aliases}) <= len(aliases):
            raise _AliasesLeadAstray
        if found:
            texts = tuple(sorted(_text(rdata) for rdata in found[0]))
            return _Published(texts=texts, ttl_s=found[0].ttl, aliases=names)
        if not aliases or aliases[-1] == target:
            return _Published(aliases=names)


def _ask(name: dns.name.Name, resolver: Resolver) -> dns.message.Message:
    try:
        answer = resolver.resolve(name, "TXT", raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN as error:
        replies: dict[object, dns.message.Message] = error.kwargs["responses"]
        return next(iter(replies.values()))
    return answer.response


def _targets(answer: dns.message.Message) -> list[dns.name.Name]:
    """Return where the CNAME records of an answer lead, in its order."""
    return [
        rdata.target
        for rrset in answer.answer
        if rrset.rdtype == _CNAME
        for rdata in rrset
    ]


def _text(rdata: object) -> str:
    # Strings belong together with nothing in between (RFC 6376 3.6.2.2).
    strings: tuple[bytes, ...] = getattr(rdata, "strings", ())
    return b"".join(strings).decode("utf-8", "replace")
