"""The caller's own headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils.functional import lazystr

from seacucumber.envelope.headers import check_headers
from seacucumber.exceptions import InvalidMessage
from tests.envelope import assert_wire_format, frozen, message, parsed


@pytest.mark.parametrize(
    "name",
    [
        "X-Foo\r\nBcc",  # B06
        "X-Foo\n",
        "X-Foo: Bcc",  # B07
        "X Foo",
        "X-Füü",
        "",
        "X" * 77,
        "X\0Y",
        b"X-Foo",
        None,
    ],
)
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(InvalidMessage, match="invalid name") as caught:
        frozen(message(headers={name: "value"}))
    assert caught.value.field == "headers"


@pytest.mark.parametrize(
    "value",
    [
        "a\r\nBcc: evil@example.com",  # B05
        "a\n",
        "a\n ",
        "a\n \n b",
        "a\n b\nBcc: evil@example.com",
        "a\r b",
        "a\r",
        "a\0b",  # B10
        "a\x1bb",
        "a\x7f",
        "a\x85b",
        "a\u2028b",
        "a\ud800",  # B11
        None,  # B31
        b"a",
    ],
)
def test_a_value_with_what_no_header_can_hold_is_refused_by_name(value):
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(headers={"X-Foo": value}))
    assert caught.value.field == "X-Foo"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (5, "5"),
        (1.5, "1.5"),
        (True, "True"),
        (lazystr("later"), "later"),
        ("a\tb", "a\tb"),
        ("grün", "grün"),
    ],
)
def test_other_values_become_text(value, written):  # B31
    assert parsed(frozen(message(headers={"X-Foo": value})).raw)["X-Foo"] == written


@pytest.mark.parametrize(
    "name",
    [
        "Bcc",  # B08
        "bCC",
        "Resent-Bcc",
        "Return-Path",
        "return-path",
        "DKIM-Signature",
        "dkim-signature",
        "Subject",
        "MIME-Version",
        "content-type",
        "Content-Transfer-Encoding",
    ],
)
def test_headers_that_are_not_the_callers_are_refused(name):
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(headers={name: "evil@example.com"}))
    assert caught.value.field == name


def test_one_header_in_two_spellings_is_refused():
    headers = {"List-Id": "<a.example.com>", "list-id": "<b.example.com>"}
    with pytest.raises(InvalidMessage, match="twice") as caught:
        frozen(message(headers=headers))
    assert caught.value.field == "list-id"


@pytest.mark.parametrize("name", ["Sender", "From"])
def test_a_header_of_one_mailbox_has_one(name):  # B08, B18
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(headers={name: "a@example.com, b@example.com"}))
    assert caught.value.field == name
    raw = frozen(message(headers={name: "Änn <a@straße.de>"})).raw
    assert parsed(raw)[name].addresses[0].addr_spec == "a@xn--strae-oqa.de"


def test_the_headers_to_and_cc_are_shown_and_change_no_recipient():
    envelope = frozen(
        message(headers={"to": "list@example.com", "CC": "x@example.com"})
    )
    mail = parsed(envelope.raw)
    assert (mail["To"], mail["Cc"]) == ("list@example.com", "x@example.com")
    assert [recipient.address for recipient in envelope.recipients] == [
        "ann@example.com"
    ]


def test_reply_to_is_found_in_any_spelling():
    """Django looks for "Reply-To" only, and drops every other spelling."""
    raw = frozen(message(headers={"reply-to": "Help <help@example.com>"})).raw
    assert parsed(raw).get_all("Reply-To") == ["Help <help@example.com>"]


def test_headers_that_ses_reads_itself_stay():
    arn = "arn:aws:ses:eu-west-1:123456789012:identity/" + "a" * 60 + ".example.com"
    raw = frozen(message(headers={"X-SES-SOURCE-ARN": arn})).raw  # B09
    assert f"X-SES-SOURCE-ARN: {arn}\r\n".encode() in raw


def test_options_are_taken_out():
    headers = {
        "X-Cucumber-Lane": "bulk",
        "x-cucumber-tags": "a=b",
        "X-SES-CONFIGURATION-SET": "events",
        "x-ses-message-tags": "c=d",
        "X-Kept": "yes",
    }
    raw = frozen(message(headers=headers)).raw.lower()
    assert b"x-cucumber" not in raw
    assert b"x-ses" not in raw
    assert b"x-kept: yes" in raw


def test_a_misspelt_option_is_refused_with_the_known_ones():
    with pytest.raises(InvalidMessage, match="X-Cucumber-Lane, X-Cucumber-Tags") as e:
        frozen(message(headers={"X-Cucumber-Lanes": "bulk"}))
    assert e.value.field == "X-Cucumber-Lanes"


def test_a_date_may_be_a_datetime():
    checked = check_headers({"Date": datetime(2026, 11, 24, tzinfo=UTC)})
    assert checked.mail == {"Date": "Tue, 24 Nov 2026 00:00:00 +0000"}


@pytest.mark.parametrize("name", ["List-Unsubscribe", "References", "Message-ID"])
def test_a_long_word_in_a_structured_header_is_never_encoded(name):
    """RFC 8058 3.1: the URL of a one-click unsubscription must be readable as it is."""
    value = f"<https://example.com/unsubscribe/{'a' * 300}>"
    raw = frozen(message(headers={name: value})).raw
    assert f"{name}: {value}\r\n".encode() in raw
    assert_wire_format(raw)


def test_a_structured_header_that_cannot_be_folded_is_refused():
    with pytest.raises(InvalidMessage, match="more than") as caught:
        frozen(message(headers={"List-Unsubscribe": f"<https://{'a' * 1000}>"}))
    assert caught.value.field == "List-Unsubscribe"


@pytest.mark.parametrize("name", ["X-SES-SOURCE-ARN", "x-ses-from-arn"])
@pytest.mark.parametrize("value", ["nonsense", "", "arn:aws:sns:eu-west-1:1:x"])
def test_an_arn_header_is_checked_as_its_setting_is(name, value):
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(headers={name: value}))
    assert caught.value.field == name
