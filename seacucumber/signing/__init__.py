"""DKIM: keys, their records, how they are kept, and signatures (RFC 6376, RFC 8301)."""

from __future__ import annotations

from seacucumber.signing.errors import KeyUnreadable, SigningError, UnsignableMessage
from seacucumber.signing.keys import (
    KEY_BITS_MAX,
    KEY_BITS_MIN,
    PrivateKey,
    PublicKey,
    generate_private_key,
    load_private_key,
    public_key_of,
    to_pem,
    to_pkcs1_der_b64,
)
from seacucumber.signing.names import (
    checked_domain,
    checked_headers,
    checked_label,
    checked_selector,
)
from seacucumber.signing.records import KeyRecord
from seacucumber.signing.sealed_keys import SealingKeys, reseal, seal, unseal
from seacucumber.signing.signer import Signer

__all__ = [
    "KEY_BITS_MAX",
    "KEY_BITS_MIN",
    "KeyRecord",
    "KeyUnreadable",
    "PrivateKey",
    "PublicKey",
    "SealingKeys",
    "Signer",
    "SigningError",
    "UnsignableMessage",
    "checked_domain",
    "checked_headers",
    "checked_label",
    "checked_selector",
    "generate_private_key",
    "load_private_key",
    "public_key_of",
    "reseal",
    "seal",
    "to_pem",
    "to_pkcs1_der_b64",
    "unseal",
]
