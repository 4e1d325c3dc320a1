"""The self-test of a key: what it signs has to verify with the published record."""

from __future__ import annotations

import base64

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from seacucumber.conf import get_dkim
from seacucumber.dkim_keys.storage import private_key_of
from seacucumber.dns.dkim_records import read_tags
from seacucumber.models import DkimKey
from seacucumber.signing import Signer

_PROBE = (
    "From: probe@{domain}\r\nTo: probe@{domain}\r\nSubject: A probe\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nIs this signed?\r\n"
)


def verifies(key: DkimKey, record: str) -> bool:
    """Tell whether a message that the key signs verifies with a record.

    Raises:
        KeyUnreadable: if no configured encryption key opens the private key.
        SigningError: if no message can be signed with it.
    """
    private_key = private_key_of(key)
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return _verifies_ed25519(private_key, record)
    signer = Signer(
        domain=key.domain,
        selector=key.selector,
        private_key=private_key,
        headers=get_dkim().headers,
        oversign=True,
    )
    signed = signer.sign(_PROBE.format(domain=key.domain).encode("ascii"))
    return bool(dkim.verify(signed, dnsfunc=lambda name, timeout=5: record.encode()))


def _verifies_ed25519(private_key: ed25519.Ed25519PrivateKey, record: str) -> bool:
    """Verify one signature: dkimpy would need PyNaCl for a whole message."""
    published = ed25519.Ed25519PublicKey.from_public_bytes(
        base64.b64decode(read_tags(record)["p"])
    )
    try:
        published.verify(private_key.sign(_PROBE.encode()), _PROBE.encode())
    except InvalidSignature:
        return False
    return True
