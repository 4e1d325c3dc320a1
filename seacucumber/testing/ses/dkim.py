"""DKIM of the account's domains: with SES's keys, or one that was brought along."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.http.attributes import dkim_of
from seacucumber.testing.http.calls import Call, OperationV2
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.identities import IdentityType, OwnKey
from seacucumber.testing.ses.submission import member, text_member

# The patterns of the API reference, "DkimSigningAttributes".
_SELECTOR = re.compile(r"[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]")
_PRIVATE_KEY = re.compile(r"[a-zA-Z0-9+/]+={0,2}")
_MAX_KEY = 20480
_BITS = (1024, 2048)


def put_email_identity_dkim_attributes(
    account: Account, call: Call
) -> Mapping[str, Any]:
    """Switch DKIM of an identity on and off."""
    enabled = bool(member(call.fields, "SigningEnabled", bool))
    with account.lock:
        account.identities.find(call.parameter).signs = enabled
    return {}


def put_email_identity_dkim_signing_attributes(
    account: Account, call: Call
) -> Mapping[str, Any]:
    """Give a domain a key of its own, or Easy DKIM."""
    origin = text_member(call.fields, "SigningAttributesOrigin")
    given = member(call.fields, "SigningAttributes", dict) or {}
    with account.lock:
        row = account.identities.find(call.parameter)
        if row.type is not IdentityType.DOMAIN:
            raise Refusal(
                errors.bad_request("DKIM signing attributes are for domains only.")
            )
        match origin:
            case "EXTERNAL":
                row.own_key = _own_key(given, account)
            case "AWS_SES":
                row.own_key = None
            case "":
                raise Refusal(refusals.missing_member("signingAttributesOrigin"))
            case _:
                raise Refusal(errors.bad_request(f"Invalid origin <{origin}>."))
        attributes = dkim_of(row, account.identities)
    return {
        "DkimStatus": attributes["Status"],
        "DkimTokens": attributes["Tokens"],
        "SigningHostedZone": attributes["SigningHostedZone"],
    }


def _own_key(given: Mapping[str, Any], account: Account) -> OwnKey:
    selector = text_member(given, "DomainSigningSelector")
    private_key = text_member(given, "DomainSigningPrivateKey")
    if not _SELECTOR.fullmatch(selector):
        raise Refusal(_unfit("domainSigningSelector"))
    if not _PRIVATE_KEY.fullmatch(private_key) or len(private_key) > _MAX_KEY:
        raise Refusal(_unfit("domainSigningPrivateKey"))
    return OwnKey(
        selector=selector,
        started_s=account.clock.monotonic_s(),
        findable=_is_pkcs1(private_key),
    )


def _is_pkcs1(private_key: str) -> bool:
    """Tell whether a key is PKCS#1: SES takes others without a word, and never
    verifies them, https://github.com/awsdocs/amazon-ses-developer-guide/issues/71.

    Raises:
        Refusal: if it is an RSA key of another size.
    """
    try:
        der = base64.b64decode(private_key, validate=True)
        key = serialization.load_der_private_key(der, None)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    if not isinstance(key, rsa.RSAPrivateKey):
        return False
    if key.key_size not in _BITS:
        raise Refusal(errors.bad_request("The key is not a 1024 or 2048 bit RSA key."))
    traditional = serialization.PrivateFormat.TraditionalOpenSSL
    plain = serialization.NoEncryption()
    return der == key.private_bytes(serialization.Encoding.DER, traditional, plain)


def _unfit(name: str) -> refusals.AwsError:
    # The value is not repeated: the API's model marks it as sensitive.
    return errors.bad_request(
        f"1 validation error detected: Value at 'signingAttributes.{name}' failed to"
        " satisfy constraint: Member must satisfy regular expression pattern"
    )


ROUTES: tuple[tuple[str, str, str, OperationV2], ...] = (
    (
        "PUT",
        "identities/*/dkim",
        "PutEmailIdentityDkimAttributes",
        put_email_identity_dkim_attributes,
    ),
    (
        "PUT",
        "identities/*/dkim/signing",
        "PutEmailIdentityDkimSigningAttributes",
        put_email_identity_dkim_signing_attributes,
    ),
)
