"""Five hundred messages of all shapes that Django can make, the same in each run."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage as Mime
from functools import cache

from django.core.mail import EmailMessage, EmailMultiAlternatives

from tests.envelope import frozen
from tests.envelope.corpus import inline_image, messages

COUNT = 500
_SENDER = "Shop <shop@example.com>"
_BODIES = (
    "",
    " ",
    "\n",
    "\n\n\n",
    "\r\n\r\n",
    "Hello",
    "Hello ",
    "Hello \t",
    "Hello\n",
    "Hello \n",
    "Hello\r\nAnn\r\n",
    "Hello\r\n\r\n\r\n",
    "one\ntwo\r\nthree\rfour",
    "\n\n leading",
    "a  b\t\tc   \n",
    " " * 997,
    "x" * 998,
    "x" * 5000,
    ("word " * 300).strip(),
    ".\n..\nFrom here\n",
    "naïve ",
    "日本語\n\n",
    "🐙" * 400,
    "=20\n=3D\n",
    "DKIM-Signature: v=1; a=rsa-sha256\n\n",
    "\x0b\x0c\n",
)
_UNUSUAL = (
    {"List-Unsubscribe": "<https://example.com/u?" + "a" * 300 + ">"},
    {
        "List-Unsubscribe": "<https://example.com/u>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": "News <news.example.com>",
    },
    {
        "In-Reply-To": "<1@example.com>",
        "References": " ".join(["<1@example.com>"] * 40),
    },
    {"Feedback-ID": "spring:news:shop:example"},
    {"X-Empty": ""},
    {"X-Blanks": "a   b \t c"},
    {"Comments": "b=1; bh=2"},
    {"Sender": "post@example.com"},
)


@cache
def raws() -> tuple[bytes, ...]:
    """Return the messages as they are frozen before they are signed."""
    special = [frozen(mail).raw for mail in _special()]
    ordinary = (frozen(mail).raw for mail in messages(COUNT - len(special), seed=77))
    return (*special, *ordinary)


def _special() -> Iterator[EmailMessage]:
    for body in _BODIES:
        yield _mail(body)
        alternative = _mail(body)
        alternative.attach_alternative(f"<p>{body}</p>", "text/html")
        yield alternative
        attached = _mail(body)
        attached.attach("a.txt", body, "text/plain")
        attached.attach("b.bin", body.encode() + b"\r\n \n\n", "application/pdf")
        yield attached
    for headers in _UNUSUAL:
        yield _mail("Hello\n", headers=headers)
    yield _mail("Hello\n", to=[], bcc=["ann@example.org"])
    yield _mail("Hello\n", subject="")
    yield _mail("Hello\n", subject="größer " * 60)
    yield from _with_mime()


def _with_mime() -> Iterator[EmailMessage]:
    forwarded = Mime()
    forwarded["From"], forwarded["Subject"] = "a@example.net", "Look "
    forwarded["DKIM-Signature"] = "v=1; a=rsa-sha256; d=example.net"
    forwarded.set_content("inner \n\n\n")
    with_message = _mail("See below.")
    with_message.attach("mail.eml", forwarded.as_string(), "message/rfc822")
    yield with_message
    with_part = _mail("See below.")
    with_part.attach(inline_image())
    yield with_part
    html_only = _mail("<p>Hello</p> ")
    html_only.content_subtype = "html"
    yield html_only
    latin = _mail("Größe \n")
    latin.encoding = "iso-8859-1"
    yield latin


def _mail(body: str, **fields: object) -> EmailMultiAlternatives:
    given = {"subject": "Hello", "from_email": _SENDER, "to": ["ann@example.org"]}
    return EmailMultiAlternatives(body=body, **{**given, **fields})  # type: ignore[arg-type]
