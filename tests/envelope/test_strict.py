"""What is frozen is right to the letter, whatever text a caller gives."""

from __future__ import annotations

import os
import re
from email.encoders import encode_base64
from email.message import MIMEPart
from email.mime.base import MIMEBase

import pytest
from django.core.mail import EmailMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from seacucumber.envelope import Defaults, from_mime
from seacucumber.exceptions import InvalidMessage
from tests.envelope import assert_wire_format, frozen, message, parsed
from tests.envelope.corpus import messages
from tests.envelope.odd_corpus import ODD, odd_messages
from tests.envelope.strict import findings, mailbox_name, names, shown, value_of

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
# What Python, unlike RFC 5322, takes for blanks.
BLANKS = ("\u3000", "\u00a0", "a\u2003b", "\u3000=?utf-8?q?a?=")
TEXT = st.lists(
    WORD | st.sampled_from([*ODD, *BLANKS]) | st.text(max_size=8), max_size=4
).map("".join)


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


PLAIN_FIELDS = {
    "subject": "Hello",
    "body": "Hi Ann",
    "html": "<p>Hi",
    "sender": "Shop",
    "to": "Ann",
    "cc": "Bo",
    "bcc": "Cy",
    "reply_to": "Help",
    "inner": "Forwarded",
    "header": "X-Note",
    "note": "fine",
    "list_id": "<news.example.com>",
    "filename": "a.pdf",
    "mimetype": "application/pdf",
    "textfile": "b.csv",
    "text": "a,b",
}
FOLDED = st.lists(TEXT, min_size=2, max_size=3).map("\n ".join)
TYPES = st.sampled_from(["text/x", "a/b; c=d", 'a/b; c="', "multipart/mixed", "a/b;"])


def hostile(names: list[str]) -> st.SearchStrategy[dict[str, str]]:
    fields = dict.fromkeys(names, TEXT | FOLDED)
    if "mimetype" in fields:
        fields["mimetype"] = TYPES | st.builds("application/{}".format, TEXT)
    return st.fixed_dictionaries(fields)


# With hostile text everywhere, hardly a message would be taken.
FIELDS = (
    st.lists(st.sampled_from(sorted(PLAIN_FIELDS)), min_size=1, max_size=3, unique=True)
    .flatmap(hostile)
    .map(lambda chosen: {**PLAIN_FIELDS, **chosen})
    .filter(lambda fields: fields["body"])  # without one Django makes no part of it
)


def lines(content: object) -> list[str]:
    """Return a text's lines: their ends, and empty ones last, are not compared."""
    text = str(content).replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\n").split("\n")


def written(text: str) -> str:
    """Return what a reader is to be shown of a caller's text.

    That is the text; if all that looks like encoded-words in it are such, as
    ``Header.encode`` and ``formataddr`` return them, it is what they stand for.
    """
    text = re.sub(r"\r?\n(?=[ \t])", "", text).strip(" \t")
    return shown(text) if text.isascii() else text  # theirs is ASCII


def name_of(phrase: str) -> str:
    """Return what a reader is to be shown of a display name without quotes.

    Blanks of any kind around a mailbox are no part of it.
    """
    return written(re.sub(r"[ \t]+", " ", phrase.strip()))


def quoted(name: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def hostile_mail(fields):
    """Return a message with text of a caller in each of its fields."""
    mail = message(
        subject=fields["subject"],
        body=fields["body"],
        from_email=f"{fields['sender']} <shop@example.com>",
        to=[f"{quoted(fields['to'])} <ann@example.com>"],
        cc=[f"{fields['cc']} <bo@example.com>"],
        bcc=[f"{fields['bcc']} <cy@example.com>"],
        reply_to=[f"{quoted(fields['reply_to'])} <help@example.com>"],
        headers={fields["header"]: fields["note"], "List-Id": fields["list_id"]},
    )
    mail.attach_alternative(fields["html"], "text/html")
    mail.attach(fields["filename"], b"%PDF", fields["mimetype"])
    mail.attach(fields["textfile"], fields["text"], "text/csv")
    inner = EmailMessage(fields["inner"], "Hi", "a@example.net", ["b@example.net"])
    mail.attach("in.eml", inner, "message/rfc822")
    return mail


@settings(max_examples=EXAMPLES, derandomize=EXAMPLES == 300, deadline=None)
@given(FIELDS)
def test_no_text_makes_another_header_or_part(fields):
    mail = hostile_mail(fields)
    try:
        raw = frozen(mail).raw
    except InvalidMessage:
        return
    assert findings(raw) == []
    own = {name.lower() for name in mail.extra_headers}
    assert set(names(raw)) - {"reply-to", "cc"} <= ORDINARY | own
    assert len(names(raw)) == len(set(names(raw)))
    tree = list(parsed(raw).walk())
    assert [part.get_content_type() for part in tree] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        *(fields["mimetype"].partition(";")[0].lower().strip(), "text/csv"),
        *("message/rfc822", "text/plain"),
    ]
    for part, name in zip(tree[2:6], ("body", "html", None, "text"), strict=True):
        if name:
            assert lines(part.get_content()) == lines(fields[name])
    assert tree[4].get_payload(decode=True).strip() == b"%PDF"  # text gains an end
    for part, name in zip(tree[4:6], ("filename", "textfile"), strict=True):
        # Python's own reader drops blanks at the ends of a quoted string.
        assert (part.get_filename() or "").strip() == fields[name].strip()
    assert set(tree[7].keys()) == {
        *("Content-Type", "MIME-Version", "Content-Transfer-Encoding"),
        *("Subject", "From", "To", "Date", "Message-ID"),
    }


@settings(max_examples=EXAMPLES, derandomize=EXAMPLES == 300, deadline=None)
@given(FIELDS)
def test_no_text_is_shown_as_another(fields):
    """Read by a reader of our own: Python's decodes what is in quotes as well."""
    try:
        raw = frozen(hostile_mail(fields)).raw
    except InvalidMessage:
        return
    for header, field in (("subject", "subject"), ("list-id", "list_id")):
        assert shown(value_of(raw, header)) == written(fields[field])
    if fields["header"].lower().startswith("x-"):
        assert shown(value_of(raw, fields["header"])) == written(fields["note"])
    inner = raw[raw.index(b"\r\n\r\n", raw.index(b"message/rfc822")) + 4 :]
    assert shown(value_of(inner, "subject")) == written(fields["inner"])
    for header, address, field in (
        ("from", "shop@example.com", "sender"),
        ("cc", "bo@example.com", "cc"),
    ):
        if '"' not in fields[field]:
            name = mailbox_name(value_of(raw, header), address)
            assert name == name_of(fields[field])
    for header, address, field in (
        ("to", "ann@example.com", "to"),
        ("reply-to", "help@example.com", "reply_to"),
    ):
        name = mailbox_name(value_of(raw, header), address)
        text = re.sub(r"\r?\n(?=[ \t])", "", fields[field])  # folding (RFC 5322 3.2.4)
        assert name == re.sub(r"[ \t]+", " ", text).strip(" ")


@settings(max_examples=EXAMPLES, derandomize=EXAMPLES == 300, deadline=None)
@given(TEXT, TEXT, TEXT)
def test_no_text_of_mime_from_elsewhere_makes_another_header(subject, name, note):
    head = (
        f"Date: Fri, 09 Nov 2001 01:08:47 -0000\nMIME-Version: 1.0\nSubject: {subject}"
        f"\nFrom: a@example.com\nTo: {quoted(name)} <b@example.com>\nX-Note: {note}"
    )
    if re.search(r"[\r\n]", subject + name + note):
        return  # then it is another header, and was meant to be
    try:
        raw = from_mime(f"{head}\n\nHi\n", "a@example.com", ["b@b.example"], Defaults())
    except InvalidMessage:
        return
    assert_wire_format(raw.raw)  # its encoded-words are as others have written them
    assert sorted(set(names(raw.raw)) - {"content-transfer-encoding"}) == [
        *("date", "from", "mime-version", "subject", "to", "x-note"),
    ]


@settings(max_examples=EXAMPLES, derandomize=EXAMPLES == 300, deadline=None)
@given(TEXT.filter(bool), TEXT, st.sampled_from([MIMEPart, MIMEBase]))
def test_no_text_of_a_part_makes_another_header_or_part(filename, description, kind):
    """Python decodes what is in quotes, and writes line breaks that it has decoded."""
    part = kind("application", "pdf") if kind is MIMEBase else kind()
    try:
        if kind is MIMEPart:
            part.set_content(b"%PDF", "application", "pdf", filename=filename)
        else:
            part.set_payload(b"%PDF")
            part.add_header("Content-Disposition", "attachment", filename=filename)
            encode_base64(part)
        part["Content-Description"] = description
        part["X-Note"] = description
    except (ValueError, IndexError, LookupError):
        return  # Python takes no such text
    mail = message()
    mail.attachments.append(part)
    try:
        raw = frozen(mail).raw
    except InvalidMessage:
        return
    # Its encoded-words stay as Python, or whoever else made the part, has written them.
    assert [each for each in findings(raw) if "RFC 2047" not in each] == []
    found = list(parsed(raw).walk())
    assert [each.get_content_type() for each in found] == [
        *("multipart/mixed", "text/plain", "application/pdf"),
    ]
    assert {name.lower() for name in found[2].keys()} <= {  # noqa: SIM118
        *("content-type", "mime-version", "content-transfer-encoding", "x-note"),
        *("content-disposition", "content-description"),
    }
