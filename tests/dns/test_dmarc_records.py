"""How receivers read a DMARC record.

The sources are sections of RFC 9989. checkdmarc 6.0.4 says the same, but for these: it
takes for errors what receivers merely leave out (4.8: values of ``psd``, ``t`` and
``fo`` that mean nothing, ``;;``, a tag without a value, a ``rua`` that is no URI), and
has no word on ``fo`` without ``ruf``, ``t=y`` and ``psd=y``.
"""

from __future__ import annotations

import pytest

from seacucumber.dns.dmarc_records import is_dmarc_record, read_dmarc_record

RUA = "rua=mailto:dmarc@example.com"
OK, WARNING, ERROR = "ok", "warning", "error"


def verdict(text: str) -> str:
    record = read_dmarc_record(text)
    return ERROR if record.errors else WARNING if record.warnings else OK


@pytest.mark.parametrize(
    ("text", "expected", "policy", "source"),
    [
        (f"v=DMARC1; p=none; {RUA}", OK, "none", "4.7"),
        (f"v=DMARC1;p=quarantine;{RUA}", OK, "quarantine", "4.8"),
        (f"v=DMARC1; p=reject; {RUA};", OK, "reject", "4.8"),
        (f"v = DMARC1 ; p = reject ; {RUA}", OK, "reject", "4.8"),
        (f"V=DMARC1; P=Reject; {RUA}", OK, "reject", "4.8, RFC 5234 2.3"),
        (f"v=DMARC1; {RUA}; p=reject", WARNING, "reject", "4.8; RFC 7489 6.4"),
        (f"v=DMARC1; p=none; sp=reject; np=reject; {RUA}", OK, "none", "4.7"),
        (f"v=DMARC1; p=none; adkim=r; aspf=s; {RUA}", OK, "none", "4.7"),
        (f"v=DMARC1; p=none; psd=n; t=n; {RUA}", OK, "none", "4.7"),
        (f"v=DMARC1; p=none; {RUA},mailto:b@example.com", OK, "none", "4.7"),
        (
            f"v=DMARC1; p=none; {RUA}; ruf=mailto:f@example.com; fo=1:d:s",
            OK,
            "none",
            "4.7",
        ),
        # Without p.
        (f"v=DMARC1; {RUA}", WARNING, "none", "4.7, 4.10.1"),
        ("v=DMARC1", WARNING, "", "4.7, 4.10.1"),
        (f"v=DMARC1; sp=reject; {RUA}", WARNING, "none", "4.10.1"),
        # Policies that are none.
        (f"v=DMARC1; p=block; {RUA}", ERROR, "none", "4.10.1"),
        ("v=DMARC1; p=block", ERROR, "", "4.10.1"),
        (f"v=DMARC1; p=reject; sp=block; {RUA}", ERROR, "none", "4.10.1"),
        ("v=DMARC1; p=reject; sp=block", ERROR, "", "4.10.1"),
        (f"v=DMARC1; p=reject; np=block; {RUA}", ERROR, "none", "4.10.1"),
        ("v=DMARC1; p=reject; np=block", ERROR, "", "4.10.1"),
        ("v=DMARC1; p=block; rua=dmarc@example.com", ERROR, "", "4.10.1"),
        # Tags that RFC 9989 has removed.
        (f"v=DMARC1; p=reject; pct=100; {RUA}", WARNING, "reject", "removed"),
        (f"v=DMARC1; p=reject; pct=20; {RUA}", WARNING, "reject", "removed"),
        (f"v=DMARC1; p=reject; rf=afrf; {RUA}", WARNING, "reject", "removed"),
        (f"v=DMARC1; p=reject; ri=3600; {RUA}", WARNING, "reject", "removed"),
        (f"v=DMARC1; p=reject; pct=all; {RUA}", WARNING, "reject", "removed"),
        # Values that mean nothing: the default counts.
        (f"v=DMARC1; p=reject; adkim=x; {RUA}", WARNING, "reject", "4.8"),
        (f"v=DMARC1; p=reject; aspf=relaxed; {RUA}", WARNING, "reject", "4.8"),
        (f"v=DMARC1; p=reject; psd=maybe; {RUA}", WARNING, "reject", "4.8"),
        (f"v=DMARC1; p=reject; t=yes; {RUA}", WARNING, "reject", "4.8"),
        (
            f"v=DMARC1; p=reject; fo=2; {RUA}; ruf=mailto:f@example.com",
            WARNING,
            "reject",
            "4.8",
        ),
        (f"v=DMARC1; p=reject; fo=1; {RUA}", WARNING, "reject", "4.7"),
        (f"v=DMARC1; p=reject; colour=blue; {RUA}", WARNING, "reject", "4.7"),
        (f"v=DMARC1; p=reject;; {RUA}", WARNING, "reject", "4.8"),
        (f"v=DMARC1; p=reject; sp; {RUA}", WARNING, "reject", "4.8"),
        # Reports.
        ("v=DMARC1; p=reject", WARNING, "reject", "4.7: rua"),
        ("v=DMARC1; p=reject; rua=dmarc@example.com", WARNING, "reject", "4.8"),
        ("v=DMARC1; p=reject; rua=mailto:a@example.com!10m", WARNING, "reject", "4.8"),
        ("v=DMARC1; p=reject; rua=https://example.com/a", WARNING, "reject", "4.6"),
        # What is meant for others.
        (f"v=DMARC1; p=reject; t=y; {RUA}", WARNING, "reject", "4.7"),
        (f"v=DMARC1; p=reject; psd=y; {RUA}", WARNING, "reject", "4.7"),
        (f"v=DMARC1; p=reject; p=none; {RUA}", ERROR, "reject", "RFC 6376 3.2"),
    ],
)
def test_record_is_read_as_receivers_read_it(
    text: str, expected: str, policy: str, source: str
) -> None:
    assert is_dmarc_record(text)
    assert (verdict(text), read_dmarc_record(text).policy) == (expected, policy), source


@pytest.mark.parametrize(
    "text",
    [
        "v=DMARC1x; p=none",
        "v=dmarc1; p=none",
        " v=DMARC1; p=none",
        "p=none; v=DMARC1",
        "v=DMARC2; p=none",
        "v=spf1 -all",
        "",
    ],
)
def test_text_of_another_version_is_no_record(text: str) -> None:
    """RFC 9989 4.7: "v" comes first, and its value is told from others by case."""
    assert not is_dmarc_record(text)


def test_removed_tags_are_named() -> None:
    record = read_dmarc_record(f"v=DMARC1; p=reject; pct=5; rf=afrf; ri=1; {RUA}")

    assert "has removed pct, rf, ri" in record.warnings[0]
    assert "t=y" in record.warnings[1]
