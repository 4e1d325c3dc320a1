"""Key pairs: read from PEM however it was pasted, made, written down."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.views.decorators.debug import sensitive_variables

from seacucumber.enums import DkimAlgorithm
from seacucumber.signing.errors import SigningError

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

#: RFC 8301 3.2: signers use 1024 at least; verifiers take 4096 at most for granted.
KEY_BITS_MIN = 1024
KEY_BITS_MAX = 4096
#: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimSigningAttributes.html
SES_KEY_BITS = (1024, 2048)

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_DER = serialization.Encoding.DER
_SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
_OPEN = serialization.NoEncryption()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """The half of a key that everybody may see.

    Args:
        bits: Size of an RSA modulus; 256 for Ed25519.
        base64: As it stands in a record's ``p=``: SubjectPublicKeyInfo for RSA
            (RFC 6376 3.6.1), the 32 octets alone for Ed25519 (RFC 8463 4.2).
        fingerprint: SHA-256 of the SubjectPublicKeyInfo in hexadecimal.
    """

    algorithm: DkimAlgorithm
    bits: int
    base64: str
    fingerprint: str


def generate_private_key(
    algorithm: DkimAlgorithm = DkimAlgorithm.RSA_SHA256, bits: int = 2048
) -> PrivateKey:
    """Return a new key.

    Args:
        bits: Of RSA only.

    Raises:
        SigningError: if RSA of that size is not for DKIM.
    """
    if algorithm == DkimAlgorithm.ED25519_SHA256:
        return ed25519.Ed25519PrivateKey.generate()
    _check_bits(bits)
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@sensitive_variables()
def load_private_key(
    private_key_pem: str | bytes, *, checked_before: bool = False
) -> PrivateKey:
    """Return the key of a PEM text, RSA or Ed25519, checked.

    CRLF, indentation and ``\\n`` written as two characters are understood.

    Args:
        checked_before: True for a text of `to_pem`: the arithmetic of an RSA key is
            not checked again, which takes longer than a hundred signatures.

    Raises:
        SigningError: with the reason; never with the text itself.
    """
    try:
        key = serialization.load_pem_private_key(
            _canonical_pem(private_key_pem),
            None,
            unsafe_skip_rsa_key_validation=checked_before,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningError(
            f"The DKIM private key cannot be read ({type(error).__name__}): it is"
            " damaged, or of a kind that is not understood."
        ) from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SigningError(
            "The DKIM private key is neither RSA nor Ed25519; DKIM has no signatures"
            " with others (RFC 8301, RFC 8463)."
        )
    _check_bits(key.key_size)
    return key


def public_key_of(private_key: PrivateKey) -> PublicKey:
    """Return the public half of a key."""
    public = private_key.public_key()
    spki = public.public_bytes(_DER, _SPKI)
    fingerprint = hashlib.sha256(spki).hexdigest()
    if isinstance(public, rsa.RSAPublicKey):
        return PublicKey(
            algorithm=DkimAlgorithm.RSA_SHA256,
            bits=public.key_size,
            base64=base64.b64encode(spki).decode("ascii"),
            fingerprint=fingerprint,
        )
    raw = public.public_bytes_raw()
    return PublicKey(
        algorithm=DkimAlgorithm.ED25519_SHA256,
        bits=256,
        base64=base64.b64encode(raw).decode("ascii"),
        fingerprint=fingerprint,
    )


@sensitive_variables()
def to_pem(private_key: PrivateKey) -> bytes:
    """Return a key as PKCS#8 in PEM, without a passphrase."""
    return private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, _OPEN
    )


@sensitive_variables()
def to_pkcs1_der_b64(private_key: PrivateKey) -> str:
    """Return a key as SES takes it: PKCS#1 in base64, one line without armour.

    Of PKCS#8, SES accepts the call and never verifies the domain:
    https://github.com/awsdocs/amazon-ses-developer-guide/issues/71

    Raises:
        SigningError: if SES does not take keys of this kind or size.
    """
    if not isinstance(private_key, rsa.RSAPrivateKey):
        raise SigningError("SES takes RSA keys only, and this one is Ed25519.")
    if private_key.key_size not in SES_KEY_BITS:
        raise SigningError(
            "SES takes RSA keys of 1024 or 2048 bits, and this one has"
            f" {private_key.key_size}."
        )
    der = private_key.private_bytes(
        _DER, serialization.PrivateFormat.TraditionalOpenSSL, _OPEN
    )
    return base64.b64encode(der).decode("ascii")


def _check_bits(bits: int) -> None:
    if bits < KEY_BITS_MIN:
        raise SigningError(
            f"The DKIM private key has {bits} bits; at least {KEY_BITS_MIN} are needed"
            " (RFC 8301 3.2), 2048 are right."
        )
    if bits > KEY_BITS_MAX:
        raise SigningError(
            f"The DKIM private key has {bits} bits; verifiers need not take more than"
            f" {KEY_BITS_MAX} (RFC 8301 3.2), 2048 are right."
        )


@sensitive_variables()
def _canonical_pem(private_key_pem: str | bytes) -> bytes:
    """Return the PEM block in a text, however its lines were treated on the way."""
    text = private_key_pem
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    blocks = [*_PEM.finditer(text.replace("\\r", "").replace("\\n", "\n"))]
    # A certificate or the public key may stand before it.
    match = next((block for block in blocks if "PRIVATE KEY" in block[1]), None)
    match = match or next(iter(blocks), None)
    if match is None:
        raise SigningError(
            "The DKIM private key is not PEM: it has no '-----BEGIN ...-----' line, or"
            " no '-----END ...-----' to match."
        )
    label, body = match.groups()
    if "ENCRYPTED" in label or "ENCRYPTED" in body:
        raise SigningError(
            "The DKIM private key is encrypted; give it without a passphrase."
        )
    if "PRIVATE KEY" not in label:
        raise SigningError(
            f"The DKIM private key is a {label.lower()}; the private key is needed."
        )
    lines = "\n".join(body.split())
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode(
        "ascii", "replace"
    )
