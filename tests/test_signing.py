"""Signatures, judged by dkimpy's verifier and by its own signer."""

from __future__ import annotations

import base64
import re
from functools import cache

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from seacucumber.signing import Signer, SigningError
from tests.envelope import frozen
from tests.envelope.corpus import messages

PEM = serialization.Encoding.PEM
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
OPEN = serialization.NoEncryption()
HEADERS = ("From", "To", "Cc", "Subject", "Reply-To", "MIME-Version", "Content-Type")
RAW = (
    b"From: Shop <shop@example.com>\r\nTo: ann@example.com\r\nSubject: Hello\r\n"
    b"Date: Tue, 24 Nov 2026 04:00:00 +0000\r\n\r\nHi Ann\r\n"
)


@cache
def key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def pem(private_key=None, form=PKCS8, encryption=OPEN):
    return (private_key or key()).private_bytes(PEM, form, encryption)


def signer(**kw):
    fields = {
        "domain": "example.com",
        "selector": "ses",
        "private_key_pem": pem(),
        "headers": HEADERS,
    }
    return Signer(**{**fields, **kw})


def verifies(signed, public_key=None):
    der = (public_key or key().public_key()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    asked = []

    def dns(name, timeout=5):
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)

    verified = dkim.verify(signed, dnsfunc=dns)
    assert asked in ([b"ses._domainkey.example.com."], [])
    return verified


def tags(signed):
    header, _, _ = signed.partition(b"\r\nFrom:")
    value = re.sub(rb"\s+", b"", header.partition(b"DKIM-Signature:")[2])
    return dict(tag.split(b"=", 1) for tag in value.split(b";"))


def test_signatures_of_real_messages_verify():
    ours = signer()
    for mail in messages(60, seed=5):
        raw = frozen(mail).raw
        signed = ours.sign(raw)
        assert signed.endswith(raw)
        assert verifies(signed)


def test_the_header_is_the_one_that_dkimpy_makes(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_795_000_000.0)
    ours = signer()
    for mail in messages(15, seed=6):
        raw = frozen(mail).raw
        present = {name.decode().lower() for name, _ in dkim.rfc822_parse(raw)[0]}
        header = dkim.sign(
            raw,
            b"ses",
            b"example.com",
            pem(form=PKCS1),
            include_headers=[n.encode() for n in HEADERS if n.lower() in present],
        )
        assert ours.sign(raw) == header + raw


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hi Ann", b"Hi Eve"),
        (b"Subject: Hello", b"Subject: Hullo"),
        (b"To: ann@", b"To: eve@"),
        (b"From: Shop", b"From: Shap"),
        (b"Hi Ann\r\n", b"Hi Ann \r\n"),
        (b"Hi Ann\r\n", b"Hi Ann\r\nmore\r\n"),
    ],
)
def test_a_change_on_the_way_is_noticed(old, new):
    signed = signer().sign(RAW)
    assert verifies(signed)
    assert old in signed
    assert not verifies(signed.replace(old, new))


def test_another_key_does_not_verify():
    assert not verifies(signer().sign(RAW), key(1024).public_key())


def test_what_ses_and_relays_change_does_not_matter():
    """SES replaces Date and adds headers; relays refold and add empty lines."""
    signed = signer().sign(RAW)
    changed = signed.replace(b"24 Nov", b"25 Nov").replace(b": Hel", b":\r\n  Hel")
    assert verifies(b"Received: by mx\r\nMessage-ID: <new@ses>\r\n" + changed)
    assert verifies(changed + b"\r\n\r\n")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n\r\n",
        b"text",
        b"text \t \r\n",
        b"text\r\n\r\n\r\n",
        b" " * 900 + b"\r\n",
        b"x" * 998 + b"\r\n",
        b"a\r\n\r\nb\r\n",
    ],
)
def test_any_body_verifies(body):
    assert verifies(signer().sign(b"From: a@example.com\r\n\r\n" + body))


def test_a_message_without_a_body_verifies():
    assert verifies(signer().sign(b"From: a@example.com\r\nSubject: x\r\n"))


def test_a_megabyte_of_blanks_takes_no_time_to_speak_of():
    """Canonicalising it as "relaxed" takes dkimpy minutes."""
    body = (b" " * 990 + b"\r\n") * 1000
    assert verifies(signer().sign(b"From: a@example.com\r\n\r\n" + body))


def test_each_listed_header_that_is_there_is_signed_once():
    raw = b"Subject: 1\r\nSubject: 2\r\n" + RAW.replace(b"Subject: Hello\r\n", b"")
    signed = signer(headers=("from", "SUBJECT", "From", "Cc", "To")).sign(raw)
    assert tags(signed)[b"h"] == b"from:subject:to"
    assert tags(signed)[b"c"] == b"relaxed/simple"
    assert tags(signed)[b"a"] == b"rsa-sha256"
    assert b"l" not in tags(signed)


def test_a_signature_from_before_is_replaced():
    """SES refuses a message with two: "Duplicate header 'DKIM-Signature'"."""
    once = signer(headers=("From",)).sign(RAW)
    again = signer().sign(b"X-First: 1\r\n" + once)
    assert again.lower().count(b"dkim-signature:") == 1
    assert again.endswith(b"X-First: 1\r\n" + RAW)
    assert verifies(again)


def test_the_words_dkim_signature_in_the_body_stay():
    raw = RAW + b"DKIM-Signature: v=1;\r\n a=rsa-sha256\r\n"
    assert signer().sign(raw).endswith(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\r\n\r\nbody\r\n",
        b"\r\n\r\nFrom: a@example.com\r\n",
        b"",
        b" folded\r\nFrom: a@example.com\r\n\r\n",
        b"From: a@example.com\r\nno header\r\n\r\n",
        b"From: a@example.com\n\nbody\n",
        b"From: a@example.com\r\n\r\nbare\rcr\r\n",
    ],
)
def test_what_is_no_message_is_refused(raw):
    with pytest.raises(SigningError):
        signer().sign(raw)


@pytest.mark.parametrize(
    "name",
    [
        "Date",
        "message-id",
        "Return-Path",
        "Bounces-To",
        "Bcc",
        "Received",
        "DKIM-Signature",
        "X-SES-CONFIGURATION-SET",
    ],
)
def test_a_header_that_ses_changes_is_refused_by_name(name):
    with pytest.raises(SigningError, match=name.lower()):
        signer(headers=("From", name))


@pytest.mark.parametrize("headers", [(), ("To", "Subject"), ("From", "bad name")])
def test_headers_without_from_or_with_nonsense_are_refused(headers):
    with pytest.raises(SigningError):
        signer(headers=headers)


def indented(text):
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
def test_a_key_is_understood_however_it_was_pasted(form, written):
    assert verifies(signer(private_key_pem=written(pem(form=form))).sign(RAW))


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


@pytest.mark.parametrize(
    ("private_key_pem", "reason"),
    [
        (lambda: key().public_key().public_bytes(PEM, PUBLIC), "is a public key"),
        (lambda: pem(encryption=PASSWORD), "encrypted"),
        (lambda: pem(form=PKCS1, encryption=PASSWORD), "encrypted"),
        (lambda: pem(ed25519.Ed25519PrivateKey.generate()), "not an RSA key"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
        (lambda: SMALL, "512 bits"),
        (lambda: "", "not PEM"),
        (lambda: "secret words", "not PEM"),
        (lambda: pem()[:-100], "not PEM"),
        (lambda: pem().replace(b"MII", b"AAA"), "cannot be read"),
        (lambda: pem().replace(b"w", "ü".encode()), "cannot be read"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_with_the_reason(private_key_pem, reason):
    text = private_key_pem()
    with pytest.raises(SigningError, match=reason) as caught:
        signer(private_key_pem=text)
    secret = text.decode() if isinstance(text, bytes) else text
    lines = [line for line in secret.splitlines() if len(line) > 40]
    assert not any(line in str(caught.value) for line in lines)


@pytest.mark.parametrize(
    "fields",
    [
        {"domain": "example"},
        {"domain": "example.com;"},
        {"domain": "a.example.com\r\n"},
        {"domain": f"{'a' * 60}.example.com"},
        {"domain": "ü..de"},
        {"selector": ""},
        {"selector": "a b"},
        {"selector": "a" * 64},
        {"selector": "sés"},
    ],
)
def test_a_domain_or_selector_that_verifiers_would_misread_is_refused(fields):
    with pytest.raises(SigningError):
        signer(**fields)


def test_an_idn_domain_is_signed_as_a_label():
    signed = signer(domain="Straße.de").sign(RAW)
    assert tags(signed)[b"d"] == b"xn--strae-oqa.de"


@pytest.mark.parametrize(
    ("sender", "covered"),
    [
        ("a@example.com", True),
        ("a@EXAMPLE.com", True),
        ("a@mail.example.com", True),
        ('"a@b"@example.com', True),
        ("a@evilexample.com", False),
        ("a@example.com.evil.org", False),
        ("a@com", False),
        ("", False),
    ],
)
def test_senders_of_the_domain_and_below_are_covered(sender, covered):
    assert signer(domain="Example.com").covers(sender) is covered


def test_the_key_is_never_shown():
    shown = repr(signer())
    assert shown == "<Signer d=example.com s=ses>"
    assert "PRIVATE" not in str(vars(signer()))
