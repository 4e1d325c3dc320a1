"""The key that SNS signs with, and its certificate.

The certificate is nobody's: it says ``sns.amazonaws.com`` and signs itself. A client
that checks where it comes from and by whom it is trusted does not take it; a test has
to hand it the certificate in the place of a download.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

KEY_BITS = 2048
CERTIFICATE_PREFIX = "/SimpleNotificationService-"

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - what version 1 is
    "2": hashes.SHA256(),
}


def text_to_sign(envelope: Mapping[str, str]) -> str:
    """Return what is signed of an envelope.

    Source: "Verifying the signatures of Amazon SNS messages", SNS developer guide.
    """
    is_notification = envelope["Type"] == "Notification"
    names = _NOTIFICATION if is_notification else _CONFIRMATION
    return "".join(
        f"{name}\n{envelope[name]}\n"
        for name in names
        if envelope.get(name) is not None
    )


class Signer:
    """An RSA key and the certificate to check its signatures with.

    Args:
        key: The private key; a new one if None.
    """

    def __init__(self, key: rsa.RSAPrivateKey | None = None) -> None:
        self._key = key or rsa.generate_private_key(65537, KEY_BITS)
        self.certificate = self._certify()

    def _certify(self) -> bytes:
        """Return a certificate in PEM that begins a day ago and ends in ten years."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM)

    @property
    def certificate_path(self) -> str:
        """Where the certificate is, on SNS's host and on this server."""
        digest = hashlib.sha256(self.certificate).hexdigest()[:32]
        return f"{CERTIFICATE_PREFIX}{digest}.pem"

    def certificate_url(self, region: str) -> str:
        """Return ``SigningCertURL``, on the host that SNS has in this region."""
        return f"https://sns.{region}.amazonaws.com{self.certificate_path}"

    def sign(self, envelope: Mapping[str, str], version: str) -> str:
        """Return ``Signature`` for an envelope.

        Args:
            version: ``SignatureVersion``, 1 (SHA-1) or 2 (SHA-256).
        """
        data = text_to_sign(envelope).encode()
        signature = self._key.sign(data, padding.PKCS1v15(), _HASHES[version])
        return base64.b64encode(signature).decode()


@lru_cache(maxsize=1)
def process_signer() -> Signer:
    """Return the signer that all servers of this process share: keys are slow."""
    return Signer()
