"""Messages as projects send them, the same ones in each run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from email.message import MIMEPart
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from typing import Any

import django
from django.core.mail import EmailMessage, EmailMultiAlternatives

WORDS = (
    *("order", "shipped", "invoice", "meeting", "tomorrow", "your", "the", "a"),
    *("password", "100%", "C&A", "(urgent)", "[team]", "#1", "a=b", "what?", "it's"),
)
FOREIGN = (
    *("Bücher", "größer", "naïve", "Ελλάδα", "Привет", "日本語", "€100", "señor"),
    *("🐙", "Ödön"),
)
NAMES = ("Ann", "Ann Example", '"Doe, John"', "Jörg Müller", "O'Neil", "日本 太郎", "")
HEADERS = ("X-Campaign", "Comments", "X-Note", "Organization")

#: Both, so that two renderings of a message have nothing of their own.
FIXED = {
    "Date": "Tue, 24 Nov 2026 04:00:00 +0000",
    "Message-ID": "<1234@example.com>",
}


def messages(count: int, *, seed: int = 1) -> Iterator[EmailMessage]:
    """Yield messages that differ in everything a project may vary."""
    for index in range(count):
        yield _message(random.Random(f"{seed}/{index}"))


def _message(rng: random.Random) -> EmailMessage:
    message = EmailMultiAlternatives(
        subject=_subject(rng),
        body=_text(rng),
        from_email=_mailbox(rng, 0),
        to=[_mailbox(rng, n) for n in range(rng.choice((1, 1, 1, 2, 5, 40)))],
        cc=[_mailbox(rng, 100 + n) for n in range(rng.choice((0, 0, 1, 3)))],
        bcc=[_mailbox(rng, 200 + n) for n in range(rng.choice((0, 0, 2)))],
        reply_to=[_mailbox(rng, 300 + n) for n in range(rng.choice((0, 0, 1, 2)))],
        headers={**FIXED, **{name: _subject(rng) for name in _some(rng, HEADERS)}},
    )
    if rng.random() < 0.6:
        message.attach_alternative(f"<p>{_text(rng)}</p>", "text/html")
    for _ in range(rng.choice((0, 0, 0, 1, 3))):
        message.attach(*_attachment(rng))
    if rng.random() < 0.1:
        message.attach(inline_image())
    return message


def _subject(rng: random.Random) -> str:
    words = WORDS if rng.random() < 0.6 else [*WORDS, *FOREIGN]
    text = " ".join(rng.choices(words, k=rng.choice((1, 3, 5, 30, 90))))
    return text + " " + "x" * 120 if rng.random() < 0.1 else text


def _text(rng: random.Random) -> str:
    words = WORDS if rng.random() < 0.6 else [*WORDS, *FOREIGN]
    lines = [
        " ".join(rng.choices(words, k=rng.choice((0, 1, 8, 10, 300))))
        for _ in range(rng.choice((0, 1, 4, 30)))
    ]
    lines += _some(rng, (".", "From here", "--", "\ttab", " ", "a" * 1500))
    rng.shuffle(lines)
    return rng.choice(("\n", "\n", "\r\n")).join(lines) + rng.choice(("", "\n"))


def _mailbox(rng: random.Random, number: int) -> str:
    domain = rng.choice(("example.com", "mail.Example.org", "a-b.example"))
    address = f"{rng.choice(('ann', 'joe.doe', 'x+tag', 'A_b'))}{number}@{domain}"
    name = rng.choice(NAMES)
    return f"{name} <{address}>" if name else address


def _attachment(rng: random.Random) -> tuple[str, Any, str]:
    name = rng.choice(("report.pdf", "a b (1).txt", "größe.csv", "y" * 100 + ".bin"))
    if rng.random() < 0.4:
        return name, _text(rng), rng.choice(("text/plain", "text/csv"))
    return name, rng.randbytes(rng.choice((0, 10, 5000))), "application/octet-stream"


def _some(rng: random.Random, values: Any) -> list[Any]:
    return [value for value in values if rng.random() < 0.2]


def inline_image() -> Any:
    """Return an image that HTML shows by its Content-ID, as each Django wants it."""
    part: MIMEBase | MIMEPart
    if django.VERSION >= (6, 0):
        part = MIMEPart()
        part.set_content(
            b"\x89PNG\r\n\x1a\n", "image", "png", disposition="inline", cid="<logo>"
        )
        return part
    part = MIMEImage(b"\x89PNG\r\n\x1a\n", "png")
    part.add_header("Content-ID", "<logo>")
    part.add_header("Content-Disposition", "inline")
    return part
