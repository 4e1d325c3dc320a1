"""Bytes that may not go out, and what they become."""

from __future__ import annotations

import pytest

from seacucumber.envelope.octets import is_clean
from seacucumber.envelope.policy import WIRE
from seacucumber.envelope.repair import reparsed
from tests.envelope import parsed


@pytest.mark.parametrize(
    ("octets", "encoding"),
    [
        ("viel Text, ein ü\r\n".encode() * 5, "quoted-printable"),
        ("日本語\r\n".encode(), "base64"),
        (b"a" * 2000, "quoted-printable"),
        (b"nul \0 in a longer text", "quoted-printable"),
        (b"", "8bit"),
    ],
)
def test_a_text_gets_the_shorter_encoding(octets, encoding):
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    part = reparsed(head + b"\r\n\r\n" + octets)
    assert part["Content-Transfer-Encoding"] == encoding
    raw = part.as_bytes(policy=WIRE)
    assert is_clean(raw)
    text = parsed(raw).get_content()
    assert text.splitlines() == octets.decode().splitlines()


def test_binary_octets_are_kept_to_the_last_one():
    octets = bytes(range(256)) * 10
    head = b"Content-Type: image/png\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    raw = reparsed(head + octets).as_bytes(policy=WIRE)
    assert is_clean(raw)
    assert parsed(raw).get_content() == octets
