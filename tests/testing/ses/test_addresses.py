"""What is an address, in the words of SES."""

from __future__ import annotations

import pytest

from seacucumber.testing.ses.addresses import (
    bare,
    is_domain_name,
    is_simulator,
    mailboxes,
    normal,
    problem_with,
)


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.net",
        "ann.b+c@mail.example.co.uk",
        "o'brien!#$%&*/=?^_`{|}~-@example.net",
        '"ann b"@example.net',
        '"a\\"b"@example.net',
        "ann@localhost",
        "ann@xn--bcher-kva.example",
        "Ann <ann@example.net>",
        '"Ann, B" <ann@example.net>',
        "<ann@example.net>",
    ],
)
def test_address_is_taken(text: str) -> None:
    assert problem_with(text) == ""


#: The texts of Jakarta Mail, which SES shows.
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Missing final '@domain'"),
        ("ann", "Missing final '@domain'"),
        ("ann@", "Missing final '@domain'"),
        ("@example.net", "Missing local name"),
        (".ann@example.net", "Local address starts with dot"),
        ("ann.@example.net", "Local address ends with dot"),
        ("an..n@example.net", "Local address contains dot-dot"),
        ("an(n@example.net", "Local address contains illegal character"),
        ("ann@.example.net", "Domain starts with dot"),
        ("ann@example.net.", "Domain ends with dot"),
        ("ann@example..net", "Domain contains dot-dot"),
        ("ann@exam ple.net", "Domain contains control or whitespace"),
        ("ann@exam_ple.net", "Domain contains illegal character"),
        ("ann@-example.net", "Domain contains illegal character"),
        ("Ann\r\nBcc: x <ann@example.net>", "Illegal address"),
        ("änn@example.net", "There are non-ASCII characters in the email address"),
        (
            "Ä <a@example.net>",
            "There are non-ASCII characters in the email address",
        ),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    assert problem_with(text) == problem


def test_display_name_is_left_out() -> None:
    assert bare('"Ann, B" <ann@example.net>') == "ann@example.net"
    assert bare("ann@example.net") == "ann@example.net"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.net", ["ann@example.net"]),
        ('"Ann, B" <ann@example.net>', ['"Ann, B" <ann@example.net>']),
        ("a@example.net, B <b@example.net>", ["a@example.net", "b@example.net"]),
        (",", [","]),
    ],
)
def test_header_may_name_several(text: str, expected: list[str]) -> None:
    assert mailboxes(text) == expected


def test_domain_is_in_lower_case_and_the_local_part_is_not() -> None:
    assert normal("Ann@Example.NET") == "Ann@example.net"
    assert normal("Example.NET") == "example.net"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.net", True),
        ("a.b.c.example", True),
        ("localhost", False),
        ("-a.example", False),
        ("a..example", False),
        ("a b.example", False),
        ("x" * 64 + ".example", False),
    ],
)
def test_domain_name(name: str, expected: bool) -> None:
    assert is_domain_name(name) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("bounce@simulator.amazonses.com", True),
        ("bounce+label@simulator.amazonses.com", True),
        ("Bounce@Simulator.AmazonSES.com", True),
        ("bounce@example.net", False),
        ("someone@simulator.amazonses.com", False),
    ],
)
def test_simulator_has_five_addresses(address: str, expected: bool) -> None:
    assert is_simulator(address) is expected
