"""What is frozen is right to the letter, whatever text a caller gives."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen, message, parsed
from tests.envelope.corpus import messages
from tests.envelope.odd_corpus import ODD, odd_messages
from tests.envelope.strict import findings, names

GOOD = (
    b"From: a@example.com\r\nDate: x\r\nMIME-Version: 1.0\r\nSubject: =?utf-8?q?a?=\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"YQ==\r\n--x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=C3\r\n"
    b"--x--\r\n"
)
ORDINARY = {
    *("subject", "from", "to", "cc", "reply-to", "date", "message-id", "mime-version"),
    *("content-type", "content-transfer-encoding", "content-disposition"),
}
# `make fuzz` asks for more, and for others each time.
EXAMPLES = int(os.environ.get("SEACUCUMBER_TEST_EXAMPLES", "300"))
CHARSET = st.sampled_from(
    ["utf-8", "iso-8859-1", "utf-16", "utf-7", "iso-2022-jp", "gb2312", "cp037", "x-no"]
)
WORD = st.builds(
    lambda charset, code, text: f"=?{charset}?{code}?{text}?=",
    CHARSET,
    st.sampled_from("bBqQx"),
    st.from_regex(
        r"(=0[AD]|=[0-9A-F]{2}|DQo|[A-Za-z0-9+/=_@:,]){0,20}", fullmatch=True
    ),
)
TEXT = st.lists(WORD | st.sampled_from(ODD) | st.text(max_size=8), max_size=4).map(
    "".join
)


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (b"a=C3", b"\xfc", "5322 2.3"),
        (b"a=C3", b"a\rb", "5322 2.3"),
        (b"--x--\r\n", b"--x--", "5322 2.1"),
        (b"a=C3", b"a" * 999, "2.1.1"),
        (b"Date: x", b"Date: x\r\nDate: y", "3.6"),
        (b"From: a@example.com\r\n", b"", "3.6"),
        (b"MIME-Version: 1.0\r\n", b"", "2045 4"),
        (b"Date: x", b"Date: x\r\nno header", "5322 2.2"),
        (b"Date: x", b"Date: \f", "5322 2.2"),
        (b"Date: x", b"Date: x\r\n \r\n y", "3.2.2"),
        (b"?a?=", b"?" + b"a" * 65 + b"?=", "2047 2"),
        (b"?a?=", b"?a?= " + b"b" * 70, "2047 2"),
        (b"?a?=", b"?a?==?utf-8?q?b?=", "2047 2, 5"),
        (b"?a?=", b"??=", "2047 2, 5"),
        (b"text/plain", b'text/plain; name="=?utf-8?q?a?="', "2047 5"),
        (b"boundary", b"border", "5.1.1"),
        (b"--x--", b"--y--", "5.1.1"),
        (b"Encoding: base64", b"Encoding: 9bit", "6.1"),
        (b"YQ==", b"YQ==!", "6.7, 6.8"),
        (b"a=C3", b"a=ZZ", "6.7, 6.8"),
        (b"YQ==", b"Y" * 80, "6.7, 6.8"),
        (b"text/plain", b"message/rfc822", "6.4"),
        (b"text/plain", b"text/plain; charset", "2045 5.1"),
        (b"text/plain", b"text/plain; a=b c", "2045 5.1"),
        (b"text/plain", b'text/plain; a="b', "2045 5.1"),
        (b"text/plain", b"text/plain; a=(b)", "2045 5.1"),
        (b"text/plain", b"text/plain; a=b; A=c", "2045 5: "),
        (b"text/plain", b"text/plain; a*=utf-8''%0D%0Ax", "2045 5.1"),
        (b"text/plain", b"text/plain; a*1=b", "2231 3"),
        (b"text/plain", b"text/plain; a*0=b; a*2=c", "2231 3"),
        (b"text/plain", b"text/plain; a*01=b", "2231 7"),
        (b"text/plain", b"text/plain; a*x=b", "2231 7"),
        (b"text/plain", b"text/plain; a*=b", "2231 4"),
        (b"text/plain", b"text/plain; a*='b", "2231 4"),
        (b"text/plain", b"text/plain; a*=utf-8''%C3", "2231 4"),
        (b"text/plain", b"text/plain; a*=utf-8''%ZZ", "2231 4"),
        (b"text/plain", b"text/plain; a*=\"utf-8''b\"", "2231 4"),
        (b"text/plain", b"text/plain; a*=x-no''b", "2231 4"),
        (b"text/plain", b"text/plain; a*0=b; a*1*=c", "2231 4"),
        (b"?a?=", b"?=C3?= =?utf-8?q?=BC?=", "2047 5"),
        (b"utf-8?q?a?=", b"utf-8?b?YQ?=", "2047 5"),
        (b"utf-8?q?a?=", b"klingon?q?a?=", "2047 5"),
        (b"Date: x", "Date: ü".encode(), "6532 3.2"),
        (b"Date: x", b"Date: \xfc", "6532 3.1"),
    ],
)
def test_the_reader_finds_what_breaks_a_rule(right, wrong, rule):
    assert findings(GOOD) == []
    assert right in GOOD
    found = findings(GOOD.replace(right, wrong, 1))
    assert any(rule in finding for finding in found), found


@pytest.mark.parametrize(
    "parameters",
    [
        b"a=b",
        b'a="b; c=\\"d\\"";\r\n\te=f',
        b"a*=utf-8'en'%C3%BC",
        b"a*=''b",
        b"a*0=b; a*1=c",
        b'a*1=c; a*0="b"',
        b"a*0*=utf-8''%C3; a*1*=%BC; a*2=\"c\"",
        b"charset=us-ascii; Title*=iso-8859-1'de'gr%FCn",
    ],
)
def test_the_reader_takes_parameters_as_rfc_2231_has_them(parameters):
    good = GOOD.replace(b"text/plain", b"text/plain; " + parameters)
    assert findings(good) == []


def test_nothing_is_found_in_500_ordinary_messages():
    for mail in messages(500, seed=77):
        assert findings(frozen(mail).raw) == []


def test_nothing_is_found_in_odd_messages_and_nothing_is_forged():
    taken = 0
    for mail, more in odd_messages(900):
        try:
            raw = frozen(mail).raw
        except InvalidMessage:
            continue
        taken += 1
        assert findings(raw) == []
        assert set(names(raw)) <= ORDINARY | more
    assert taken >= 200


@settings(max_examples=EXAMPLES, derandomize=EXAMPLES == 300, deadline=None)
@given(TEXT, TEXT, TEXT, TEXT)
def test_no_text_makes_another_header_or_part(subject, note, name, filename):
    mail = message(
        subject=subject,
        from_email=f"{name} <shop@example.com>",
        headers={"X-Note": note},
    )
    mail.attach(filename, b"%PDF", "application/pdf")
    try:
        raw = frozen(mail).raw
    except InvalidMessage:
        return
    assert findings(raw) == []
    assert set(names(raw)) <= ORDINARY | {"x-note"}
    assert len(names(raw)) == len(set(names(raw)))
    tree = list(parsed(raw).walk())
    assert [part.get_content_type() for part in tree] == [
        "multipart/mixed",
        "text/plain",
        "application/pdf",
    ]
    # Python's own reader drops blanks at the ends of a quoted string.
    assert (tree[2].get_filename() or "").strip() == filename.strip()
