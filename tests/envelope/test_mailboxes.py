"""One mailbox, parsed strictly and written back safely."""

from __future__ import annotations

from email.headerregistry import HeaderRegistry

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seacucumber.envelope.mailboxes import parse_mailbox, parse_mailbox_list
from seacucumber.exceptions import InvalidMessage

NAME = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60)


@pytest.mark.parametrize(
    ("written", "address", "text"),
    [
        ("ann@example.com", "ann@example.com", "ann@example.com"),
        (" ann@example.com ", "ann@example.com", "ann@example.com"),
        ("<ann@example.com>", "ann@example.com", "ann@example.com"),
        ("Ann@Example.COM", "Ann@example.com", "Ann@Example.COM"),
        ("root@localhost", "root@localhost", "root@localhost"),
        ("Ann E <a@example.com>", "a@example.com", "Ann E <a@example.com>"),
        ('"Doe, J" <j@example.com>', "j@example.com", '"Doe, J" <j@example.com>'),
        ("J. Doe <j@example.com>", "j@example.com", '"J. Doe" <j@example.com>'),
        ("Ann (HR) <a@example.com>", "a@example.com", '"Ann (HR)" <a@example.com>'),
        (r'"A \"B\"" <a@example.com>', "a@example.com", r'"A \"B\"" <a@example.com>'),
        ('"a b"@example.com', '"a b"@example.com', '"a b"@example.com'),
        (
            "Jörg Müller <j@example.com>",
            "j@example.com",
            "=?utf-8?q?J=C3=B6rg_M=C3=BCller?= <j@example.com>",
        ),
    ],
)
def test_a_mailbox_is_read_and_written(written, address, text):
    assert parse_mailbox(written, "to") == (address, text)


@pytest.mark.parametrize(
    ("domain", "a_label"),
    [
        # RFC 5892 has ß as a letter; IDNA 2003 made it ss, which is another domain.
        ("straße.de", "xn--strae-oqa.de"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("例え。jp", "xn--r8jz45g.jp"),
    ],
)
def test_an_idn_domain_becomes_an_a_label(domain, a_label):  # B22
    mailbox = parse_mailbox(f"Ann <ann@{domain}>", "to")
    assert mailbox == (f"ann@{a_label}", f"Ann <ann@{a_label}>")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("a@x.com, evil@x.com", "several addresses"),
        ("a@x.com; evil@x.com", "several addresses"),
        ("Ann <a@x.com>, Bo <b@x.com>", "several addresses"),
        ("Doe, John <j@x.com>", "several addresses"),
        ("team: a@x.com, b@x.com;", "group"),
        ("undisclosed-recipients:;", "group"),
        ("Ann <a@x.com", "unbalanced bracket"),
        ("Ann a@x.com>", "unbalanced bracket"),
        ('"Ann <a@x.com>', "unbalanced quote"),
        ("<a@x.com> <b@x.com>", "invalid address"),
        ("a@x.com <b@x.com>", "invalid address"),
        ("a@x.com b@x.com", "invalid address"),
        ("a@b@x.com", "invalid address"),
        ("a..b@x.com", "invalid address"),
        (".a@x.com", "invalid address"),
        ("a b@x.com", "invalid address"),
        ("Ann", "without an @"),
        ("<>", "empty address"),
        ("  ", "empty address"),
        ("@x.com", "invalid address"),
        ("a@", "invalid domain"),
        ("a@x..com", "invalid domain"),
        ("a@-x.com", "invalid domain"),
        ("a@x_y.com", "invalid domain"),
        ("a@x.com.", "invalid domain"),
        ("a@[127.0.0.1]", "invalid address"),
        (f"a@{'x' * 64}.com", "invalid domain"),
        ("a@ü..de", "invalid domain"),
        ("a@☃.net", "invalid domain"),
        ("a@b\uff20c.com", "invalid domain"),
        ("jörg@x.com", "SMTPUTF8"),
        (f"{'a' * 65}@x.com", "too long"),
        (f"Ann <a@{'.'.join(['x' * 60] * 5)}>", "too long"),
        ("a:" * 50_000, "100000 characters"),
        ("a\t@x.com\r\n", "line break"),
        ("a\0@x.com", "control character"),
        ("a@x.com\x7f", "control character"),
        ("Ann \ud800 <a@x.com>", "surrogate"),
        ("=?utf-8?q?a=40x.com=2C_evil?= <b@x.com>", "hides address syntax"),
        ("=?utf-8?q?Doe=2C_evil?= <b@x.com>", "hides address syntax"),
        ("=?utf-8?b?w7xAeC5jb20=?= <b@x.com>", "hides address syntax"),
        ("=?utf-8?q?a=0D=0ABcc=3A_evil?= <b@x.com>", "hides a line break"),
        ("=?utf-8?q?a=0D=0AX?= <b@x.com>", "line break"),
    ],
)
def test_everything_else_is_refused_with_the_reason(written, problem):
    with pytest.raises(InvalidMessage, match=problem) as caught:
        parse_mailbox(written, "to")
    assert caught.value.field == "to"


def test_a_comma_in_a_name_that_needs_encoding_stays_encoded():
    """What ``formataddr(("Müller, Jörg", ...))`` makes is legal and common."""
    mailbox = parse_mailbox("=?utf-8?q?M=C3=BCller=2C_J=C3=B6rg?= <j@x.com>", "to")
    assert mailbox.text == "=?utf-8?q?M=C3=BCller=2C_J=C3=B6rg?= <j@x.com>"


@given(NAME)
def test_any_name_in_quotes_is_one_mailbox_for_python_too(name):
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    assume("=?" not in name)
    mailbox = parse_mailbox(f'"{quoted}" <ann@example.com>', "to")
    header = HeaderRegistry()("To", mailbox.text)
    assert mailbox.text.isascii()
    assert [address.addr_spec for address in header.addresses] == ["ann@example.com"]


@given(st.text(max_size=80))
def test_no_text_makes_anything_but_one_ascii_mailbox_or_our_error(text):
    try:
        mailbox = parse_mailbox(text, "to")
    except InvalidMessage:
        return
    header = HeaderRegistry()("To", mailbox.text)
    assert mailbox.text.isascii()
    assert len(header.addresses) == 1


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a@x.com, Bö <b@x.com>", "a@x.com, =?utf-8?q?B=C3=B6?= <b@x.com>"),
        ('"Doe, J" <j@x.com>,b@x.com', '"Doe, J" <j@x.com>, b@x.com'),
        ("undisclosed-recipients:;", "undisclosed-recipients:;"),
        ("Freunde: a@x.com, b@x.com;", "Freunde: a@x.com, b@x.com;"),
    ],
)
def test_a_list_is_written_back_safely(written, text):
    assert parse_mailbox_list(written, "To") == text


@pytest.mark.parametrize("written", ["", ",", "a@x.com,", "a@x.com,,b@x.com", "x:y;z"])
def test_a_list_with_an_empty_or_bad_item_is_refused(written):
    with pytest.raises(InvalidMessage):
        parse_mailbox_list(written, "To")
