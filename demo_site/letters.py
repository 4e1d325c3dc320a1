"""The mail that a demo run sends, each of them the way a project would send it."""

from __future__ import annotations

import base64
import email.message
from collections.abc import Sequence
from email.mime.image import MIMEImage
from typing import Any

import django
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives

READERS = 200

#: A 16 x 16 picture of the sea, as PNG.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAABlBMVEUAVX8AqtSzngsQAAAAFUlEQVR4"
    "nGMIDWVAQ///M6xahYsEAJmkFJej6bqyAAAAAElFTkSuQmCC"
)


def newsletter() -> list[EmailMessage]:
    """Return an HTML newsletter, one mail for each reader, in the bulk lane."""
    return [_issue(f"reader{number:03d}@readers.example") for number in range(READERS)]


def rich_letter() -> EmailMessage:
    """Return a mail with everything in it that breaks mail systems."""
    letter = EmailMultiAlternatives(
        subject="Grüße aus der Tiefe: Rechnung № 7 🌊",
        body="Guten Tag, Jürgen!\n\nIm Anhang die Rechnung über 1.234,50 €.\n",
        from_email='"Seegurke, Zoë" <rechnung@demo.example>',
        to=['"Müller, Jürgen" <juergen@bücher.example>'],
        cc=["Łucja Żółć <lucja@example.com>"],
        bcc=["archiv@example.com"],
        reply_to=["Zoë <zoe@demo.example>"],
    )
    letter.attach_alternative(
        "<p>Guten Tag, Jürgen!</p><p><img src='cid:sea' alt='Meer'></p>"
        "<p>Im Anhang die Rechnung über 1.234,50 €.</p>",
        "text/html",
    )
    letter.attach(_inline(PICTURE, content_id="sea", name="meer.png"))
    letter.attach(
        "Rechnung Nº 7 für Müller.csv", "Posten;€\nGurke;1234,50\n", "text/csv"
    )
    return letter


def simulated(outcome: str) -> EmailMessage:
    """Return a mail to one of Amazon's simulator addresses.

    Args:
        outcome: ``bounce`` or ``complaint``.
    """
    return EmailMessage(
        subject=f"A mail that ends in a {outcome}",
        body="Amazon SES accepts this mail and then reports what became of it.\n",
        to=[f"{outcome}@simulator.amazonses.com"],
    )


def send_all(letters: Sequence[EmailMessage]) -> int:
    """Send many mails in one call and return how many were accepted."""
    if django.VERSION >= (6, 1):
        mailer: Any = mail.mailers.default
    else:
        mailer = mail.get_connection()
    count: int = mailer.send_messages(letters)
    return count


def _issue(address: str) -> EmailMessage:
    issue = EmailMultiAlternatives(
        subject="Tide tables for November",
        body="High water at noon.\n\nUnsubscribe: https://demo.example/unsubscribe\n",
        from_email="The Reef Reader <news@demo.example>",
        to=[address],
        headers={
            "X-Cucumber-Lane": "bulk",
            "List-Unsubscribe": "<https://demo.example/unsubscribe>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    issue.attach_alternative(
        "<h1>Tide tables</h1><p>High water at <b>noon</b>.</p>"
        "<p><a href='https://demo.example/unsubscribe'>Unsubscribe</a></p>",
        "text/html",
    )
    return issue


def _inline(picture: bytes, *, content_id: str, name: str) -> Any:
    """Return an inline image in the form that this Django attaches."""
    if django.VERSION < (6, 0):
        legacy = MIMEImage(picture, "png")
        legacy.add_header("Content-ID", f"<{content_id}>")
        legacy.add_header("Content-Disposition", "inline", filename=name)
        return legacy
    part = email.message.MIMEPart()
    part.set_content(
        picture,
        maintype="image",
        subtype="png",
        disposition="inline",
        filename=name,
        cid=f"<{content_id}>",
    )
    return part
