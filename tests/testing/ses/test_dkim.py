"""A domain's DKIM in the local SES: Easy DKIM, or a key of its own."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from seacucumber.testing import LocalSES
from tests.testing.mail import refusal

TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8


def private_key(
    bits: int = 1024, form: serialization.PrivateFormat = TRADITIONAL
) -> str:
    der = rsa.generate_private_key(public_exponent=65537, key_size=bits).private_bytes(
        serialization.Encoding.DER, form, serialization.NoEncryption()
    )
    return base64.b64encode(der).decode()


def external(key: str, selector: str = "mail", name: str = "example.com") -> Any:
    return {
        "EmailIdentity": name,
        "SigningAttributesOrigin": "EXTERNAL",
        "SigningAttributes": {
            "DomainSigningSelector": selector,
            "DomainSigningPrivateKey": key,
        },
    }


def dkim(v2: Any, name: str = "example.com") -> Any:
    return v2.get_email_identity(EmailIdentity=name)["DkimAttributes"]


def test_own_key_is_pending_until_its_record_is_found(
    ses: LocalSES, v1: Any, v2: Any
) -> None:
    answer = v2.put_email_identity_dkim_signing_attributes(**external(private_key()))

    assert (answer["DkimStatus"], answer["DkimTokens"]) == ("PENDING", ["mail"])
    assert dkim(v2)["SigningAttributesOrigin"] == "EXTERNAL"
    assert dkim(v2)["Status"] == "PENDING"
    # The domain itself stays verified.
    assert v2.get_email_identity(EmailIdentity="example.com")[
        "VerifiedForSendingStatus"
    ]
    told = v1.get_identity_dkim_attributes(Identities=["example.com"])
    assert told["DkimAttributes"]["example.com"] == {
        "DkimEnabled": True,
        "DkimVerificationStatus": "Pending",
        "DkimTokens": ["mail"],
    }

    ses.verify("example.com")

    assert (dkim(v2)["Status"], dkim(v2)["Tokens"]) == ("SUCCESS", ["mail"])


def test_own_key_verifies_by_itself_if_it_is_told_to(ses: LocalSES, v2: Any) -> None:
    ses.configure(verify_after_s=0.0)
    v2.put_email_identity_dkim_signing_attributes(**external(private_key()))

    assert dkim(v2)["Status"] == "SUCCESS"


def test_another_key_is_looked_for_anew(ses: LocalSES, v2: Any) -> None:
    v2.put_email_identity_dkim_signing_attributes(**external(private_key()))
    ses.verify("example.com")

    v2.put_email_identity_dkim_signing_attributes(**external(private_key(), "next"))

    assert (dkim(v2)["Status"], dkim(v2)["Tokens"]) == ("PENDING", ["next"])


def test_pkcs8_is_taken_and_never_verified(ses: LocalSES, v2: Any) -> None:
    """https://github.com/awsdocs/amazon-ses-developer-guide/issues/71"""
    key = private_key(form=PKCS8)
    v2.put_email_identity_dkim_signing_attributes(**external(key))
    ses.verify("example.com")

    assert dkim(v2)["Status"] == "PENDING"


def test_dkim_is_switched_off_and_on(v1: Any, v2: Any) -> None:
    for enabled in (False, True):
        v2.put_email_identity_dkim_attributes(
            EmailIdentity="example.com", SigningEnabled=enabled
        )
        assert dkim(v2)["SigningEnabled"] is enabled
        assert dkim(v2)["Status"] == "SUCCESS"
        told = v1.get_identity_dkim_attributes(Identities=["example.com"])
        assert told["DkimAttributes"]["example.com"]["DkimEnabled"] is enabled


def test_domain_goes_back_to_easy_dkim(v2: Any) -> None:
    tokens = dkim(v2)["Tokens"]
    v2.put_email_identity_dkim_signing_attributes(**external(private_key()))

    answer = v2.put_email_identity_dkim_signing_attributes(
        EmailIdentity="example.com", SigningAttributesOrigin="AWS_SES"
    )

    assert answer["DkimTokens"] == tokens
    assert dkim(v2)["SigningAttributesOrigin"] == "AWS_SES"
    assert dkim(v2)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (external("A" * 20, name="who.example.org"), "NotFoundException"),
        (external("A" * 20, name="ann@example.com"), "BadRequestException"),
        (external("-----BEGIN RSA PRIVATE KEY-----"), "BadRequestException"),
        (external("A" * 20, selector="a.b"), "BadRequestException"),
        (external("A" * 20, selector="-a"), "BadRequestException"),
        (external(private_key(bits=4096)), "BadRequestException"),
        (
            {"EmailIdentity": "example.com", "SigningAttributesOrigin": "ELSEWHERE"},
            "BadRequestException",
        ),
        (
            {"EmailIdentity": "example.com", "SigningAttributesOrigin": "EXTERNAL"},
            "BadRequestException",
        ),
    ],
)
def test_what_ses_refuses_is_refused(
    ses: LocalSES, v2: Any, arguments: dict[str, Any], code: str
) -> None:
    ses.verify("ann@example.com")

    found, _, message = refusal(
        v2.put_email_identity_dkim_signing_attributes, **arguments
    )

    assert found == code
    assert "BEGIN" not in message
