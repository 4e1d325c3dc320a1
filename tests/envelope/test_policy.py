"""Headers and texts under our policies and under the standard one."""

from __future__ import annotations

from email import policy
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seacucumber.envelope.free_text import write_text
from seacucumber.envelope.policy import PLAIN, WIRE
from tests.envelope import parsed

STOCK = policy.SMTP.clone(cte_type="7bit")


def written(name, value, chosen):
    mail = EmailMessage(policy=chosen)
    mail[name] = value
    return mail.as_bytes()


def test_the_blank_between_two_encoded_words_is_kept():
    """Python 3.11 to 3.13 lose the one in front of Ελλάδα."""
    value = (
        "[team] naïve [team] €100 invoice the Привет invoice your now! naïve #1 now!"
        " Bücher señor order now! (urgent) password Bücher C&A Ελλάδα under_score"
    )
    raw = written("Subject", write_text("Subject", value), PLAIN)
    assert parsed(raw)["Subject"] == value
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("chosen", [WIRE, PLAIN])
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=400),
    st.sampled_from(["plain", "html", "x-y.z+w"]),
    st.sampled_from(["utf-8", "utf8", "UTF-8"]),
)
def test_text_is_encoded_as_by_the_standard_policy(chosen, text, subtype, charset):
    results = []
    for each in (chosen, STOCK):
        mail = EmailMessage(policy=each)
        mail.set_content(text, subtype=subtype, charset=charset)
        results.append(mail.as_bytes())
    assert results[0] == results[1]


def test_quotes_around_a_long_name_survive_folding():
    """Python 3.11 to 3.13 drop them, and the commas make more addresses."""
    value = f'"{", ".join(["Doe"] * 14)}" <a@example.com>, b@example.com'
    folded = PLAIN.fold("To", value)
    assert "".join(folded.split("\r\n")) == f"To: {value}"
    addresses = parsed(folded.encode()).get("To").addresses
    assert [address.addr_spec for address in addresses] == [
        "a@example.com",
        "b@example.com",
    ]


@given(st.lists(st.sampled_from(["a@b.example", "Ann E <a@b.example>"]), min_size=1))
def test_unfolding_gives_back_what_was_folded(items):
    value = ", ".join(items)
    lines = PLAIN.fold("To", value).split("\r\n")
    assert "".join(lines) == f"To: {value}"
    assert max(map(len, lines)) <= 78


def test_an_address_that_was_parsed_is_written_safely():
    mail = EmailMessage(policy=WIRE)
    mail["To"] = "=?utf-8?q?a=40x.com=2C_evil?= <b@example.com>"
    raw = mail.as_bytes()
    assert b'To: "a@x.com, evil" <b@example.com>\r\n' in raw


def test_a_group_that_was_parsed_stays_a_group():
    mail = EmailMessage(policy=WIRE)
    mail["To"] = "Freunde: a@example.com, Ö <b@bücher.example>;"
    assert mail.as_bytes().startswith(
        b"To: Freunde: a@example.com, =?utf-8?q?=C3=96?= <b@xn--bcher-kva.example>;\r\n"
    )


def test_a_header_of_the_older_api_is_written():
    assert WIRE.fold("Subject", Header("grün", "utf-8")) == (
        "Subject: =?utf-8?q?gr=C3=BCn?=\r\n"
    )


def test_a_line_break_that_is_no_folding_is_refused():
    with pytest.raises(ValueError, match="line break"):
        PLAIN.fold("X-Foo", "a\r\nBcc: b@example.com")
    assert PLAIN.fold("X-Foo", "a\r\n b") == "X-Foo: a\r\n b\r\n"


def test_a_header_that_may_be_there_once_is_refused_twice():
    mail = EmailMessage(policy=PLAIN)
    mail["Subject"] = "one"
    with pytest.raises(ValueError, match="at most 1"):
        mail["SUBJECT"] = "two"


def test_what_may_be_there_once_is_what_python_says():
    names = ["Subject", "To", "X-Foo", "Received", "Content-Type", "Resent-To"]
    for name in names:
        assert PLAIN.header_max_count(name) == STOCK.header_max_count(name)


def test_a_copy_with_no_change_is_the_policy_itself():
    assert PLAIN.clone(linesep="\r\n") is PLAIN
    assert PLAIN.clone(max_line_length=0).fold("To", "a@b.example, " * 9 + "c@d.e") == (
        "To: " + "a@b.example, " * 9 + "c@d.e\r\n"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_that_are_fine_are_not_folded_anew(end):
    lines = ["=?utf-8?b?w7w=?=", " =?utf-8?b?w7w=?=", " =?utf-8?b?w7w=?="]
    folded = "\r\n".join(["Subject: " + lines[0], *lines[1:], ""])
    assert PLAIN.fold("Subject", end.join(lines)) == folded


def test_encoded_words_that_are_too_long_for_a_line_break_between_them():
    words = [f"=?utf-8?q?{'=C3=BC' * 10}?="] * 3
    folded = PLAIN.fold("Subject", " ".join(words))
    # RFC 2047 2: no line with an encoded-word is longer than 76, the first included.
    assert folded == "\r\n ".join(["Subject:", *words]) + "\r\n"
