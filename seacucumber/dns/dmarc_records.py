"""DMARC records (RFC 9989 4.7 and 4.8): what one says, and how receivers read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# RFC 9989 4.8: the value of "v" is told from others by case, and comes first.
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_TAG_NAME = re.compile(r"[A-Za-z]+")
_TAG_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]+")
# RFC 3986 3: a scheme, a colon and what a URI is made of. RFC 9989 4.8 wants commas and
# exclamation marks percent-encoded.
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[a-z0-9\-._~:/?#\[\]@$&'()*+;=%]+", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+", re.IGNORECASE)
_REPORT_SIZE = re.compile(r"![0-9]+[kmgt]?\Z", re.IGNORECASE)
_FAILURE_OPTIONS = re.compile(r"[01ds](?:[ \t]*:[ \t]*[01ds])*", re.IGNORECASE)

_POLICIES = ("none", "quarantine", "reject")
_POLICY_TAGS = ("p", "sp", "np")
#: The values of the other tags that have few, the default first (RFC 9989 4.7).
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "psd": ("u", "y", "n"),
    "t": ("n", "y"),
}
#: Of RFC 7489; RFC 9989 has removed them.
_REMOVED = ("pct", "rf", "ri")
_KNOWN = {*_POLICY_TAGS, *_CHOICES, *_REMOVED, "v", "fo", "rua", "ruf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """A DMARC record as a receiver reads it.

    Args:
        policy: What receivers do with mail that fails: ``none``, ``quarantine`` or
            ``reject``; empty if they apply no DMARC at all.
        subdomain_policy: The same for mail from the subdomains that exist.
        strict_dkim: Whether the signature's domain has to be the sender's own.
        strict_spf: Whether the MAIL FROM domain has to be the sender's own.
        psd: ``y`` for a public suffix, ``n`` for an organization, else ``u``.
        errors: What receivers do not accept, in plain words.
        warnings: What they accept, and the owner hardly means.
    """

    policy: str
    subdomain_policy: str
    strict_dkim: bool
    strict_spf: bool
    psd: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Remarks:
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def is_dmarc_record(text: str) -> bool:
    """Tell whether receivers take a TXT record for a DMARC record."""
    return _VERSION.match(text) is not None


def read_dmarc_record(text: str) -> DmarcRecord:
    """Read a text for which `is_dmarc_record` holds."""
    remarks = _Remarks()
    tags = _read_tags(text, remarks)
    policy, subdomain_policy = _read_policies(tags, remarks)
    choices = {name: _choice(tags, name, remarks) for name in _CHOICES}
    remarks.warnings += _removed(tags)
    remarks.warnings += _unknown(tags)
    remarks.warnings += _of_reports(tags)
    remarks.warnings += _consequences(choices, policy)
    return DmarcRecord(
        policy=policy,
        subdomain_policy=subdomain_policy,
        strict_dkim=choices["adkim"] == "s",
        strict_spf=choices["aspf"] == "s",
        psd=choices["psd"],
        errors=tuple(remarks.errors),
        warnings=tuple(remarks.warnings),
    )


def _read_tags(text: str, remarks: _Remarks) -> dict[str, str]:
    tags: dict[str, str] = {}
    parts = [part.strip(" \t") for part in text.split(";")]
    if not parts[-1]:
        parts.pop()
    for part in parts:
        name, _, value = (piece.strip(" \t") for piece in part.partition("="))
        if not _TAG_NAME.fullmatch(name) or not _TAG_VALUE.fullmatch(value):
            # RFC 9989 4.8: errors after "v" are left out of account.
            remarks.warnings.append(f"{part!r} is no tag; receivers leave it out.")
        elif name.lower() in tags:
            # RFC 6376 3.2, whose syntax it is: the whole list is invalid then.
            remarks.errors.append(f"The tag {name} is there more than once.")
        else:
            tags[name.lower()] = value
    return tags


def _read_policies(tags: Mapping[str, str], remarks: _Remarks) -> tuple[str, str]:
    """Return the policies that apply to the domain and to its subdomains.

    RFC 9989 4.10.1: with a bad ``p``, ``sp`` or ``np``, or without ``p``, receivers act
    as if it were ``p=none`` if the record asks for reports, else as if there were none.
    """
    bad = [
        f"{name}={tags[name]}" for name in _POLICY_TAGS if not _is_policy(tags, name)
    ]
    fallback = "none" if any(map(_is_uri, _uris(tags, "rua"))) else ""
    outcome = (
        "Receivers act as if it said p=none."
        if fallback
        else "Receivers apply no DMARC, as it has no valid rua either."
    )
    if bad:
        remarks.errors.append(
            f"{' and '.join(bad)} is no policy: it has to be none, quarantine or"
            f" reject. {outcome}"
        )
    if "p" not in tags:
        remarks.warnings.append(
            f"The record has no p. {outcome} Receivers that follow RFC 7489 require p."
        )
    elif list(tags)[1] != "p":
        # RFC 7489 6.4: "p" comes second. RFC 9989 4.8 takes any order.
        remarks.warnings.append("Receivers that follow RFC 7489 want p after v.")
    if bad or "p" not in tags:
        return fallback, fallback
    policy = tags["p"].lower()
    return policy, tags.get("sp", policy).lower()


def _is_policy(tags: Mapping[str, str], name: str) -> bool:
    return name not in tags or tags[name].lower() in _POLICIES


def _choice(tags: Mapping[str, str], name: str, remarks: _Remarks) -> str:
    choices = _CHOICES[name]
    value = tags.get(name, choices[0])
    if value.lower() in choices:
        return value.lower()
    remarks.warnings.append(
        f"{name}={value} means nothing; receivers read {name}={choices[0]}."
    )
    return choices[0]


def _removed(tags: Mapping[str, str]) -> Iterator[str]:
    if removed := [name for name in _REMOVED if name in tags]:
        yield (
            f"RFC 9989 has removed {', '.join(removed)}; receivers that follow it"
            " leave that out of account."
        )
    if tags.get("pct", "100") != "100":
        yield "In place of pct, t=y asks for one policy less strict."


def _unknown(tags: Mapping[str, str]) -> Iterator[str]:
    if unknown := sorted(tags.keys() - _KNOWN):
        yield f"Receivers do not know {', '.join(unknown)}."


def _of_reports(tags: Mapping[str, str]) -> Iterator[str]:
    if "rua" not in tags:
        yield "Without rua nobody reports which mail fails."
    for name in ("rua", "ruf"):
        for uri in _uris(tags, name):
            yield from _of_report_uri(name, uri)
    if "fo" in tags and not _FAILURE_OPTIONS.fullmatch(tags["fo"]):
        yield f"fo={tags['fo']} means nothing; receivers read fo=0."
    elif "fo" in tags and "ruf" not in tags:
        yield "fo has no effect without ruf."


def _of_report_uri(name: str, uri: str) -> Iterator[str]:
    bare = _REPORT_SIZE.sub("", uri)
    if not _is_uri(bare):
        yield f"{name} has {uri!r}, which is no URI: it needs mailto: in front."
    elif not _MAILTO.fullmatch(bare):
        # RFC 9989 4.6: schemes that a receiver does not support are left out.
        yield f"{name} has {uri!r}; reports are sent to mailto: only."
    elif bare != uri:
        yield f"Receivers leave the size after ! in {name} out of account."


def _consequences(choices: Mapping[str, str], policy: str) -> Iterator[str]:
    if choices["t"] == "y" and policy in ("quarantine", "reject"):
        lower = _POLICIES[_POLICIES.index(policy) - 1]
        yield f"t=y is for tests: receivers apply p={lower} in place of p={policy}."
    if choices["psd"] == "y":
        yield "psd=y says that anyone may register names below this domain."


def _uris(tags: Mapping[str, str], name: str) -> list[str]:
    return [uri.strip(" \t") for uri in tags[name].split(",")] if name in tags else []


def _is_uri(text: str) -> bool:
    return _URI.fullmatch(_REPORT_SIZE.sub("", text)) is not None
