"""Our signatures, judged by mailauth and by dkimpy, as they left and as they arrive."""

from __future__ import annotations

from functools import cache
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from seacucumber.conf.dkim import RECOMMENDED_HEADERS
from seacucumber.enums import DkimAlgorithm
from seacucumber.signing import (
    KeyRecord,
    PrivateKey,
    Signer,
    generate_private_key,
    public_key_of,
    to_pem,
)
from seacucumber.signing.signer import _PLACEHOLDER, _Ed25519Key, _Message
from tests.oracles.mailauth import Verdict, verdicts
from tests.oracles.relay import SES_DOMAIN, SES_SELECTOR, through_ses
from tests.oracles.shapes import COUNT, raws
from tests.signing.test_ed25519 import RFC_BODY_HASH, RFC_RAW, RFC_SIGNED
from tests.signing.test_keys import RFC_PUBLIC, RFC_SECRET

pytestmark = pytest.mark.verifier

DOMAIN, SELECTOR = "example.com", "ses-202611"
SETTINGS_HEADERS = ("From", "To", "Cc", "Subject")


@cache
def key(bits: int = 2048) -> PrivateKey:
    return generate_private_key(DkimAlgorithm.RSA_SHA256, bits)


def record(private: PrivateKey, domain: str = DOMAIN, selector: str = SELECTOR) -> Any:
    public = public_key_of(private)
    found = KeyRecord(
        domain=domain,
        selector=selector,
        algorithm=public.algorithm,
        public_key=public.base64,
    )
    return {found.name: found.value}


def signer(private: PrivateKey, *, oversign: bool) -> Signer:
    return Signer(
        domain=DOMAIN,
        selector=SELECTOR,
        private_key=private,
        headers=RECOMMENDED_HEADERS if oversign else SETTINGS_HEADERS,
        oversign=oversign,
    )


@cache
def signed(*, oversign: bool) -> tuple[bytes, ...]:
    ours = signer(key(), oversign=oversign)
    return tuple(ours.sign(raw) for raw in raws())


def passes(verdict: Verdict) -> bool:
    return verdict.result == "pass"


def agrees(message: bytes, records: dict[str, str], index: int = 0) -> bool:
    """Return whether dkimpy finds a signature right, too."""

    def answer(name: bytes, timeout: int = 5) -> bytes | None:
        text = records.get(name.decode().rstrip("."))
        return text.encode() if text else None

    found: bool = dkim.DKIM(message).verify(idx=index, dnsfunc=answer)
    return found


@pytest.mark.parametrize("oversign", [False, True])
def test_five_hundred_messages_of_all_shapes_verify(oversign: bool) -> None:
    sent = signed(oversign=oversign)
    records = record(key())

    found = verdicts(sent, records)

    assert len(found) == COUNT
    for message, signatures in zip(sent, found, strict=True):
        (verdict,) = signatures
        assert passes(verdict), (verdict, message[:2000])
        assert (verdict.domain, verdict.selector) == (DOMAIN, SELECTOR)
        assert verdict.algorithm == "rsa-sha256"
        assert verdict.canonicalization == "relaxed/simple"
        assert agrees(message, records)


@pytest.mark.parametrize("oversign", [False, True])
def test_they_verify_as_ses_rewrites_them_beside_its_own_signature(
    oversign: bool,
) -> None:
    of_ses = key(1024)
    records = {**record(key()), **record(of_ses, SES_DOMAIN, SES_SELECTOR)}
    arrived = [through_ses(message, of_ses) for message in signed(oversign=oversign)]

    found = verdicts(arrived, records)

    for message, signatures in zip(arrived, found, strict=True):
        assert [verdict.domain for verdict in signatures] == [SES_DOMAIN, DOMAIN]
        assert all(passes(verdict) for verdict in signatures), (signatures, message)
        assert agrees(message, records, index=1)


def test_what_was_changed_or_added_on_the_way_does_not_verify() -> None:
    """The verifier says no when it should, or its yes would mean nothing."""
    sent = signed(oversign=True)[::10]
    changed = [message[:-2] + b"more\r\n" for message in sent]
    added = [
        name + b": something else\r\n" + message
        for message in sent
        for name in (b"From", b"Subject", b"Reply-To", b"Content-Type", b"To")
    ]

    for signatures in verdicts([*changed, *added], record(key())):
        assert not any(passes(verdict) for verdict in signatures), signatures
    for (verdict,) in verdicts(sent[:5], record(key(1024))):
        assert not passes(verdict)


def test_the_header_is_that_of_stock_dkimpy_byte_for_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_795_000_000.0)
    pem = to_pem(key())
    for oversign in (False, True):
        ours = signer(key(), oversign=oversign)
        for raw in raws():
            names = [name.lower() for name, _ in dkim.rfc822_parse(raw)[0]]
            header = dkim.sign(
                raw,
                SELECTOR.encode(),
                DOMAIN.encode(),
                pem,
                include_headers=_listed(names, oversign=oversign),
            )
            assert ours.sign(raw) == header + raw


def _listed(present: list[bytes], *, oversign: bool) -> list[bytes]:
    headers = RECOMMENDED_HEADERS if oversign else SETTINGS_HEADERS
    found = []
    for name in (header.lower().encode() for header in headers):
        if oversign:
            found += [name] * (present.count(name) + 1)
        elif name in present:
            found.append(name)
    return found


@pytest.mark.parametrize("bits", [1024, 1536, 2048, 3072, 4096])
def test_rsa_keys_of_all_sizes_verify(bits: int) -> None:
    ours = signer(key(bits), oversign=True)

    for (verdict,) in verdicts([ours.sign(r) for r in raws()[::50]], record(key(bits))):
        assert passes(verdict), verdict


def test_an_ed25519_key_verifies_on_all_shapes() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    ours = signer(private, oversign=True)

    for (verdict,) in verdicts([ours.sign(raw) for raw in raws()], record(private)):
        assert passes(verdict), verdict
        assert verdict.algorithm == "ed25519-sha256"


def test_the_message_of_rfc_8463_with_the_signature_that_we_make_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 8463 A.3, with the record of A.2."""
    monkeypatch.setattr("time.time", lambda: 1528637909.0)
    private = ed25519.Ed25519PrivateKey.from_private_bytes(RFC_SECRET)
    head, _, _ = RFC_RAW.partition(b"\r\n\r\n")
    message = _Message(head + b"\r\n", RFC_BODY_HASH, _Ed25519Key(private))
    header = message.sign(
        b"brisbane",
        b"football.example.com",
        _PLACEHOLDER,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=RFC_SIGNED.encode().split(),
    )
    name = "brisbane._domainkey.football.example.com"

    ((verdict,),) = verdicts(
        [header + RFC_RAW], {name: f"v=DKIM1; k=ed25519; p={RFC_PUBLIC}"}
    )

    assert passes(verdict), verdict


def test_names_of_the_greatest_length_verify() -> None:
    """dkimpy folds longer ones, which is why they are refused."""
    domain = f"{'a' * 56}.example.com"
    ours = Signer(
        domain=domain,
        selector="s" * 63,
        private_key=key(),
        headers=RECOMMENDED_HEADERS,
        oversign=True,
    )

    ((verdict,),) = verdicts([ours.sign(RFC_RAW)], record(key(), domain, "s" * 63))

    assert len(domain) == 68
    assert passes(verdict), verdict
