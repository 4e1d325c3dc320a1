"""A key, a signer and a verifier for tests."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from seacucumber.signing import PrivateKey, Signer

PEM = serialization.Encoding.PEM
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
OPEN = serialization.NoEncryption()
HEADERS = ("From", "To", "Cc", "Subject", "Reply-To", "MIME-Version", "Content-Type")
RAW = (
    b"From: Shop <shop@example.com>\r\nTo: ann@example.com\r\nSubject: Hello\r\n"
    b"Date: Tue, 24 Nov 2026 04:00:00 +0000\r\n\r\nHi Ann\r\n"
)


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the RSA key of these tests."""
    return rsa.generate_private_key(65537, bits)


def pem(private_key: Any = None, form: Any = PKCS8, encryption: Any = OPEN) -> bytes:
    """Return a key as PEM."""
    text: bytes = (private_key or key()).private_bytes(PEM, form, encryption)
    return text


def signer(**kw: Any) -> Signer:
    """Return a signer for example.com."""
    fields = {"domain": "example.com", "selector": "ses", "headers": HEADERS}
    if "private_key" not in kw:
        fields["private_key_pem"] = pem()
    return Signer(**{**fields, **kw})


def verifies(signed: bytes, private_key: PrivateKey | None = None) -> bool:
    """Return whether dkimpy finds the uppermost signature right."""
    der = (
        (private_key or key())
        .public_key()
        .public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    asked = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)

    verified: bool = dkim.verify(signed, dnsfunc=dns)
    assert asked in ([b"ses._domainkey.example.com."], [])
    return verified


def tags(signed: bytes) -> dict[bytes, bytes]:
    """Return the tags of the signature on top."""
    header, _, _ = signed.partition(b"\r\nFrom:")
    value = re.sub(rb"\s+", b"", header.partition(b"DKIM-Signature:")[2])
    return {
        name: text
        for name, _, text in (tag.partition(b"=") for tag in value.split(b";"))
    }
