"""Ed25519 signatures: those of the RFC, and what they sign."""

from __future__ import annotations

import base64
import hashlib
import re

from cryptography.hazmat.primitives.asymmetric import ed25519

from seacucumber.signing.signer import _PLACEHOLDER, _Ed25519Key, _Message
from tests.signing.signed import RAW, signer, tags
from tests.signing.test_keys import RFC_SECRET

# RFC 8463 A.3: the message, and the Ed25519 signature of it.
RFC_RAW = (
    b"From: Joe SixPack <joe@football.example.com>\r\n"
    b"To: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    b"\r\n"
    b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
)
RFC_SIGNED = "from to subject date message-id from subject date"
RFC_BODY_HASH = b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
RFC_SIGNATURE = (
    b"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
    b"Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
)


def test_the_signature_of_rfc_8463_is_made_bit_for_bit(monkeypatch):
    """Its body is relaxed and it signs Date, so what is below the signer is asked."""
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

    found = tags(header + RFC_RAW)
    assert found[b"a"] == b"ed25519-sha256"
    assert found[b"b"] == RFC_SIGNATURE


def test_an_ed25519_key_signs_the_hash_of_the_headers():
    """RFC 8463 3. dkimpy's verifier needs PyNaCl; tests/oracles asks another one."""
    private = ed25519.Ed25519PrivateKey.generate()
    signed = signer(private_key=private, headers=("From",)).sign(RAW)
    found = tags(signed)
    field = signed[: signed.index(b"From:")].partition(b"DKIM-Signature:")[2]
    unsigned = re.sub(rb"b=[^=;]*==$", b"b=", re.sub(rb"\s+", b" ", field).strip())
    text = b"from:Shop <shop@example.com>\r\ndkim-signature:" + unsigned

    assert found[b"a"] == b"ed25519-sha256"
    private.public_key().verify(
        base64.b64decode(found[b"b"]), hashlib.sha256(text).digest()
    )
