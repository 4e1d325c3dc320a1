"""OpenSSL, asked to sign, to encrypt, and whether what arrives is good (S/MIME)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    assert shutil.which("openssl"), (
        "openssl is missing, which judges S/MIME. On Debian and Ubuntu:"
        " apt install openssl"
    )
    folder = tempfile.TemporaryDirectory(prefix="smime")
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=Ann/emailAddress=ann@example.com"),
        *("-keyout", f"{folder.name}/key.pem", "-out", f"{folder.name}/cert.pem"),
    )
    return folder


def _pair() -> tuple[str, str]:
    name = _folder().name
    return f"{name}/cert.pem", f"{name}/key.pem"


def sign(octets: bytes) -> bytes:
    """Return a detached signature in DER (RFC 8551 3.5.3)."""
    cert, key = _pair()
    return _openssl(
        *("cms", "-sign", "-binary", "-outform", "DER", "-signer", cert, "-inkey", key),
        stdin=octets,
    )


def sign_opaque(octets: bytes) -> bytes:
    """Return signed-data that holds the octets (RFC 8551 3.5.2), in DER."""
    cert, key = _pair()
    return _openssl(
        *("cms", "-sign", "-binary", "-nodetach", "-outform", "DER"),
        *("-signer", cert, "-inkey", key),
        stdin=octets,
    )


def encrypt(octets: bytes) -> bytes:
    """Return enveloped-data (RFC 8551 3.3), in DER."""
    return _openssl(
        *("cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", _pair()[0]),
        stdin=octets,
    )


def decrypt(entity: bytes) -> bytes:
    """Return what a whole MIME entity of application/pkcs7-mime holds."""
    cert, key = _pair()
    return _openssl("cms", "-decrypt", "-recip", cert, "-inkey", key, stdin=entity)


def is_good(entity: bytes) -> bool:
    """Tell whether OpenSSL, which reads the MIME entity itself, finds it good."""
    answer = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-CAfile", _pair()[0]),
            *("-purpose", "any", "-out", str(Path(_folder().name) / "read")),
        ],
        input=entity,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return answer.returncode == 0


def _openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    answer = subprocess.run(
        ["openssl", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout
