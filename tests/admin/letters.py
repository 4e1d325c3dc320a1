"""Messages in the queue as applications write them, and people who look at them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.test import Client

from seacucumber.conf import get_mailer
from seacucumber.enums import MessageState
from seacucumber.envelope import build
from seacucumber.models import Message
from seacucumber.models.queue.enqueue import defaults_of, store
from tests.queue import USING, now_us

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def login(client: Client, *codenames: str, name: str = "ann") -> User:
    """Log in as staff with these permissions of ours, and no other."""
    user = User.objects.create_user(name, f"{name}@example.com", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="seacucumber", codename__in=codenames
        )
    )
    client.force_login(user)
    return user


def letter(**values: Any) -> EmailMultiAlternatives:
    """Return a mail with text, HTML and an attachment."""
    html = values.pop("html", "<p>Hello <b>Bob</b></p>")
    mail = EmailMultiAlternatives(
        **{
            "subject": "Your order",
            "body": "Hello Bob\n",
            "from_email": "Shop <shop@example.com>",
            "to": ["bob@example.org"],
            **values,
        }
    )
    mail.attach_alternative(html, "text/html")
    mail.attach("bill.pdf", b"%PDF-1.4 bill", "application/pdf")
    return mail


def queue(mail: EmailMultiAlternatives | None = None, **values: Any) -> Message:
    """Put a mail into the queue; set what is given on its first message."""
    mailer = get_mailer()
    envelope = build(mail or letter(), defaults_of(mailer))
    with transaction.atomic():
        message = store([envelope], mailer, using=USING)[0][0]
    return change(message, **values) if values else message


def change(message: Message, **values: Any) -> Message:
    """Set columns of a message, as its delivery status would."""
    Message.objects.filter(pk=message.pk).update(**values)
    return Message.objects.get(pk=message.pk)


def sent(mail: EmailMultiAlternatives | None = None, **values: Any) -> Message:
    """Put a mail into the queue that SES has accepted, and whose body is kept."""
    return queue(
        mail,
        **{
            "state": MessageState.SENT,
            "ses_message_id": "0102-abc",
            "attempts": 1,
            "state_at_us": now_us(),
            **values,
        },
    )


def failed(**values: Any) -> Message:
    """Put a mail into the queue that SES has rejected."""
    return queue(
        state=MessageState.FAILED,
        reason="MessageRejected",
        last_error="SES rejected the message for its content.",
        attempts=1,
        state_at_us=now_us(),
        **values,
    )
