"""Looking into messages: nothing in them runs, fetches, leads anywhere or lies."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from seacucumber.admin.preview import mime
from seacucumber.admin.preview.mime import read, safe_name
from seacucumber.models import BodyChunk, Message
from tests.admin.letters import PNG, letter, login, queue, sent
from tests.queue import drain, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses", "wakeups")]

IMAGE = re.compile(r'src="(/admin/[^"]*/image/[^"]*)"')
LIST = "/admin/seacucumber/message/"


@pytest.fixture
def reader(client: Client) -> Client:
    """Somebody who may read bodies, and nothing else."""
    login(client, "view_message", "view_body")
    return client


def body(message: Message, part: str = "") -> str:
    return f"{LIST}{message.pk}/body/{part}"


def html_of(reader: Client, html: str, **values: Any) -> str:
    message = sent(letter(html=html, **values))
    answer = reader.get(body(message, "html/"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_preview_has_headers_text_frame_and_attachments(reader: Client) -> None:
    message = sent()
    text = reader.get(body(message)).content.decode()
    for words in ("Hello Bob", "Your order", "shop@example.com", "bill.pdf"):
        assert words in text
    assert '<iframe class="cm-frame" sandbox="" referrerpolicy="no-referrer"' in text
    assert f'src="{body(message, "html/")}"' in text
    assert "<b>Bob</b>" not in text


def test_the_page_lets_its_frame_go_nowhere_else(reader: Client) -> None:
    """CSP 3, 6.1.5: what a click in the frame leads to is under the page's policy."""
    text = reader.get(body(sent())).content.decode()
    head = text[: text.index("</head>")]
    policy = '<meta http-equiv="Content-Security-Policy" content="frame-src \'self\'">'
    assert policy in head


def test_the_frame_may_do_nothing_and_is_kept_nowhere(reader: Client) -> None:
    answer = reader.get(body(sent(), "html/"))
    policy = answer["Content-Security-Policy"].split("; ")
    assert policy[:4] == [
        "sandbox",
        "default-src 'none'",
        "img-src 'self' data:",
        "style-src 'unsafe-inline'",
    ]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "<b>Bob</b>" in answer.content.decode()


def test_who_reads_a_body_is_written_down_once_for_each_view(reader: Client) -> None:
    message = sent()

    reader.get(body(message))
    reader.get(body(message, "html/"))

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (
        str(message.pk),
        "Read its body.",
    )
    for private in ("bob", "Your order", "shop@example.com", "Hello"):
        assert private not in f"{entry.object_repr} {entry.change_message}"


@pytest.mark.parametrize("part", ["html/", "source/", "part/{number}/"])
def test_the_parts_of_a_body_are_not_read_unnoticed(reader: Client, part: str) -> None:
    message = sent()
    raw = BodyChunk.objects.of([message.pk])[message.pk]
    number = read(raw).attachments[0].number

    answer = reader.get(body(message, part.format(number=number)))

    assert answer.status_code == 200
    assert LogEntry.objects.get().change_message == "Read its body."


def test_what_could_not_be_read_is_not_written_down(reader: Client) -> None:
    message = sent()
    BodyChunk.objects.all().delete()

    assert reader.get(body(message)).status_code == 200
    assert reader.get(body(message, "source/")).status_code == 404
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("html", "gone"),
    [
        ("<p>Hi</p><script>alert(1)</script>", "alert"),
        ("<p>Hi</p><SCRIPT src=//evil.example/x.js></SCRIPT>", "evil.example"),
        ('<p onclick="alert(1)">Hi</p>', "alert"),
        ('<p>Hi</p><meta http-equiv="refresh" content="0;url=//evil">', "evil"),
        ('<p>Hi</p><base href="//evil.example/">', "evil"),
        ('<p>Hi</p><link rel="stylesheet" href="//evil.example/x.css">', "evil"),
        ('<p>Hi</p><iframe src="//evil.example/">evil</iframe>', "evil"),
        ('<p>Hi</p><object data="//evil.example/">evil</object>', "evil"),
        ('<form action="//evil.example/"><p>Hi</p></form>', "action="),
        ('<p>Hi</p><svg><a xlink:href="javascript:alert(1)">x</a></svg>', "xlink"),
    ],
)
def test_what_could_run_or_lead_away_is_taken_out(
    reader: Client, html: str, gone: str
) -> None:
    text = html_of(reader, html)
    assert "Hi</p>" in text
    assert gone not in text.lower()


def test_links_lead_nowhere_and_tell_where_they_would(reader: Client) -> None:
    html = '<a href="https://shop.example/?a=1&amp;b=2" target="_self" title="x">Go</a>'
    text = html_of(reader, html)
    assert '<a title="https://shop.example/?a=1&amp;b=2">Go</a>' in text
    assert "href" not in text


def with_image(html: str, kind: str, data: bytes) -> Message:
    """Return a message whose HTML can refer to an image as cid:logo."""
    raw = (
        'Content-Type: multipart/related; boundary="x"\r\n\r\n'
        f"--x\r\nContent-Type: text/html\r\n\r\n{html}\r\n"
        f"--x\r\nContent-Type: {kind}\r\nContent-ID: <logo>\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
        f"{b64encode(data).decode()}\r\n--x--\r\n"
    )
    message = sent()
    BodyChunk.objects.filter(message=message).update(data=raw.encode())
    return message


def test_images_of_the_message_are_shown_and_remote_ones_are_not(
    reader: Client,
) -> None:
    html = (
        '<body background="https://track.example/b.png"><img alt="Logo" src="cid:logo">'
        '<img alt="Spy" src="https://track.example/x.png"></body>'
    )
    message = with_image(html, "image/png", PNG)
    text = reader.get(body(message, "html/")).content.decode()
    assert '<img alt="Spy">' in text
    assert "track.example" not in text
    [address] = IMAGE.findall(text)
    answer = reader.get(address)
    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_image_is_for_the_one_who_looks_and_for_that_message(
    reader: Client, client: Client, settings: Any
) -> None:
    """The frame has no cookies, so its address says who looks."""
    message = with_image('<img src="cid:logo">', "image/png", PNG)
    [address] = IMAGE.findall(reader.get(body(message, "html/")).content.decode())
    stranger = Client()
    assert stranger.get(address).content == PNG
    assert stranger.get(body(message, "html/")).status_code == 302
    assert stranger.get(address.partition("?")[0]).status_code == 302
    other = with_image('<img src="cid:logo">', "image/png", PNG)
    moved = address.replace(f"/{message.pk}/", f"/{other.pk}/")
    assert stranger.get(moved).status_code == 302
    User.objects.get().user_permissions.filter(codename="view_body").delete()
    assert stranger.get(address).status_code == 403
    settings.SECRET_KEY = "another"
    assert stranger.get(address).status_code == 302


def test_one_image_used_often_makes_no_long_page(reader: Client) -> None:
    message = with_image('<img src="cid:logo">' * 400, "image/png", PNG * 30_000)
    text = reader.get(body(message, "html/")).content.decode()
    assert text.count("<img") == 400
    assert len(text) < 100_000


def test_an_svg_is_never_shown_inline(reader: Client) -> None:
    svg = b"<svg onload='alert(1)'/>"
    message = with_image('<img src="cid:logo">', "image/svg+xml", svg)
    text = reader.get(body(message, "html/")).content.decode()
    assert "data:image/svg" not in text


def test_a_quote_in_an_attribute_does_not_end_it(reader: Client) -> None:
    text = html_of(reader, "<p title='a\"><script>x'>Hi</p><a href='\"><b'>x</a>")
    assert "<script" not in text
    assert "<b" not in text.replace("<body", "")


def test_an_attachment_is_saved_and_never_opened(reader: Client) -> None:
    mail = letter()
    mail.attach("page.html", "<script>alert(1)</script>", "text/html")
    message = sent(mail)
    answer = reader.get(body(message, "part/3/"))
    assert answer.content.strip() == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert reader.get(body(message, "part/99/")).status_code == 404


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\x\\y.exe", "C_x_y.exe"),
        ("bill\u202efdp.exe", "bill fdp.exe"),
        ("a\r\nX-Evil: 1", "a  X-Evil_ 1"),
        ('a";filename=b', "a_filename=b"),
        ("", "part-7.bin"),
        ("...", "part-7.bin"),
        ("Größe.pdf", "Größe.pdf"),
    ],
)
def test_names_of_files_lead_nowhere_and_disguise_nothing(name: str, safe: str) -> None:
    assert safe_name(name, 7) == safe


def test_a_long_name_keeps_its_suffix() -> None:
    name = safe_name("a" * 5000 + ".pdf", 1)
    assert len(name) == 100
    assert name.endswith(".pdf")


def test_the_source_is_what_the_queue_has(reader: Client) -> None:
    message = sent()
    answer = reader.get(body(message, "source/"))
    assert answer.content == BodyChunk.objects.of([message.pk])[message.pk]
    assert f'filename="{message.uid}.eml"' in answer["Content-Disposition"]
    assert answer["Content-Type"] == "application/octet-stream"


def test_each_part_of_a_mail_to_many_shows_the_one_body(reader: Client) -> None:
    put(recipients=60)
    second = Message.objects.latest("id")
    assert second.body_of_id is not None
    assert "Hello Ann" in reader.get(body(second)).content.decode()


def test_a_body_that_is_gone_is_explained_on_every_page(reader: Client) -> None:
    message = put()
    drain()
    text = reader.get(body(message)).content.decode()
    assert "CUCUMBER_RETENTION_BODIES is 0" in text
    for part in ("html/", "source/", "part/0/"):
        assert reader.get(body(message, part)).status_code == 404


def test_text_in_a_body_shows_as_text(reader: Client) -> None:
    mail = letter(body="<script>alert(1)</script> \u202eevil\u2066\n" + "x" * 200_000)
    text = reader.get(body(queue(mail))).content.decode()
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "The end of the text: the first 100,000 characters are shown." in text
    assert len(text) < 150_000


def test_html_that_is_too_long_is_not_shown(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mime, "HTML_SHOWN", 10)
    message = sent()
    assert "The HTML: it has more than" in reader.get(body(message)).content.decode()
    assert reader.get(body(message, "html/")).status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nHi\xff\r\n",
        b"Content-Type: text/html; charset=hex\r\n\r\n<p>Hi\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x--\r\n",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n",
        b"Subject: =?utf-8?b?!!!?= =?klingon?q?x?=\r\n\r\nHi\r\n",
        b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nHi\r\n",
        b"\xff\xfe: \x00\r\n\r\n\x00\r\n",
    ],
)
def test_a_broken_message_breaks_no_page(reader: Client, raw: bytes) -> None:
    message = sent()
    read(raw)
    BodyChunk.objects.filter(message=message).update(data=raw or b"\r\n")
    assert reader.get(body(message)).status_code == 200
    assert reader.get(body(message, "html/")).status_code in (200, 404)
    assert reader.get(body(message, "part/0/")).status_code in (200, 404)


def test_multiparts_in_multiparts_have_an_end(reader: Client) -> None:
    raw = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(5000)
    )
    message = sent()
    BodyChunk.objects.filter(message=message).update(data=raw + b"\r\nHi\r\n")
    text = reader.get(body(message)).content.decode()
    assert "Parts inside parts: 20 levels are looked at." in text
    assert "Parts: the first" not in text


def test_what_is_left_out_is_said(reader: Client) -> None:
    part = b"--x\r\nContent-Type: image/png\r\n\r\nx\r\n"
    head = b"X-A: b\r\n" * 100 + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    message = sent()
    BodyChunk.objects.filter(message=message).update(data=head + part * 300)
    text = reader.get(body(message)).content.decode()
    assert "Not all of it is shown." in text
    assert "Headers: the first 60 are shown" in text
    assert "Parts: the first 200 are looked at." in text
    assert "Parts inside parts" not in text
    assert text.count("image/png") == 200


def test_html_that_would_cost_too_much_and_long_headers_of_parts_are_said(
    reader: Client,
) -> None:
    message = sent()
    raw = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        + b"X-Long: %s\r\n" % (b"a" * 9000)
        + b"\r\n--x\r\nContent-Type: text/html\r\n\r\n"
        + b"<p>" * 20_000
    )
    BodyChunk.objects.filter(message=message).update(data=raw)
    text = reader.get(body(message)).content.decode()
    assert "The HTML: it is so intricate" in text
    assert "Headers of parts: of each part 8 KB are read" in text


def test_nothing_is_said_to_be_left_out_where_all_is_shown(reader: Client) -> None:
    assert "Not all of it is shown" not in (reader.get(body(sent())).content.decode())


#: What headers and parts are made of, and what breaks their readers.
WHOLE = (
    b"From: a@b.example\r\nSubject: =?utf-8?q?x?=\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\naGk=\r\n--b\r\n"
    b"Content-Type: text/html; charset*=utf-8''x; name*0*=a''b; name*1=c\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%41\r\n"
    b"Content-ID: <x>\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>x=41\r\n--b--\r\n"
)
PIECES = (
    *(b"=?", b"?=", b"?q?", b"?b?", b"*0*", b"*0", b"*=", b"''", b"%", b"\r\n"),
    *(b"\n", b"\r", b"\0", b"\xff", b"\x80", b'"', b";", b"--b", b"charset="),
    *(b"x-uuencode", b"begin 6 a\n", b"idna", b"punycode", b"undefined", b"utf-16"),
    *(b"utf-7", b"hex", b"(", b")", b"\\", b"multipart/", b"message/rfc822", b"="),
    *(b"Content-Type: ", b"Content-Transfer-Encoding: x-uuencode\r\n", b"filename"),
    *(b"filename*1", b"\xc3\xa9", b" ", b"\t", b"\x1c", b"Content-ID: \xff\r\n"),
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(WHOLE)),
            st.sampled_from((0, 0, 1, 3, 10)),
            st.sampled_from(PIECES),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_reading_never_raises(changes: list[tuple[int, int, bytes]]) -> None:
    raw = bytearray(WHOLE)
    for at, length, piece in changes:
        raw[at : at + length] = piece
    read(bytes(raw))


@pytest.mark.parametrize(
    "raw",
    [
        # Continuations with and without a number (RFC 2231).
        b"Content-Type: text/plain; a*=x; a*0*=''b; charset=c\r\n\r\nHi",
        b"Content-Type: text/plain; charset*0*=a'b'c\r\n\r\nHi",
        b"Content-Type: multipart/mixed; boundary*=utf-8''%C3%A9\r\n\r\n--\xc3\xa9",
        b"Content-Type: multipart/mixed; boundary*=utf-8''%FF\r\n\r\n--\xff",
        b"Content-Type: text/plain; charset*=u''x\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\naGk=",
    ],
)
def test_parameters_in_pieces_are_no_traps(raw: bytes) -> None:
    contents = read(raw)
    assert contents.text or contents.attachments


def test_who_may_not_read_bodies_sees_no_way_to_them(client: Client) -> None:
    login(client, "view_message")
    message = sent()
    for part in ("", "html/", "source/", "part/2/"):
        assert client.get(body(message, part)).status_code == 403
    text = client.get(f"{LIST}{message.pk}/change/").content.decode()
    assert "/body/" not in text
