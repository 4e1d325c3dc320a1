"""Signed parts: octet for octet as they are, or refused by name.

`tests/oracles` has the same shapes judged by the programs that have signed them.
"""

from __future__ import annotations

from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from django.core.mail import EmailMessage

from seacucumber.exceptions import InvalidMessage
from tests.envelope import assert_wire_format, frozen, message
from tests.envelope.strict import findings
from tests.oracles.signed_shapes import SHAPES, WAYS, Shape, container

CASES = [
    (way, name)
    for way in WAYS
    for name, shape in SHAPES.items()
    if shape.survives_parsing or way != "rendered by itself"
]


@pytest.mark.parametrize(("way", "name"), CASES)
def test_a_signed_part_leaves_octet_for_octet_or_not_at_all(way: str, name: str):
    """RFC 1847 2.1, RFC 8551 3.1.3."""
    shape: Shape = SHAPES[name]
    entity = container(shape.octets, "pgp-signature", b"7bit", b"MIAG\n")
    if shape.refused:
        with pytest.raises(InvalidMessage, match="signature") as caught:
            WAYS[way](entity)
        assert caught.value.field == (
            "attachments" if way.startswith("attached") else "content"
        )
        return
    raw = WAYS[way](entity).raw
    assert_wire_format(raw)
    assert entity.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") in raw


def signed_tree(part) -> MIMEMultipart:
    tree = MIMEMultipart("signed", protocol="application/pgp-signature")
    tree.attach(part)
    tree.attach(MIMEText("MIAG", "pgp-signature"))
    return tree


def test_a_line_break_inside_of_a_signed_part_is_refused():
    part = MIMEText("Hi\n")
    part["X-Foo"] = "a\nX-Injected: b"
    mail = message()
    mail.attachments.append(signed_tree(part))
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == "attachments"


def test_a_lone_cr_in_a_signed_part_is_refused_and_not_made_a_line_end():
    mail = message()
    mail.attachments.append(signed_tree(MIMEText("a\rb\n")))
    with pytest.raises(InvalidMessage, match="text/plain"):
        frozen(mail)


def test_a_signed_part_in_an_attached_tree_stays():
    part = MIMEText("Hi  \n")
    part["X-Note"] = "a  b"
    outer = MIMEMultipart("mixed")
    outer.attach(MIMEText("grün\n", "plain", "utf-8"))
    outer.attach(signed_tree(part))
    mail = message()
    mail.attachments.append(MIMEMessage(outer))
    raw = frozen(mail).raw
    assert b"X-Note: a  b\r\n\r\nHi  \r\n\r\n--" in raw
    assert findings(raw) == []


def test_a_message_that_is_attached_as_a_django_message_renders_itself():
    class Own(EmailMessage):
        def message(self, **kw):
            tree = signed_tree(MIMEText("Hi  \n"))
            tree["From"] = "a@example.com"
            return tree

    mail = message()
    mail.attach(
        "in.eml", Own("x", "y", "a@b.example", ["b@b.example"]), "message/rfc822"
    )
    raw = frozen(mail).raw
    assert b"From: a@example.com\r\n" in raw
    assert b"\r\n\r\nHi  \r\n\r\n--" in raw


@pytest.mark.parametrize("kind", ["multipart/signed; boundary=x", "Multipart/mixed"])
def test_a_multipart_in_base64_would_be_unreadable_and_is_refused(kind: str):
    """RFC 2045 6.4."""
    mail = message()
    mail.attach("signed", b"--x\r\n\r\nHi\r\n--x--\r\n", kind)
    with pytest.raises(InvalidMessage, match="MIMEPart") as caught:
        frozen(mail)
    assert caught.value.field == "attachments"
