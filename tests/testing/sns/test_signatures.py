"""What SNS posts: the envelope, its signature, and the certificate.

Source: "Amazon SNS message and JSON formats" and "Verifying the signatures of Amazon
SNS messages", SNS developer guide.
"""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from seacucumber.testing import LocalSES
from tests.testing.listeners import Listening

HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}


def published(
    ses: LocalSES, web: Listening, *, version: str = "2", subject: str | None = None
) -> dict[str, str]:
    """Publish a message with a line break and an umlaut; return its envelope."""
    topic_arn = ses.send_events_to_address(
        web.url, configuration_set="news", signature_version=version
    )
    ses.publish(topic_arn, 'Grüße,\n"Ann"', subject)
    ses.wait_for_events()
    return web.envelopes[-1]


def signed_text(envelope: dict[str, str], *names: str) -> bytes:
    return "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()


@pytest.mark.parametrize("version", ["1", "2"])
def test_signature_fits_the_certificate(
    version: str, ses: LocalSES, web: Listening
) -> None:
    envelope = published(ses, web, version=version)

    certificate = x509.load_pem_x509_certificate(ses.certificate)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert envelope["SignatureVersion"] == version
    key.verify(
        base64.b64decode(envelope["Signature"]),
        signed_text(envelope, "Message", "MessageId", "Timestamp", "TopicArn", "Type"),
        padding.PKCS1v15(),
        HASHES[version],
    )


@pytest.mark.parametrize(("version", "digest"), [("1", "-sha1"), ("2", "-sha256")])
def test_openssl_finds_the_signature_good(
    version: str, digest: str, ses: LocalSES, web: Listening, tmp_path: Path
) -> None:
    envelope = published(ses, web, version=version, subject="Hello")
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(ses.certificate)
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["Signature"]))
    (tmp_path / "text").write_bytes(
        signed_text(
            envelope,
            "Message",
            "MessageId",
            "Subject",
            "Timestamp",
            "TopicArn",
            "Type",
        )
    )

    def openssl(*arguments: str) -> str:
        done = subprocess.run(
            ["openssl", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    key = openssl("x509", "-in", "certificate.pem", "-pubkey", "-noout")
    (tmp_path / "key.pem").write_text(key)
    answer = openssl(
        "dgst", digest, "-verify", "key.pem", "-signature", "signature", "text"
    )

    assert answer == "Verified OK\n"


def test_envelope_has_the_members_that_are_documented(
    ses: LocalSES, web: Listening
) -> None:
    envelope = published(ses, web, subject="Hello")

    assert set(envelope) == {
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
    }
    assert envelope["Message"] == 'Grüße,\n"Ann"'


def test_headers_tell_what_it_is(ses: LocalSES, web: Listening) -> None:
    envelope = published(ses, web)

    headers = {name.lower(): value for name, value in web.posts[-1][0].items()}
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-message-id"] == envelope["MessageId"]
    assert headers["x-amz-sns-topic-arn"] == envelope["TopicArn"]
    assert headers["x-amz-sns-subscription-arn"].startswith(envelope["TopicArn"])
    assert headers["user-agent"] == "Amazon Simple Notification Service Agent"


def test_certificate_is_served_where_the_url_says(
    ses: LocalSES, web: Listening
) -> None:
    envelope = published(ses, web)

    url = urlsplit(envelope["SigningCertURL"])
    with urllib.request.urlopen(f"{ses.url}{url.path}") as answer:
        served = answer.read()

    assert (url.scheme, url.netloc) == ("https", "sns.us-east-1.amazonaws.com")
    assert served == ses.certificate
    assert envelope["SigningCertURL"] == ses.certificate_url


def test_raw_delivery_has_neither_envelope_nor_signature(
    ses: LocalSES, web: Listening
) -> None:
    topic_arn = ses.send_events_to_address(web.url, configuration_set="news", raw=True)
    ses.publish(topic_arn, json.dumps({"plain": True}))
    ses.wait_for_events()

    headers, body = web.posts[-1]
    assert json.loads(body) == {"plain": True}
    assert headers["x-amz-sns-rawdelivery"] == "true"


def test_version_1_is_what_a_topic_starts_with(
    ses: LocalSES, sns: Any, web: Listening
) -> None:
    topic_arn = sns.create_topic(Name="plain")["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=web.url)
    ses.wait_for_events()

    assert web.envelopes[0]["SignatureVersion"] == "1"
