"""What key records say (RFC 6376 3.6.1), and whether they are the right ones."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from seacucumber.dns.dkim_records import is_key_record, judge_key, read_tags
from seacucumber.signing import generate_private_key, public_key_of

RSA = generate_private_key(bits=1024)
RSA_B64 = public_key_of(RSA).base64
OTHER_B64 = public_key_of(generate_private_key(bits=1024)).base64
# RFC 8463, appendix A.2.
ED25519_B64 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
# RFC 6376, appendix C, with its line breaks.
RFC_RECORD = """v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ
 KBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt
 IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v
 /RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi
 tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"""


def rsa_record(tags: str = "v=DKIM1; k=rsa; ", key: str = RSA_B64) -> str:
    return f"{tags}p={key}"


@pytest.mark.parametrize(
    "text",
    [
        rsa_record(),
        rsa_record("v=DKIM1;k=rsa;"),
        rsa_record("v=DKIM1; "),
        rsa_record(""),
        rsa_record() + ";",
        rsa_record() + " ; ",
        rsa_record("v=DKIM1; t=s; h=sha1:sha256; s=email:other; n=since 2026; "),
        rsa_record("v=DKIM1; s=*; x_y=unknown tags mean nothing; "),
        rsa_record("v = DKIM1 ;\r\n k = rsa ; "),
        rsa_record(key=f"{RSA_B64[:70]} {RSA_B64[70:]}"),
    ],
)
def test_record_of_the_key_matches_however_it_is_written(text: str) -> None:
    assert judge_key(text, RSA_B64, "rsa-sha256") == ("match", "")


def test_the_rfcs_own_record_is_read() -> None:
    tags = read_tags(RFC_RECORD)

    assert judge_key(RFC_RECORD, tags["p"], "rsa-sha256") == ("match", "")


def test_the_rfcs_ed25519_record_is_that_of_its_key() -> None:
    text = f"v=DKIM1; k=ed25519; p={ED25519_B64}"

    assert judge_key(text, ED25519_B64, "ed25519-sha256") == ("match", "")


def test_record_under_test_is_not_counted_on() -> None:
    result, note = judge_key(rsa_record("v=DKIM1; t=y:s; "), RSA_B64, "rsa-sha256")

    assert result == "testing"
    assert "t=y" in note


@pytest.mark.parametrize(
    ("text", "result", "word"),
    [
        (rsa_record(key=OTHER_B64), "mismatch", "Another public key"),
        (f"v=DKIM1; k=ed25519; p={ED25519_B64}", "mismatch", "'ed25519'"),
        (rsa_record("v=DKIM1; k=RSA; "), "mismatch", "'RSA'"),
        ("v=DKIM1; k=rsa; p=", "revoked", "empty"),
        ("v=DKIM1; p=;", "revoked", "empty"),
        (rsa_record("v=DKIM1; h=sha1; "), "unusable", "h=sha1"),
        (rsa_record("v=DKIM1; s=tlsrpt; "), "unusable", "not for e-mail"),
        (rsa_record()[:180], "malformed", "cut short"),
        (rsa_record(key="MIIB!"), "malformed", "base64"),
        ("v=DKIM1; k=rsa", "malformed", "no p="),
        (f"k=rsa; p={RSA_B64}; v=DKIM1", "malformed", "first"),
        (rsa_record("v=DKIM2; "), "malformed", "v=DKIM1"),
        (rsa_record("v=DKIM1; k=rsa; k=rsa; "), "malformed", "twice"),
        (rsa_record("v=DKIM1;; "), "malformed", "tag=value"),
        (f'"v=DKIM1; k=rsa; p={RSA_B64}"', "malformed", "quotation marks"),
        (rf"v=DKIM1\; k=rsa\; p={RSA_B64}", "malformed", "backslashes"),
        ("v=spf1 include:amazonses.com ~all", "malformed", "v=DKIM1"),
        ("", "malformed", "tag=value"),
    ],
)
def test_anything_else_is_told_with_the_reason(
    text: str, result: str, word: str
) -> None:
    found, note = judge_key(text, RSA_B64, "rsa-sha256")

    assert found == result
    assert word in note


@pytest.mark.parametrize(
    ("key", "result"),
    [
        (base64.b64encode(bytes(32)).decode(), "mismatch"),
        (base64.b64encode(bytes(31)).decode(), "malformed"),
    ],
)
def test_ed25519_key_of_somebody_else_or_of_the_wrong_length(
    key: str, result: str
) -> None:
    text = f"v=DKIM1; k=ed25519; p={key}"

    assert judge_key(text, ED25519_B64, "ed25519-sha256")[0] == result


def test_ed25519_key_in_the_form_of_rsa_keys_is_damaged() -> None:
    """RFC 8463 4.2: the key alone, no SubjectPublicKeyInfo."""
    spki = (
        ed25519.Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    text = f"v=DKIM1; k=ed25519; p={base64.b64encode(spki).decode()}"

    result, note = judge_key(text, ED25519_B64, "ed25519-sha256")

    assert result == "malformed"
    assert "32" in note


def test_right_key_in_pkcs1_is_not_read_by_many() -> None:
    assert isinstance(RSA, rsa.RSAPrivateKey)
    pkcs1 = RSA.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    text = rsa_record(key=base64.b64encode(pkcs1).decode())

    result, note = judge_key(text, RSA_B64, "rsa-sha256")

    assert result == "unusable"
    assert "PKCS#1" in note


def test_key_records_are_told_from_other_texts() -> None:
    assert is_key_record(rsa_record())
    assert is_key_record("p=")
    assert not is_key_record("v=spf1 -all")
    assert not is_key_record("v=DMARC1; sp=none")
