"""Keys that are generated, imported from a text, imported from the settings."""

from __future__ import annotations

import base64
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from dkim.crypto import parse_public_key

from seacucumber import dkim_keys
from seacucumber.dkim_keys import KeyRefused
from seacucumber.dkim_keys.storage import private_key_of
from seacucumber.enums import DkimAlgorithm, DkimUse
from seacucumber.models import DkimKey
from seacucumber.signing import generate_private_key, public_key_of, to_pem
from tests.dkim_keys.conftest import Time
from tests.dkim_keys.keys import history, new

pytestmark = pytest.mark.django_db

PEM = to_pem(generate_private_key(bits=1024)).decode()
LARGE = generate_private_key(bits=4096)


def refusal(*args: Any, **options: Any) -> KeyRefused:
    with pytest.raises(KeyRefused) as caught:
        dkim_keys.import_pem(*args, **{"selector": "mail", **options})
    return caught.value


class TestGenerate:
    def test_key_waits_for_its_record(self) -> None:
        key = dkim_keys.generate("example.com", actor="ann")

        assert (key.state, key.origin, key.use) == ("pending", "generated", "message")
        assert (key.algorithm, key.key_bits) == ("rsa-sha256", 2048)
        assert key.created_by == "ann"
        assert history(key) == [("", "pending", "ann")]

    def test_record_has_the_key_that_dkimpy_reads(self) -> None:
        key = dkim_keys.generate("example.com")
        private_key = private_key_of(key)

        assert isinstance(private_key, rsa.RSAPrivateKey)
        found = parse_public_key(base64.b64decode(key.public_key))
        numbers = private_key.public_key().public_numbers()
        assert (found["modulus"], found["publicExponent"]) == (numbers.n, numbers.e)

    def test_selectors_tell_the_month_and_are_used_once(self, time: Time) -> None:
        first, second, third = new(), new(), new()
        elsewhere = new("example.org")

        month = f"ses-{first.created_at:%Y%m}"
        assert [first.selector, second.selector, third.selector] == [
            month,
            f"{month}-2",
            f"{month}-3",
        ]
        assert elsewhere.selector == month

    def test_selector_of_a_key_that_was_given_up_is_not_used_again(self) -> None:
        dkim_keys.abandon(new(selector="mail"), actor="ann")

        with pytest.raises(KeyRefused, match="used before") as caught:
            new(selector="Mail")
        assert caught.value.field == "selector"
        assert DkimKey.objects.count() == 1

    def test_domain_beyond_ascii_is_kept_as_dns_has_it(self) -> None:
        assert new("Bücher.Example.").domain == "xn--bcher-kva.example"

    @pytest.mark.parametrize(
        ("options", "field", "word"),
        [
            ({"domain": "localhost"}, "domain", "must be a domain"),
            ({"domain": f"{'a' * 60}.example.com"}, "domain", "68"),
            ({"selector": "a_b"}, "selector", "hyphens"),
            ({"selector": "a.b"}, "selector", "hyphens"),
            ({"selector": "a" * 64}, "selector", "63"),
            ({"bits": 512}, "bits", "1024"),
            ({"bits": 8192}, "bits", "4096"),
            ({"use": DkimUse.SES, "bits": 4096}, "use", "1024 or 2048"),
            (
                {"use": DkimUse.SES, "algorithm": DkimAlgorithm.ED25519_SHA256},
                "use",
                "RSA",
            ),
        ],
    )
    def test_what_cannot_be_had_is_refused_with_the_reason(
        self, options: dict[str, Any], field: str, word: str
    ) -> None:
        with pytest.raises(KeyRefused) as caught:
            dkim_keys.generate(**{"domain": "example.com", **options})

        assert caught.value.field == field
        assert word in caught.value.problem
        assert not DkimKey.objects.exists()

    def test_ed25519_is_an_experiment_that_can_be_made(self) -> None:
        key = new(algorithm=DkimAlgorithm.ED25519_SHA256)

        assert (key.algorithm, key.key_bits) == ("ed25519-sha256", 256)
        # RFC 8463 4.2: 32 octets, no SubjectPublicKeyInfo.
        assert len(base64.b64decode(key.public_key)) == 32


class TestImport:
    def test_key_is_taken_in_however_it_was_pasted(self) -> None:
        pasted = f"  \r\n{PEM}".replace("\n", "\r\n    ")

        key = dkim_keys.import_pem(
            "example.com", pasted, selector="Mail.old", actor="ann"
        )

        assert (key.selector, key.origin) == ("mail.old", "imported")
        assert to_pem(private_key_of(key)).decode() == PEM
        assert history(key) == [("", "pending", "ann")]

    def test_pkcs1_is_as_good(self) -> None:
        private_key = generate_private_key(bits=1024)
        pkcs1 = private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()

        key = dkim_keys.import_pem("example.com", pkcs1, selector="mail")

        assert key.fingerprint == public_key_of(private_key).fingerprint

    def test_what_is_no_key_for_dkim_is_refused_without_repeating_it(self) -> None:
        curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        texts = ["", "secret words", PEM[:200], curve.decode()]

        for text in texts:
            error = refusal("example.com", text)
            assert error.field == "pem"
            assert "secret words" not in str(error)
            assert PEM[40:80] not in str(error)

    def test_same_key_of_the_same_domain_is_not_taken_in_twice(self) -> None:
        dkim_keys.import_pem("example.com", PEM, selector="mail")

        error = refusal("example.com", PEM, selector="other")

        assert "mail._domainkey.example.com" in error.problem
        # Several domains may share one.
        dkim_keys.import_pem("example.org", PEM, selector="mail")

    def test_ses_does_not_take_every_key(self) -> None:
        error = refusal("example.com", to_pem(LARGE).decode(), use=DkimUse.SES)
        assert error.field == "use"
        error = refusal("example.com", PEM, selector="a.b", use=DkimUse.SES)
        assert error.field == "selector"


class TestSettings:
    def test_key_of_the_settings_moves_into_the_database(self, settings: Any) -> None:
        settings.DKIM_DOMAIN = "Example.com"
        settings.DKIM_PRIVATE_KEY = PEM.replace("\n", "\\n")
        settings.DKIM_SELECTOR = "ses"

        key = dkim_keys.import_settings(actor="ann")

        assert str(key) == "ses._domainkey.example.com"
        assert (key.origin, key.state) == ("settings", "pending")
        assert to_pem(private_key_of(key)).decode() == PEM

    def test_without_a_key_in_the_settings_there_is_none(self) -> None:
        with pytest.raises(KeyRefused, match="DKIM_PRIVATE_KEY"):
            dkim_keys.import_settings()


def test_what_is_made_here_signs_and_verifies_with_dkimpy() -> None:
    key = dkim_keys.generate("example.com")
    record = dkim_keys.record_of(key)
    signature = dkim.sign(
        b"From: ann@example.com\r\n\r\nHi\r\n",
        key.selector.encode(),
        key.domain.encode(),
        _pkcs1(key),
    )

    assert dkim.verify(
        signature + b"From: ann@example.com\r\n\r\nHi\r\n",
        dnsfunc=lambda name, timeout=5: record.value.encode(),
    )


def _pkcs1(key: DkimKey) -> bytes:
    return private_key_of(key).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
