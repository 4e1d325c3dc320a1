"""Signatures, judged by dkimpy's verifier and by its own signer."""

from __future__ import annotations

import dkim
import pytest

from seacucumber.conf.dkim import RECOMMENDED_HEADERS
from seacucumber.signing import SigningError, UnsignableMessage
from tests.envelope import frozen
from tests.envelope.corpus import messages
from tests.signing.signed import HEADERS, PKCS1, RAW, key, pem, signer, tags, verifies


def test_signatures_of_real_messages_verify():
    ours = signer()
    for mail in messages(60, seed=5):
        raw = frozen(mail).raw
        signed = ours.sign(raw)
        assert signed.endswith(raw)
        assert verifies(signed)


def test_the_header_is_the_one_that_dkimpy_makes(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_795_000_000.0)
    ours = signer()
    for mail in messages(15, seed=6):
        raw = frozen(mail).raw
        present = {name.decode().lower() for name, _ in dkim.rfc822_parse(raw)[0]}
        header = dkim.sign(
            raw,
            b"ses",
            b"example.com",
            pem(form=PKCS1),
            include_headers=[n.encode() for n in HEADERS if n.lower() in present],
        )
        assert ours.sign(raw) == header + raw


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hi Ann", b"Hi Eve"),
        (b"Subject: Hello", b"Subject: Hullo"),
        (b"To: ann@", b"To: eve@"),
        (b"From: Shop", b"From: Shap"),
        (b"Hi Ann\r\n", b"Hi Ann \r\n"),
        (b"Hi Ann\r\n", b"Hi Ann\r\nmore\r\n"),
    ],
)
def test_a_change_on_the_way_is_noticed(old, new):
    signed = signer().sign(RAW)
    assert verifies(signed)
    assert old in signed
    assert not verifies(signed.replace(old, new))


def test_another_key_does_not_verify():
    assert not verifies(signer().sign(RAW), key(1024))


def test_what_ses_and_relays_change_does_not_matter():
    """SES replaces Date and adds headers; relays refold and add empty lines."""
    signed = signer().sign(RAW)
    changed = signed.replace(b"24 Nov", b"25 Nov").replace(b": Hel", b":\r\n  Hel")
    assert verifies(b"Received: by mx\r\nMessage-ID: <new@ses>\r\n" + changed)
    assert verifies(changed + b"\r\n\r\n")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n\r\n",
        b"text",
        b"text \t \r\n",
        b"text\r\n\r\n\r\n",
        b" " * 900 + b"\r\n",
        b"x" * 998 + b"\r\n",
        b"a\r\n\r\nb\r\n",
    ],
)
def test_any_body_verifies(body):
    assert verifies(signer().sign(b"From: a@example.com\r\n\r\n" + body))


def test_a_message_without_a_body_verifies():
    assert verifies(signer().sign(b"From: a@example.com\r\nSubject: x\r\n"))


def test_a_megabyte_of_blanks_takes_no_time_to_speak_of():
    """Canonicalising it as "relaxed" takes dkimpy minutes."""
    body = (b" " * 990 + b"\r\n") * 1000
    assert verifies(signer().sign(b"From: a@example.com\r\n\r\n" + body))


def test_each_listed_header_that_is_there_is_signed_once():
    raw = b"Subject: 1\r\nSubject: 2\r\n" + RAW.replace(b"Subject: Hello\r\n", b"")
    signed = signer(headers=("from", "SUBJECT", "From", "Cc", "To")).sign(raw)
    assert tags(signed)[b"h"] == b"from:subject:to"
    assert tags(signed)[b"c"] == b"relaxed/simple"
    assert tags(signed)[b"a"] == b"rsa-sha256"
    assert b"l" not in tags(signed)


def test_oversigned_headers_cannot_be_added_or_doubled():
    """RFC 6376 8.15: what is signed once more than it is there stays the only one."""
    headers = (*HEADERS, "List-Unsubscribe")
    signed = signer(headers=headers, oversign=True).sign(RAW)
    assert tags(signed)[b"h"].split(b":") == [
        *(b"from", b"from", b"to", b"to", b"cc", b"subject", b"subject"),
        *(b"reply-to", b"mime-version", b"content-type", b"list-unsubscribe"),
    ]
    assert verifies(signed)
    for added in (
        b"From: Eve <eve@example.net>\r\n",
        b"Subject: Win\r\n",
        b"Cc: eve@example.net\r\n",
        b"Reply-To: eve@example.net\r\n",
        b"Content-Type: text/html\r\n",
        b"List-Unsubscribe: <https://example.net>\r\n",
    ):
        assert not verifies(added + signed)
    assert verifies(b"Date: now\r\nX-Other: 1\r\nFeedback-ID: ses\r\n" + signed)


def test_what_ses_and_relays_add_is_not_oversigned():
    signed = signer(headers=("From", "Sender", "Feedback-ID"), oversign=True).sign(
        b"Feedback-ID: ours\r\n" + RAW
    )
    assert tags(signed)[b"h"] == b"from:from:feedback-id"
    assert verifies(b"Sender: list@example.com\r\nFeedback-ID: ses\r\n" + signed)


def test_the_recommended_headers_survive_what_ses_does():
    signed = signer(headers=RECOMMENDED_HEADERS, oversign=True).sign(RAW)
    assert {b"date", b"message-id", b"feedback-id"}.isdisjoint(
        tags(signed)[b"h"].split(b":")
    )
    changed = signed.replace(b"24 Nov", b"25 Nov")
    assert verifies(b"Message-ID: <1@ses>\r\nFeedback-ID: ses\r\n" + changed)


def test_a_signature_from_before_is_replaced():
    """SES refuses a message with two: "Duplicate header 'DKIM-Signature'"."""
    once = signer(headers=("From",)).sign(RAW)
    again = signer().sign(b"X-First: 1\r\n" + once)
    assert again.lower().count(b"dkim-signature:") == 1
    assert again.endswith(b"X-First: 1\r\n" + RAW)
    assert verifies(again)


def test_the_words_dkim_signature_in_the_body_stay():
    raw = RAW + b"DKIM-Signature: v=1;\r\n a=rsa-sha256\r\n"
    assert signer().sign(raw).endswith(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\r\n\r\nbody\r\n",
        b"\r\n\r\nFrom: a@example.com\r\n",
        b"",
        b" folded\r\nFrom: a@example.com\r\n\r\n",
        b"From: a@example.com\r\nno header\r\n\r\n",
        b"From: a@example.com\n\nbody\n",
        b"From: a@example.com\r\n\r\nbare\rcr\r\n",
    ],
)
def test_what_is_no_message_is_refused(raw):
    with pytest.raises(UnsignableMessage):
        signer().sign(raw)


@pytest.mark.parametrize(
    "name",
    [
        "Date",
        "message-id",
        "Return-Path",
        "Bounces-To",
        "Bcc",
        "Received",
        "DKIM-Signature",
        "X-SES-CONFIGURATION-SET",
    ],
)
def test_a_header_that_ses_changes_is_refused_by_name(name):
    with pytest.raises(SigningError, match=name.lower()):
        signer(headers=("From", name))


@pytest.mark.parametrize("headers", [(), ("To", "Subject"), ("From", "bad name")])
def test_headers_without_from_or_with_nonsense_are_refused(headers):
    with pytest.raises(SigningError):
        signer(headers=headers)


@pytest.mark.parametrize(
    "fields",
    [
        {"domain": "example"},
        {"domain": "example.com;"},
        {"domain": "a.example.com\r\n"},
        {"domain": f"{'a' * 60}.example.com"},
        {"domain": "ü..de"},
        {"selector": ""},
        {"selector": "a b"},
        {"selector": "a" * 64},
        {"selector": "sés"},
    ],
)
def test_a_domain_or_selector_that_verifiers_would_misread_is_refused(fields):
    with pytest.raises(SigningError):
        signer(**fields)


def test_an_idn_domain_is_signed_as_a_label():
    signed = signer(domain="Straße.de").sign(RAW)
    assert tags(signed)[b"d"] == b"xn--strae-oqa.de"


@pytest.mark.parametrize(
    ("sender", "covered"),
    [
        ("a@example.com", True),
        ("a@EXAMPLE.com", True),
        ("a@mail.example.com", True),
        ('"a@b"@example.com', True),
        ("a@evilexample.com", False),
        ("a@example.com.evil.org", False),
        ("a@com", False),
        ("", False),
    ],
)
def test_senders_of_the_domain_and_below_are_covered(sender, covered):
    assert signer(domain="Example.com").covers(sender) is covered


def test_the_key_is_never_shown():
    shown = repr(signer())
    assert shown == "<Signer d=example.com s=ses>"
    assert "PRIVATE" not in str(vars(signer()))


def test_a_selector_in_bytes_and_a_domain_with_the_dot_of_the_root_are_taken():
    signed = signer(selector=b"mail", domain="example.com.").sign(RAW)
    assert (tags(signed)[b"s"], tags(signed)[b"d"]) == (b"mail", b"example.com")
    with pytest.raises(SigningError, match="selector"):
        signer(selector=b"\xff")


@pytest.mark.parametrize("name", [b"From", b"To"])
def test_what_is_there_twice_but_may_be_once_is_not_signed(name):  # RFC 5322 3.6
    line = name + b": a@example.com\r\n"
    raw = line + line + (b"" if name == b"From" else b"From: a@example.com\r\n")
    with pytest.raises(UnsignableMessage, match="several"):
        signer().sign(raw + b"\r\nHi\r\n")


@pytest.mark.parametrize("octet", [b"\f", b"\v"])
def test_white_space_that_dkim_does_not_know_is_not_signed(octet):  # RFC 6376 2.8
    raw = b"From: a@example.com\r\nSubject: a" + octet + b"b\r\n\r\nHi\r\n"
    with pytest.raises(UnsignableMessage, match="form feed"):
        signer().sign(raw)
