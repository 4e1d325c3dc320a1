"""Signed and encrypted mail, judged by GnuPG, OpenSSL and mailauth: it arrives intact,
or is refused by the part before it is queued.
"""

from __future__ import annotations

import base64
import email
from collections.abc import Iterator
from email import policy
from email.message import MIMEPart
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import dkim
import pytest
from django.db import transaction

from seacucumber.conf import get_mailer
from seacucumber.exceptions import InvalidMessage
from seacucumber.models.queue.enqueue import store
from seacucumber.signing import to_pem
from seacucumber.testing import LocalSES
from tests.envelope import assert_wire_format, frozen, message, parsed
from tests.oracles import gnupg, signed_shapes, smime
from tests.oracles.mailauth import verdicts
from tests.oracles.signed_shapes import MARK, SHAPES, WAYS, Rendered
from tests.oracles.test_mailauth import (
    DOMAIN,
    SELECTOR,
    key,
    passes,
    record,
    signer,
)
from tests.queue import USING, drain

pytestmark = pytest.mark.verifier


@pytest.fixture(scope="module", autouse=True)
def _own_agent() -> Iterator[None]:
    yield
    gnupg.leave()


def body_of_container(raw: bytes) -> bytes:
    """Return what stands between the marks, which no reader of mail has touched."""
    start = raw.index(b"--%s\r\n" % MARK)
    closing = b"--%s--" % MARK
    return raw[start : raw.index(closing) + len(closing)] + b"\r\n"


def is_intact(raw: bytes, kind: str, folder: Path) -> bool:
    body = body_of_container(raw)
    _, octets, rest, _ = (b"\r\n" + body).split(b"\r\n--%s" % MARK)
    if kind == "pgp":
        return gnupg.is_good(octets[2:], rest.partition(b"\r\n\r\n")[2], folder)
    head = (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";'
        b' micalg=sha-256; boundary="%s"\r\n\r\n' % MARK
    )
    return smime.is_good(head + body)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["pgp", "cms"])
def test_a_signed_part_arrives_intact_or_is_refused(
    kind: str, way: str, name: str, tmp_path: Path
) -> None:
    shape = SHAPES[name]
    if way == "rendered by itself" and not shape.survives_parsing:
        return
    entity = getattr(signed_shapes, kind)(shape.octets)
    if shape.refused:
        with pytest.raises(InvalidMessage, match=r"signature") as caught:
            WAYS[way](entity)
        named = "signed.eml" if way.startswith("attached") else shape.refused
        assert named in str(caught.value)
        return
    raw = WAYS[way](entity).raw
    assert_wire_format(raw)
    assert is_intact(raw, kind, tmp_path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["pgp", "cms"])
def test_what_ses_has_got_is_intact_below_our_own_signature(
    kind: str, ses: LocalSES, settings: Any, tmp_path: Path
) -> None:
    """Through the queue and HTTP: the octets that are judged are those SES took."""
    settings.DKIM_DOMAIN, settings.DKIM_SELECTOR = DOMAIN, SELECTOR
    settings.DKIM_PRIVATE_KEY = to_pem(key()).decode()
    sent = [
        WAYS[way](getattr(signed_shapes, kind)(shape.octets))
        for shape in SHAPES.values()
        if not shape.refused
        for way in WAYS
        if shape.survives_parsing or way != "rendered by itself"
    ]
    with transaction.atomic():
        store(sent, get_mailer(), using=USING)
    drain()
    records = {f"{name}.": value for name, value in record(key()).items()}
    assert len(ses.inbox) == len(sent)
    for got in ses.inbox:
        assert is_intact(got.raw, kind, tmp_path)
        assert dkim.verify(
            got.raw, dnsfunc=lambda name, **_: records.get(name.decode(), "").encode()
        )


@pytest.mark.parametrize("kind", ["pgp", "cms"])
def test_the_judges_say_no_to_one_blank_less(kind: str, tmp_path: Path) -> None:
    entity = getattr(signed_shapes, kind)(SHAPES["trailing blanks"].octets)
    raw = WAYS["attached"](entity).raw
    assert is_intact(raw, kind, tmp_path)
    assert not is_intact(raw.replace(b"-- \r\n", b"--\r\n"), kind, tmp_path)


def test_what_pgp_has_encrypted_is_decrypted(tmp_path: Path) -> None:
    """RFC 3156 4, attached, from elsewhere and of a class of its own."""
    secret = "grün \r\n".encode() * 50
    entity = (
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\r\n'
        b' boundary="%s"\r\n\r\n--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\n'
        b"Version: 1\r\n--%s\r\nContent-Type: application/octet-stream\r\n\r\n%s\r\n"
        b"--%s--\r\n"
    ) % (MARK, MARK, MARK, gnupg.encrypt(secret).replace(b"\n", b"\r\n"), MARK)
    for way in WAYS.values():
        body = body_of_container(way(entity).raw)
        _, _, octets, _ = (b"\r\n" + body).split(b"\r\n--%s" % MARK)
        assert gnupg.decrypt(octets.partition(b"\r\n\r\n")[2]) == secret


SECRET = b"Content-Type: text/plain\r\n\r\nHello  \r\n"


def entity_of(octets: bytes, kind: str) -> bytes:
    return (
        b"Content-Type: application/pkcs7-mime; smime-type=%s; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n%s"
    ) % (kind.encode(), base64.encodebytes(octets).replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("way", ["rendered elsewhere", "rendered by itself"])
def test_a_message_of_pkcs7_mime_is_read(way: str) -> None:
    """RFC 8551 3.3 and 3.5.2: the octets are inside of the base64."""
    enveloped = WAYS[way](entity_of(smime.encrypt(SECRET), "enveloped-data")).raw
    assert smime.decrypt(enveloped) == SECRET
    opaque = WAYS[way](entity_of(smime.sign_opaque(SECRET), "signed-data")).raw
    assert smime.is_good(opaque)


@pytest.mark.parametrize("encoding", ["binary", "8bit"])
def test_binary_pkcs7_mime_of_a_class_of_its_own_becomes_base64(encoding: str) -> None:
    mail = Rendered("x", "x", "shop@example.com", ["ann@example.com"])
    der = smime.encrypt(SECRET * 40)
    mail.entity = (
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
        b"Content-Transfer-Encoding: %s\r\n\r\n%s" % (encoding.encode(), der)
    )
    raw = frozen(mail).raw
    assert_wire_format(raw)
    assert smime.decrypt(raw) == SECRET * 40


def test_an_attachment_of_pkcs7_mime_is_read() -> None:
    mail = message()
    mail.attach("smime.p7m", smime.encrypt(SECRET), "application/pkcs7-mime")
    part = list(parsed(frozen(mail).raw).walk())[2]
    der = part.get_payload(decode=True)
    assert smime.decrypt(entity_of(der, "enveloped-data")) == SECRET


def made_of_parts(filename: str) -> MIMEMultipart:
    """Return what a program makes that signs by Python's older API."""
    inner = MIMEMultipart("mixed", boundary="in")
    inner.attach(MIMEText("grün \n", "plain", "utf-8"))
    file = MIMEApplication(b"%PDF", "pdf")
    file.add_header("Content-Disposition", "attachment", filename=filename)
    inner.attach(file)
    octets = inner.as_bytes().replace(b"\n", b"\r\n")
    signed = MIMEMultipart(
        "signed",
        boundary=MARK.decode(),
        micalg="pgp-sha256",
        protocol="application/pgp-signature",
    )
    signed.attach(inner)
    signature = MIMEApplication(b"", "pgp-signature", _encoder=lambda part: None)
    signature.set_payload(gnupg.sign(octets).decode())
    signed.attach(signature)
    return signed


def test_a_tree_that_was_put_together_is_intact_and_stays_the_callers(
    tmp_path: Path,
) -> None:
    tree = made_of_parts("report.pdf")
    before = tree.as_bytes()
    mail = message()
    mail.attachments.append(tree)
    assert is_intact(frozen(mail).raw, "pgp", tmp_path)
    assert tree.as_bytes() == before
    assert tree.is_multipart()


def test_a_header_that_python_writes_in_two_ways_is_refused_by_its_part() -> None:
    mail = message()
    mail.attachments.append(made_of_parts("a report with words " * 9 + ".pdf"))
    with pytest.raises(InvalidMessage, match=r"multipart/mixed.*78") as caught:
        frozen(mail)
    assert caught.value.field == "attachments"


HEAD = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: Look\r\n"
LETTERS = {
    "folded": HEAD
    + b"X-Long:\r\n\tword\r\n   "
    + b"word " * 30
    + b"\r\n\r\nHi  \r\n\r\n",
    "no blank after the colon": b"From:a@example.com\r\nTo:  b@c.de\r\n\r\nHi\r\n",
    "multipart": HEAD
    + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n1\r\n--a--\r\n",
    "8-bit": HEAD + "Content-Type: text/plain\r\n\r\ngrün\r\n".encode(),
    "long lines": HEAD + b"\r\n" + b"x" * 1200 + b"\r\n",
}


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("name", LETTERS)
def test_an_attached_message_with_a_dkim_signature_verifies(
    name: str, end: bytes
) -> None:
    octets = signer(key(), oversign=False).sign(LETTERS[name])
    mail = message()
    mail.attach("in.eml", octets.replace(b"\r\n", end), "message/rfc822")
    if name in ("8-bit", "long lines"):
        with pytest.raises(InvalidMessage, match=r"in\.eml"):
            frozen(mail)
        return
    raw = frozen(mail).raw
    start = raw.index(b"DKIM-Signature:")
    arrived = raw[start : raw.rindex(b"\r\n--")]
    ((verdict,),) = verdicts([arrived], record(key()))
    assert passes(verdict), verdict


@pytest.mark.parametrize("kind", [policy.compat32, policy.default, policy.SMTP])
def test_a_parsed_message_with_a_dkim_signature_verifies(kind: policy.Policy) -> None:
    octets = signer(key(), oversign=False).sign(LETTERS["folded"])
    tree = email.message_from_bytes(octets, policy=kind)
    by_content, by_part = message(), message()
    by_content.attach("in.eml", tree, "message/rfc822")  # type: ignore[arg-type]
    by_part.attachments.append(MIMEMessage(tree))
    for mail in (by_content, by_part):
        raw = frozen(mail).raw
        arrived = raw[raw.index(b"DKIM-Signature:") : raw.rindex(b"\r\n--")]
        ((verdict,),) = verdicts([arrived], record(key()))
        assert passes(verdict), verdict


def test_an_unsigned_message_in_8_bits_says_the_same_in_7() -> None:
    """RFC 2046 5.2.1 leaves it no base64; without a signature nothing is lost."""
    octets = HEAD + (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type:"
        b" text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "grün\r\n--a--\r\n".encode()
    )
    mail = message()
    mail.attach("in.eml", octets, "message/rfc822")
    raw = frozen(mail).raw
    assert_wire_format(raw)
    inner = list(parsed(raw).walk())[3]
    assert isinstance(inner, MIMEPart)
    assert inner["Subject"] == "Look"
    assert next(inner.iter_parts()).get_content().strip() == "grün"
