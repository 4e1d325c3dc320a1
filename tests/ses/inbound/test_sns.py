"""What SNS signs, by the examples in AWS's documents, and by openssl."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from seacucumber.exceptions import NotOurs, Stale
from seacucumber.ses.inbound import sns
from seacucumber.testing.sns.signature import process_signer
from tests.ses.event_samples import PUBLISHED
from tests.sns_host import SharedInMemory
from tests.sns_post import TOPIC, confirmation, genuine

ARN = "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P"
URL = f"https://sns.us-east-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn={ARN}"

#: "Verifying the signatures of Amazon SNS messages", SNS developer guide.
DOCUMENTED = {
    "Notification": """\
Message
My Test Message
MessageId
4d4dc071-ddbf-465d-bba8-08f81c89da64
Subject
My subject
Timestamp
2019-01-31T04:37:04.321Z
TopicArn
arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P
Type
Notification
""",
    "SubscriptionConfirmation": f"""\
Message
My Test Message
MessageId
3d891288-136d-417f-bc05-901c108273ee
SubscribeURL
{URL}&Token=233...
Timestamp
2019-01-31T19:25:13.719Z
Token
233...
TopicArn
arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P
Type
SubscriptionConfirmation
""",
}


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_text_that_is_signed_is_the_documented_one(kind: str) -> None:
    lines = DOCUMENTED[kind].splitlines()
    fields = dict(zip(lines[::2], lines[1::2], strict=True))
    others = {"SignatureVersion": "2", "Signature": "EXAMPLE", "UnsubscribeURL": URL}

    assert sns.signed_text({**others, **fields}).decode() == DOCUMENTED[kind]


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not here")
@pytest.mark.parametrize(("version", "digest"), [("1", "-sha1"), ("2", "-sha256")])
def test_openssl_finds_the_same_signatures_right(
    version: str, digest: str, tmp_path: Path
) -> None:
    envelope = genuine(PUBLISHED["Bounce"], version=version)
    certificate = x509.load_pem_x509_certificate(process_signer().certificate)
    pem = certificate.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["Signature"]))
    (tmp_path / "text").write_bytes(sns.signed_text(envelope))

    found = subprocess.run(
        [
            *("openssl", "dgst", digest, "-verify", "key.pem"),
            *("-signature", "signature", "text"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stdout.strip() == "Verified OK"


@pytest.mark.parametrize(
    ("ago", "is_taken"),
    [
        (timedelta(hours=1), True),
        (timedelta(hours=2, minutes=1), False),
        (timedelta(minutes=-14), True),
        (timedelta(minutes=-16), False),
    ],
)
def test_sns_comes_again_for_an_hour_and_clocks_are_not_exact(
    ago: timedelta, is_taken: bool
) -> None:
    body = _bytes(genuine(PUBLISHED["Send"], ago_s=ago.total_seconds()))
    url = process_signer().certificate_url("eu-west-1")
    sns.certificates.keep(url, process_signer().certificate)

    try:
        taken = _open(body).type == sns.NOTIFICATION
    except Stale:
        taken = False
    finally:
        sns.certificates.forget()

    assert taken == is_taken


def test_a_token_is_kept_to_confirm_with() -> None:
    url = process_signer().certificate_url("eu-west-1")
    sns.certificates.keep(url, process_signer().certificate)

    try:
        envelope = _open(_bytes(confirmation(token="token-5")), kind=sns.SUBSCRIPTION)
    finally:
        sns.certificates.forget()

    assert (envelope.token, envelope.topic) == ("token-5", TOPIC)
    assert "token-5" not in repr(envelope)


def test_what_is_not_ours_is_fetched_no_certificate_for() -> None:
    with pytest.raises(NotOurs, match="CUCUMBER_SNS_TOPICS"):
        sns.open_envelope(
            _bytes(genuine(PUBLISHED["Send"])),
            topics={f"{TOPIC}-2": ["2"]},
            now=datetime.now(UTC),
            type_header=sns.NOTIFICATION,
            shared=SharedInMemory(),
            is_friend=lambda message: False,
        )


def _bytes(envelope: dict[str, str]) -> bytes:
    return json.dumps(envelope).encode()


def _open(body: bytes, kind: str = sns.NOTIFICATION) -> sns.Envelope:
    return sns.open_envelope(
        body,
        topics={TOPIC: ["1", "2"]},
        now=datetime.now(UTC),
        type_header=kind,
        shared=SharedInMemory(),
        is_friend=lambda message: False,
    )
