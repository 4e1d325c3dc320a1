"""Parts that people sign, and the ways in which signed mail reaches us."""

from __future__ import annotations

import base64
import email
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from typing import Any

from django.core.mail import EmailMessage

from seacucumber.envelope import Defaults, Envelope, from_mime
from tests.envelope import frozen, message
from tests.oracles import gnupg, smime

#: Of no part but the signed ones.
MARK = b"SIG-7"
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"
_DKIM = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.net; s=a;\r\n"
    b"\th=From:Subject; bh=x; b=y\r\n"
    b"From:  Ann  <a@example.net>\r\nSubject: Look \r\n\tat this\r\n\r\nHi  \r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A part that is signed. `refused` names the part that cannot go out."""

    octets: bytes
    refused: str = ""
    #: Python's parser forgets blanks after a colon and after a boundary, and that a
    #: part has no body, which is not the same as an empty line.
    survives_parsing: bool = True


SHAPES = {
    "plain text": Shape(octets=_TEXT + b"\r\nHello\r\n"),
    "no header": Shape(octets=b"\r\nHello\r\n"),
    "nothing at all": Shape(octets=b"\r\n"),
    "no body": Shape(octets=_TEXT + b"\r\n"),
    "empty parts": Shape(
        octets=b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        b"--a\r\n\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n\r\n--a--\r\n"
    ),
    # RFC 2046 5.1.1: the line break before a boundary is the boundary's.
    "parts without a body": Shape(
        octets=b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        b"--a\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n--a--\r\n",
        survives_parsing=False,
    ),
    "7-bit Japanese": Shape(
        octets=b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
        + "日本語\r\n".encode("iso-2022-jp")
    ),
    "trailing blanks": Shape(
        octets=_TEXT + b"\r\n\r\nHello  \r\n\t\r\n-- \r\nFrom here\r\n.\r\n\r\n \r\n"
    ),
    "lines of 998": Shape(octets=_TEXT + b"\r\n" + b"x" * 998 + b"\r\n"),
    "quoted-printable": Shape(
        octets=_TEXT
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\ngr=c3=bcn =\r\n=20\r\n"
    ),
    "base64 in lines of 64": Shape(
        octets=b"Content-Type: image/png\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
        + b"\r\n".join([b"QUFB" * 16] * 3)
        + b"\r\n"
    ),
    "folded headers": Shape(
        octets=b"Content-Type: text/plain;\r\n\t charset=utf-8;\r\n   format=flowed\r\n"
        b'Content-Disposition: attachment;\r\n  filename="=?utf-8?q?a?="\r\n'
        b"X-Words: =?utf-8?q?a?==?utf-8?q?b?= =?klingon?q?c?=\r\n"
        b"X-Long: " + b"word " * 60 + b"\r\n\r\nHello\r\n"
    ),
    "blanks after colons": Shape(
        octets=b"Content-Type:multipart/mixed; boundary=b\r\nX-Two:  blanks\r\n"
        b"X-Next:\r\n line\r\n\r\n--b  \r\n\r\nHi\r\n--b--\r\n",
        survives_parsing=False,
    ),
    "nested multiparts": Shape(
        octets=b'Content-Type: multipart/mixed; boundary="a"\r\n\r\npreamble\r\n'
        b"--a\r\nContent-Type: multipart/alternative;\r\n boundary=b\r\n\r\n"
        b"--b\r\n\r\none \r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n"
        b"epilogue\r\n\r\n--a\r\nContent-Type: application/pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n\r\n--a--\r\nend\r\n"
    ),
    "a message inside": Shape(
        octets=b"Content-Type: message/rfc822\r\n\r\n" + _DKIM, survives_parsing=False
    ),
    "signed twice": Shape(
        octets=b'Content-Type: multipart/signed; micalg=pgp-sha256; boundary="in";\r\n'
        b' protocol="application/pgp-signature"\r\n\r\n--in\r\n\r\nHi \r\n--in\r\n'
        b"Content-Type: application/pgp-signature\r\n\r\nMIAG\r\n--in--\r\n"
    ),
    "8-bit text": Shape(
        octets=_TEXT + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + "grün\r\n".encode(),
        refused="text/plain",
    ),
    "8-bit text below": Shape(
        octets=b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n"
        b"--a\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "<p>grün\r\n--a--\r\n".encode(),
        refused="text/html",
    ),
    "8-bit header": Shape(
        octets=_TEXT + "X-Note: grün\r\n\r\nHello\r\n".encode(), refused="text/plain"
    ),
    "a line of 999": Shape(
        octets=b"Content-Type: text/csv\r\n\r\n" + b"x" * 999 + b"\r\n",
        refused="text/csv",
    ),
    "a lone CR": Shape(octets=_TEXT + b"\r\na\rb\r\n", refused="text/plain"),
    "a NUL": Shape(octets=_TEXT + b"\r\na\0b\r\n", refused="text/plain"),
}


def pgp(octets: bytes) -> bytes:
    """Return a PGP/MIME entity (RFC 3156 5)."""
    return container(octets, "pgp-signature", b"7bit", gnupg.sign(octets))


def cms(octets: bytes) -> bytes:
    """Return an S/MIME entity (RFC 8551 3.5.3)."""
    signature = base64.encodebytes(smime.sign(octets))
    return container(octets, "pkcs7-signature", b"base64", signature)


def container(octets: bytes, subtype: str, encoding: bytes, signature: bytes) -> bytes:
    """Return ``multipart/signed``, whatever the signature says."""
    return (
        b'Content-Type: multipart/signed; protocol="application/%s";\r\n'
        b' micalg=sha-256; boundary="%s"\r\n\r\nThis is signed.\r\n'
        b"--%s\r\n%s\r\n--%s\r\nContent-Type: application/%s; name=signature\r\n"
        b"Content-Transfer-Encoding: %s\r\n\r\n%s\r\n--%s--\r\n"
    ) % (
        *(subtype.encode(), MARK, MARK, octets, MARK, subtype.encode(), encoding),
        *(signature.replace(b"\n", b"\r\n"), MARK),
    )


_HEAD = b"From: Shop <shop@example.com>\r\nTo: ann@example.com\r\nSubject: %s\r\n"


def attached(entity: bytes) -> Envelope:
    """Forward it as a file."""
    mail = message()
    octets = _HEAD % b"Forwarded" + b"MIME-Version: 1.0\r\n" + entity
    mail.attach("signed.eml", octets, "message/rfc822")
    return frozen(mail)


def attached_from_a_file(entity: bytes) -> Envelope:
    """Forward what lies on a disk, where lines end with LF only."""
    mail = message()
    octets = _HEAD % b"Forwarded" + b"MIME-Version: 1.0\r\n" + entity
    mail.attach("signed.eml", octets.replace(b"\r\n", b"\n"), "message/rfc822")
    return frozen(mail)


def rendered_elsewhere(entity: bytes) -> Envelope:
    """Give the whole message as text, its own subject in 8 bits."""
    octets = _HEAD % "Grüße".encode() + b"MIME-Version: 1.0\r\n" + entity
    text = octets.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")
    return from_mime(text, "shop@example.com", ["ann@example.com"], Defaults())


def attached_to_text_from_elsewhere(entity: bytes) -> Envelope:
    """Put it below another multipart, as mailing lists do (RFC 1847 2.1)."""
    octets = (
        b"%sContent-Type: multipart/mixed; boundary=list\r\n\r\n--list\r\n%s"
        b"\r\n--list\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n-- \r\n%s\r\n--list--\r\n"
    ) % (_HEAD % b"List", entity, "Grüße".encode())
    text = octets.decode("utf-8", "surrogateescape")
    return from_mime(text, "shop@example.com", ["ann@example.com"], Defaults())


class Rendered(EmailMessage):
    """Renders itself, as packages that sign do."""

    entity: bytes

    def message(self, **kw: Any) -> Any:
        tree = email.message_from_bytes(self.entity, policy=policy.SMTP)
        tree["From"], tree["To"] = "Shop <shop@example.com>", "ann@example.com"
        tree["Subject"], tree["MIME-Version"] = "Grüße", "1.0"
        return tree


def rendered_by_itself(entity: bytes) -> Envelope:
    """Return the tree that a program has parsed."""
    mail = Rendered("x", "x", "shop@example.com", ["ann@example.com"])
    mail.entity = entity
    return frozen(mail)


WAYS: dict[str, Callable[[bytes], Envelope]] = {
    "attached": attached,
    "attached from a file": attached_from_a_file,
    "rendered elsewhere": rendered_elsewhere,
    "below another multipart": attached_to_text_from_elsewhere,
    "rendered by itself": rendered_by_itself,
}
