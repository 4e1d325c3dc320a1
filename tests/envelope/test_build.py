"""The whole way: what a project gives, what comes out, what is refused."""

from __future__ import annotations

import copy
import pickle
import re

import pytest
from django.core.mail import EmailMessage
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy

from seacucumber.enums import Lane, RecipientKind, Uncertain
from seacucumber.envelope import Defaults, Recipient, build, from_mime
from seacucumber.exceptions import InvalidMessage, SeaCucumberError
from tests.envelope import assert_wire_format, frozen, message, parsed, parts
from tests.envelope.corpus import messages

VOLATILE = re.compile(
    rb"^(Date|Message-ID): .*?\r\n(?! )|={15}\d{19}==", re.MULTILINE | re.DOTALL
)


def test_a_plain_message_arrives_as_it_was_written():
    envelope = frozen(
        message(body="Hi Ann,\n\nyour order.\n", cc=["Bo <bo@example.org>"])
    )
    mail = parsed(envelope.raw)
    assert envelope.sender == "shop@example.com"
    assert envelope.subject == mail["Subject"] == "Hello"
    assert mail["From"] == "Shop <shop@example.com>"
    assert mail["To"] == "ann@example.com"
    assert mail["Cc"] == "Bo <bo@example.org>"
    assert parts(envelope.raw) == [("text/plain", None, "Hi Ann,\n\nyour order.")]
    assert_wire_format(envelope.raw)


def test_what_the_message_leaves_open_comes_from_the_defaults():
    envelope = build(
        message(),
        Defaults(
            lane=Lane.BULK,
            uncertain=Uncertain.HOLD,
            configuration_set="events",
            expires_s=60.0,
            tags={"app": "shop"},
            metadata={"order": 7},
        ),
    )
    assert envelope.lane is Lane.BULK
    assert envelope.uncertain is Uncertain.HOLD
    assert envelope.configuration_set == "events"
    assert envelope.expires_s == 60.0
    assert envelope.tags == {"app": "shop"}
    assert envelope.metadata == {"order": 7}


def test_every_message_of_the_corpus_can_go_out():
    for mail in messages(300):
        assert_wire_format(frozen(mail).raw)


def test_building_changes_nothing_and_twice_gives_the_same():
    for mail in messages(60, seed=2):
        before = pickle.dumps({**vars(mail), "connection": None})
        first, second = frozen(mail), frozen(mail)
        assert pickle.dumps({**vars(mail), "connection": None}) == before
        assert VOLATILE.sub(b"", first.raw) == VOLATILE.sub(b"", second.raw)
        assert first.recipients == second.recipients


def test_blind_copies_are_delivered_and_never_shown():
    envelope = frozen(message(bcc=["secret@example.com"]))
    blind = Recipient(address="secret@example.com", kind=RecipientKind.BCC)
    assert blind in envelope.recipients
    assert b"secret" not in envelope.raw


def test_a_message_of_blind_copies_only_says_so_in_its_to_header():
    envelope = frozen(message(to=[], bcc=["secret@example.com"]))
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in envelope.raw


def test_an_address_in_several_lists_gets_one_delivery():  # B21
    envelope = frozen(
        message(
            to=["Ann@Example.com", "ann@example.com"],
            cc=["Ann <ann@example.com>", "bo@example.com"],
            bcc=["BO@example.com"],
        )
    )
    assert envelope.recipients == (
        Recipient(address="Ann@example.com", kind=RecipientKind.TO),
        Recipient(address="bo@example.com", kind=RecipientKind.CC),
    )


@pytest.mark.parametrize("count", [51, 10_000])
def test_any_number_of_recipients_is_taken(count):  # B20
    to = [f"r{number}@example.com" for number in range(count)]
    envelope = frozen(message(to=to))
    assert [recipient.address for recipient in envelope.recipients] == to
    header = re.search(rb"^To: (.*?)\r\n(?! )", envelope.raw, re.M | re.S)
    assert b"".join(header[1].split()).decode().split(",") == to
    assert_wire_format(envelope.raw)


@pytest.mark.parametrize("field", ["to", "cc", "bcc", "reply_to"])
@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com\r\nBcc: evil@example.com",  # B03, B04
        "ann@example.com\nevil@example.com",
        "Ann\0 <ann@example.com>",  # B10
        "a@example.com, evil@example.com",  # B13
        "a@example.com; evil@example.com",  # B14
        "friends: a@example.com, b@example.com;",  # B15
        "=?utf-8?q?a=40x.com=2C_evil?= <b@example.com>",  # B16
        "Ann <ann@example.com",  # B17
        "<>",
        "",
        "ann",
        "jörg@example.com",  # B23
        f"{'a' * 65}@example.com",  # B24
        f"a@{'.'.join(['x' * 60] * 5)}",
        None,  # B25
        b"ann@example.com",
        5,
    ],
)
def test_an_address_that_ses_would_refuse_is_refused_by_field(field, address):
    mail = message()
    setattr(mail, field, [address])
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "from_email",
    [
        "a@example.com\r\nBcc: evil@example.com",  # B02
        "a@example.com, b@example.com",  # B18
        "<>",
        " ",
        "Shop",
        b"shop@example.com",
        ["shop@example.com"],
    ],
)
def test_from_is_exactly_one_mailbox(from_email):
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(from_email=from_email))
    assert caught.value.field == "from_email"


def test_no_recipient_at_all_is_an_error_of_the_caller():  # B19
    with pytest.raises(InvalidMessage, match="no recipient") as caught:
        frozen(message(to=[]))
    assert caught.value.field == "to"


def test_a_list_that_is_a_string_is_refused():  # B25
    mail = message()
    mail.to = "ann@example.com"
    with pytest.raises(InvalidMessage, match="must be a list"):
        frozen(mail)


def test_lazy_strings_are_taken_everywhere():  # B25, B31
    envelope = frozen(
        message(
            subject=gettext_lazy("Good morning"),
            body=lazystr("lazy body"),
            from_email=lazystr("Shop <shop@example.com>"),
            to=[lazystr("ann@example.com")],
            headers={"X-Lazy": lazystr("yes"), "X-Number": 5},
        )
    )
    mail = parsed(envelope.raw)
    assert (mail["Subject"], mail["X-Lazy"], mail["X-Number"]) == (
        "Good morning",
        "yes",
        "5",
    )
    assert parts(envelope.raw) == [("text/plain", None, "lazy body")]


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: evil@example.com",  # B01
        "Hello\n",
        "Hello\0",  # B10
        "Hello\x1b[31m",
        "Hello\x7f",
        "Hello \ud83d",  # B11
        "Hello\u2028Bcc: evil@example.com",
        None,
        b"Hello",
    ],
)
def test_a_subject_that_cannot_be_a_header_is_refused(subject):
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(subject=subject))
    assert caught.value.field == "subject"


@pytest.mark.parametrize("subject", ["a" * 20_000, "ü" * 20_000, "ab " * 7_000 + "c"])
def test_a_very_long_subject_is_folded(subject):  # B12
    envelope = frozen(message(subject=subject))
    assert_wire_format(envelope.raw)
    assert parsed(envelope.raw)["Subject"] == subject
    assert envelope.subject == subject[:200]


def test_the_subject_for_display_is_decoded_and_has_no_control_characters():
    envelope = frozen(message(subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=\tan alle"))
    assert envelope.subject == "Grüße an alle"


def test_a_message_over_the_limit_is_refused_with_its_size():  # B26
    with pytest.raises(InvalidMessage, match=r"is \d+ bytes") as caught:
        build(message(body="line\n" * 1000), Defaults(max_message_bytes=2000))
    assert caught.value.field == "size"


def test_the_limit_of_ses_holds_whatever_the_settings_say():  # B26
    mail = message()
    mail.attach("big.bin", bytes(30 * 1024 * 1024), "application/octet-stream")
    with pytest.raises(InvalidMessage, match="at most 41943040"):
        build(mail, Defaults(max_message_bytes=10**9))


def test_sixty_attachments_are_fine_for_ses():  # B26
    mail = message()
    for number in range(60):
        mail.attach(f"{number}.bin", b"PK\3\4", "application/zip")
    assert len(parts(frozen(mail).raw)) == 61


def test_errors_are_both_ours_and_value_errors():
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(to=["nobody"]))
    assert isinstance(caught.value, SeaCucumberError)
    assert isinstance(caught.value, ValueError)


def test_the_header_from_is_the_sender():
    envelope = frozen(message(headers={"From": "Other <other@Example.com>"}))
    assert envelope.sender == "other@example.com"
    assert parsed(envelope.raw)["From"] == "Other <other@Example.com>"


def test_a_copy_of_a_message_is_as_good():
    mail = message(reply_to=["Help <help@example.com>"])
    assert parsed(frozen(copy.copy(mail)).raw)["Reply-To"] == "Help <help@example.com>"


def test_a_plain_email_message_is_taken_too():
    mail = EmailMessage("Hello", "Hi", "a@example.com", ["b@example.com"])
    assert parts(frozen(mail).raw) == [("text/plain", None, "Hi")]


def test_mime_that_was_rendered_elsewhere_is_frozen_too():
    mime = "Subject: Grüße\nBcc: x@example.com\nFrom: a@example.com\n\nHällo\n"
    envelope = from_mime(mime, "a@example.com", ["b@example.com"], Defaults())
    assert_wire_format(envelope.raw)
    assert b"Bcc" not in envelope.raw
    assert [recipient.address for recipient in envelope.recipients] == ["b@example.com"]


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("Subject: x", "From"),  # RFC 5322 3.6
        ("From: a@example.com\nFrom: b@example.com", "From"),
        ("From: a@example.com, b@example.com", "From"),
        ("From: a@example.com\nTo: b@example.com\nTo: c@example.com", "To"),
        ("From: a@example.com\nSubject: a\fb", "Subject"),
        ("From: a@example.com\nX-Note: a\vb", "X-Note"),
        ("From: a@example.com\nSubject: =?utf-8?q?a=0D=0AX:_y?=", "Subject"),
        ("From: a@example.com\nSubject: =? =?utf-8?q?a=0D=0AX:_y?=", "Subject"),
        ("From: a@example.com\nX-Note: a=?x-no?b?DQpCY2M6IGU=?=b", "X-Note"),
    ],
)
def test_mime_from_elsewhere_is_checked_as_send_does(head, field):
    with pytest.raises(InvalidMessage) as caught:
        from_mime(f"{head}\n\nHi\n", "a@example.com", ["b@example.com"], Defaults())
    assert caught.value.field == field


def test_raw_utf8_in_a_subject_from_elsewhere_is_utf8():  # RFC 6532 3.2
    mime = "From: a@example.com\nSubject: café\n\nHi\n"
    envelope = from_mime(mime, "a@example.com", ["b@example.com"], Defaults())
    assert envelope.subject == "café"
    assert b"Subject: =?utf-8?q?caf=C3=A9?=\r\n" in envelope.raw


@pytest.mark.parametrize(
    "name", ["template_id", "merge_data", "merge_global_data", "send_at"]
)
def test_an_attribute_that_would_change_the_mails_meaning_is_refused(name):
    mail = message()
    setattr(mail, name, {"a": "b"})
    with pytest.raises(InvalidMessage, match="no effect") as caught:
        frozen(mail)
    assert caught.value.field == name
    setattr(mail, name, None)
    frozen(mail)


def test_an_unknown_attribute_of_ours_is_refused_with_the_known_ones():
    mail = message()
    mail.cucumber_lanes = "bulk"
    with pytest.raises(InvalidMessage, match="cucumber_lane,") as caught:
        frozen(mail)
    assert caught.value.field == "cucumber_lanes"
