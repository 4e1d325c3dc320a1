"""DKIM key records (RFC 6376 3.6.1): what one says, and whether it is the right one."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

# RFC 6376 3.2: tag-name = ALPHA *ALNUMPUNC.
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_KEY_TAG = re.compile(r"(?:^|;)\s*p\s*=")
_BLANKS = re.compile(r"\s+")
_DER = serialization.Encoding.DER
_SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


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
    #: A key record that forbids what it is to be used for.
    UNUSABLE = "unusable"
    #: An empty ``p=``.
    REVOKED = "revoked"
    #: The name servers did not tell; it means nothing about the record.
    TEMPORARY_FAILURE = "temporary-failure"


Judgement = tuple[KeyResult, str]


def judge_key(text: str, public_key_b64: str, algorithm: str) -> Judgement:
    """Tell whether a key record is that of a key, and what is wrong with it.

    Args:
        public_key_b64: As the tag ``p=`` should have it.
        algorithm: A value of `enums.DkimAlgorithm`.

    Returns:
        The result, and words for anything but a match.
    """
    try:
        tags = read_tags(text)
    except ValueError as error:
        return KeyResult.MALFORMED, f"{error}{_advice(text)}"
    if not tags["p"]:
        return KeyResult.REVOKED, "The record revokes the key: its p= is empty."
    wanted = algorithm.partition("-")[0]
    if (found := tags.get("k", "rsa")) != wanted:
        note = f"A key of the kind {found!r} is published; this one is {wanted!r}."
        return KeyResult.MISMATCH, note
    if limit := _limit(tags):
        return KeyResult.UNUSABLE, limit
    problem = _difference(tags["p"], public_key_b64, wanted)
    if problem:
        return problem
    if "y" in _words(tags.get("t", "")):
        return KeyResult.TESTING, (
            "The record says that the key is being tested (t=y): receivers may treat"
            " the mail as unsigned. Publish it without t=y."
        )
    return KeyResult.MATCH, ""


def is_key_record(text: str) -> bool:
    """Tell whether a text looks like a key record, be it a damaged one."""
    return _KEY_TAG.search(text) is not None


def read_tags(text: str) -> dict[str, str]:
    """Return the tags of a key record. Blanks in values mean nothing, and are dropped.

    Raises:
        ValueError: if it is no key record; in whole sentences.
    """
    tags: dict[str, str] = {}
    # One semicolon may end the list (RFC 6376 3.2).
    for part in text.strip().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not _TAG_NAME.fullmatch(name):
            raise ValueError(f"{part.strip()[:40]!r} is not of the form tag=value.")
        if name in tags:
            raise ValueError(f"The tag {name}= is there twice.")
        if name == "v" and tags:
            raise ValueError("The tag v= has to be the first one.")
        tags[name] = _BLANKS.sub("", value)
    if tags.get("v", "DKIM1") != "DKIM1":
        raise ValueError(f"The record begins with v={tags['v']}, not with v=DKIM1.")
    if "p" not in tags:
        raise ValueError("The record has no p=, which is the public key.")
    return tags


def _limit(tags: dict[str, str]) -> str:
    """Return what the record forbids that has to be allowed."""
    if "h" in tags and "sha256" not in _words(tags["h"]):
        return f"The record allows h={tags['h']} only; signatures are made with sha256."
    if "s" in tags and not {"*", "email"} & _words(tags["s"]):
        return f"The record is for s={tags['s']}, not for e-mail."
    return ""


def _difference(found_b64: str, wanted_b64: str, kind: str) -> Judgement | None:
    try:
        found = base64.b64decode(found_b64, validate=True)
    except binascii.Error:
        note = "The key in the record (p=) is not base64: it was changed or cut short."
        return KeyResult.MALFORMED, note
    if found == base64.b64decode(wanted_b64):
        return None
    if kind == "rsa":
        return _rsa_difference(found, base64.b64decode(wanted_b64))
    if len(found) != 32:
        note = f"The key in the record (p=) has {len(found)} octets, not 32 (RFC 8463)."
        return KeyResult.MALFORMED, note
    return KeyResult.MISMATCH, "Another public key is published."


def _rsa_difference(found: bytes, wanted: bytes) -> Judgement:
    try:
        key = serialization.load_der_public_key(found)
    except (ValueError, UnsupportedAlgorithm):
        note = "The key in the record (p=) is not a public key: it may be cut short."
        return KeyResult.MALFORMED, note
    if (
        isinstance(key, rsa.RSAPublicKey)
        and key.public_bytes(_DER, _SPKI) == wanted
        and found != wanted
    ):
        # RFC 6376 3.6.1 wants the SubjectPublicKeyInfo in effect: OpenDKIM and
        # mailauth do not take the RSAPublicKey that its text names.
        note = (
            "The right key is published in the form PKCS#1 (RSAPublicKey), which many"
            " receivers do not read. Publish the record as it is shown here."
        )
        return KeyResult.UNUSABLE, note
    return KeyResult.MISMATCH, "Another public key is published."


def _words(value: str) -> set[str]:
    return set(value.split(":"))


def _advice(text: str) -> str:
    if '"' in text:
        return (
            " There are quotation marks inside of the text: give it to the DNS console"
            " without any."
        )
    if "\\" in text:
        return (
            " There are backslashes inside of the text: give it to the DNS console"
            " without any."
        )
    return ""
