"""Private keys: read however they were pasted, made, and written for SES."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.views.debug import ExceptionReporter

from seacucumber.enums import DkimAlgorithm
from seacucumber.signing import (
    PublicKey,
    SigningError,
    generate_private_key,
    keys,
    load_private_key,
    public_key_of,
    to_pem,
    to_pkcs1_der_b64,
)
from tests.signing.signed import PEM, PKCS1, PKCS8, RAW, key, pem, signer, verifies

PUBLIC = serialization.PublicFormat.SubjectPublicKeyInfo
PASSWORD = serialization.BestAvailableEncryption(b"secret")
SMALL = """-----BEGIN RSA PRIVATE KEY-----
MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu
KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQJAIJLixBy2qpFoS4DSmoEm
o3qGy0t6z09AIJtH+5OeRV1be+N4cDYJKffGzDa88vQENZiRm0GRq6a+HPGQMd2k
TQIhAKMSvzIBnni7ot/OSie2TmJLY4SwTQAevXysE2RbFDYdAiEBCUEaRQnMnbp7
9mxDXDf6AU0cN/RPBjb9qSHDcWZHGzUCIG2Es59z8ugGrDY+pxLQnwfotadxd+Uy
v/Ow5T0q5gIJAiEAyS4RaI9YG8EWx/2w0T67ZUVAw8eOMB6BIUg0Xcu+3okCIBOs
/5OiPgoTdSy7bcF9IGpSE8ZgGKzgYQVZeN97YE00
-----END RSA PRIVATE KEY-----
"""
# RFC 8463 A.2.
RFC_SECRET = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
RFC_PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def indented(text: bytes) -> bytes:
    return b"\n".join(b"    " + line for line in text.splitlines())


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text,
        lambda text: text.decode(),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r"),
        lambda text: text.replace(b"\n", b"\\n"),
        lambda text: text.replace(b"\n", b"\\r\\n").decode(),
        lambda text: text.replace(b"\n", b" "),
        indented,
        lambda text: b"\n\n  " + text.rstrip() + b"  ",
        lambda text: text.replace(b"-----\n", b"----- \n"),
    ],
)
@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_a_key_is_understood_however_it_was_pasted(
    form: Any, written: Callable[[bytes], bytes | str]
) -> None:
    assert verifies(signer(private_key_pem=written(pem(form=form))).sign(RAW))


@pytest.mark.parametrize(
    ("private_key_pem", "reason"),
    [
        (lambda: key().public_key().public_bytes(PEM, PUBLIC), "is a public key"),
        (lambda: pem(encryption=PASSWORD), "encrypted"),
        (lambda: pem(form=PKCS1, encryption=PASSWORD), "encrypted"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "neither RSA nor"),
        (lambda: SMALL, "512 bits"),
        (lambda: "", "not PEM"),
        (lambda: "secret words", "not PEM"),
        (lambda: pem()[:-100], "not PEM"),
        (lambda: pem().replace(b"MII", b"AAA"), "cannot be read"),
        (lambda: pem().replace(b"w", "ü".encode()), "cannot be read"),
        (lambda: pem().decode().replace("w", "ü"), "cannot be read"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_with_the_reason(
    private_key_pem: Callable[[], bytes | str], reason: str
) -> None:
    text = private_key_pem()
    with pytest.raises(SigningError, match=reason) as caught:
        load_private_key(text)
    secret = text.decode() if isinstance(text, bytes) else text
    lines = [line for line in secret.splitlines() if len(line) > 40]
    assert not any(line in str(caught.value) for line in lines)


def test_what_django_tells_of_an_error_has_no_private_key(
    rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the variables of every function on the way, and is mailed to ADMINS."""
    monkeypatch.setattr(keys, "_check_bits", None)
    with pytest.raises(TypeError) as caught:
        signer(private_key_pem=pem(form=PKCS1))

    error = (caught.type, caught.value, caught.tb)
    frames = ExceptionReporter(rf.get("/"), *error).get_traceback_frames()

    theirs = {
        frame["function"]: frame["vars"]
        for frame in frames
        if "/tests/" not in frame["filename"]
    }
    assert "load_private_key" in theirs
    assert pem(form=PKCS1).decode().splitlines()[5] not in str(theirs)


def test_a_damaged_key_is_found_out_when_it_is_stored() -> None:
    """One of its primes is wrong: OpenSSL would sign, and nobody could verify."""
    numbers = key().private_numbers()
    wrong = rsa.RSAPrivateNumbers(
        p=numbers.p,
        q=numbers.q,
        d=numbers.d + 2,
        dmp1=numbers.dmp1,
        dmq1=numbers.dmq1,
        iqmp=numbers.iqmp,
        public_numbers=numbers.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)

    with pytest.raises(SigningError, match="cannot be read"):
        load_private_key(pem(wrong))


@pytest.mark.parametrize("bits", [512, 1023, 4097, 8192])
def test_a_size_that_verifiers_need_not_take_is_not_made(bits: int) -> None:
    """RFC 8301 3.2."""
    with pytest.raises(SigningError, match=f"has {bits} bits"):
        generate_private_key(DkimAlgorithm.RSA_SHA256, bits)


def test_a_new_rsa_key_is_stored_and_read_again() -> None:
    made = generate_private_key()

    again = load_private_key(to_pem(made), checked_before=True)

    assert isinstance(again, rsa.RSAPrivateKey)
    assert again.public_key().public_numbers().e == 65537
    found = public_key_of(again)
    assert found == public_key_of(made)
    assert (found.algorithm, found.bits) == (DkimAlgorithm.RSA_SHA256, 2048)
    spki = again.public_key().public_bytes(serialization.Encoding.DER, PUBLIC)
    assert base64.b64decode(found.base64) == spki
    assert found.fingerprint == hashlib.sha256(spki).hexdigest()


def test_an_ed25519_key_is_published_as_its_32_octets() -> None:
    """RFC 8463 A.2 has both halves."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(RFC_SECRET)

    found = public_key_of(load_private_key(to_pem(private)))

    assert found == PublicKey(
        algorithm=DkimAlgorithm.ED25519_SHA256,
        bits=256,
        base64=RFC_PUBLIC,
        fingerprint=found.fingerprint,
    )
    made = generate_private_key(DkimAlgorithm.ED25519_SHA256)
    assert isinstance(made, ed25519.Ed25519PrivateKey)


@pytest.mark.parametrize("bits", [1024, 2048])
def test_ses_gets_pkcs1_on_one_line_without_armour(bits: int) -> None:
    """The pattern is the one of DomainSigningPrivateKey in SES's API."""
    text = to_pkcs1_der_b64(key(bits))

    assert re.fullmatch(r"[a-zA-Z0-9+\/]+={0,2}", text)
    armoured = f"-----BEGIN RSA PRIVATE KEY-----\n{text}\n-----END RSA PRIVATE KEY-----"
    again = load_private_key(armoured)
    assert public_key_of(again) == public_key_of(key(bits))


def test_ses_takes_no_other_keys() -> None:
    with pytest.raises(SigningError, match="1024 or 2048 bits, and this one has 3072"):
        to_pkcs1_der_b64(key(3072))
    with pytest.raises(SigningError, match="RSA keys only"):
        to_pkcs1_der_b64(ed25519.Ed25519PrivateKey.generate())


def test_a_public_key_before_the_private_one_is_passed_over() -> None:
    public = key().public_key().public_bytes(PEM, PUBLIC)
    certificate = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    loaded = load_private_key(certificate + public + pem())
    assert loaded.private_numbers() == key().private_numbers()
