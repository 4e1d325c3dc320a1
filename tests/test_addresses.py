"""Whatever spelling SES echoes, it is the same address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seacucumber.addresses import address_key, read_address

#: Spelling, address, source.
CASES = [
    ("ann@b.example", "ann@b.example", "RFC 5322 3.4.1"),
    ("Ann@B.Example", "ann@b.example", "case"),
    ('"m10"@b.example', "m10@b.example", "RFC 5322 3.2.4: quotes mean nothing"),
    ('"an n"@b.example', '"an n"@b.example', "these do"),
    ('"a\\n"@b.example', "an@b.example", "RFC 5322 3.2.4: quoted-pair"),
    ("a@b\u00fccher.example", "a@xn--bcher-kva.example", "RFC 5890"),
    ("a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example", "RFC 5890 2.3.2.1"),
    ("a@b.example (Jane)", "a@b.example", "RFC 5322 3.2.2"),
    ("(Jane) a@b.example", "a@b.example", "RFC 5322 3.2.2"),
    ("Jane <a@b.example>", "a@b.example", "RFC 5322 3.4"),
    ('"Doe, J." <a@b.example>', "a@b.example", "RFC 5322 3.4"),
    ("<a@b.example>", "a@b.example", "RFC 5321 4.1.2"),
    ("a@b.example.", "a@b.example", "RFC 1034 3.1: the root"),
    ("a@b.example,", "a@b.example", "seen"),
    (" a@b.example;", "a@b.example", "seen"),
    ("a@b, c@d", "", "two"),
    ("unknown", "", "none"),
    ("rfc822; a@b.example", "", "RFC 3464 2.3.1: not SES's"),
    ("", "", "nothing"),
    ("@b.example", "", "no local part"),
    ("a@", "", "no domain"),
    ("a b@c.example", "", "blank"),
    ("a@b_c.example", "", "RFC 1123 2.1"),
    ("a\x00@b.example", "", "control"),
    ("<" * 10_000 + "a@b.example", "", "long"),
    ("(" * 10_000 + "a@b.example", "", "deep"),
]


@pytest.mark.parametrize(("text", "address", "source"), CASES)
def test_an_address_has_one_spelling(text: str, address: str, source: str) -> None:
    assert read_address(text) == address, source


ATOMS = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}", fullmatch=True)
LABELS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9]{0,8}[A-Za-z0-9])?", fullmatch=True)
ECHOES = st.sampled_from(
    [
        "{local}@{domain}",
        '"{local}"@{domain}',
        "<{local}@{domain}>",
        "Jane Doe <{local}@{domain}>",
        "{local}@{domain} (Jane)",
        "{local}@{domain}.",
        "{local}@{domain},",
        " {local}@{domain} ",
    ]
)


@given(local=ATOMS, labels=st.lists(LABELS, min_size=1, max_size=3), echo=ECHOES)
def test_what_ses_could_echo_is_what_the_queue_has(
    local: str, labels: list[str], echo: str
) -> None:
    domain = ".".join(labels)
    for spelling in (local, local.upper(), local.lower()):
        text = echo.format(local=spelling, domain=domain)
        assert read_address(text) == address_key(f"{local}@{domain}")


@given(st.text(max_size=60))
def test_what_was_read_once_reads_the_same_again(text: str) -> None:
    found = read_address(text)

    assert read_address(found) == found
    assert address_key(found) == found
