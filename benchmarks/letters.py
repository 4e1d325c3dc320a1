"""The mail that everybody sends: multipart/alternative, 2 KB as MIME."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.mail import EmailMultiAlternatives, send_mail

#: The local SES has verified it; mail from the other one is signed, too.
DOMAIN = "example.com"
SIGNED_DOMAIN = "signed.example.com"

_LINE = "Your order has left our warehouse and will be with you in two days.\n"
_TEXT = "Dear customer,\n\n" + _LINE * 7 + "\nThe post room\n"
_HTML = (
    "<html><body><p>Dear customer,</p>\n"
    + f"<p>{_LINE}</p>\n" * 12
    + "<p>The post room</p></body></html>\n"
)


def compose(count: int, domain: str = DOMAIN) -> Iterator[EmailMultiAlternatives]:
    """Yield so many messages, each to somebody else."""
    for number in range(count):
        message = EmailMultiAlternatives(
            f"Your order {number} is on its way",
            _TEXT,
            f"Post Room <post@{domain}>",
            [f"customer{number}@example.org"],
        )
        message.attach_alternative(_HTML, "text/html")
        yield message


def send_singly(count: int, domain: str = DOMAIN) -> None:
    """Send so many messages as a view does: one `send_mail` each."""
    for number in range(count):
        send_mail(
            f"Your order {number} is on its way",
            _TEXT,
            f"Post Room <post@{domain}>",
            [f"customer{number}@example.org"],
            html_message=_HTML,
        )
