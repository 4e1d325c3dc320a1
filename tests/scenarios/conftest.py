"""A mail room for each scenario, and mail to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.core import mail

from tests.office import MailRoom

OpenMailRoom = Callable[..., MailRoom]


@pytest.fixture
def open_mail_room(transactional_db: None, settings: Any) -> Iterator[OpenMailRoom]:
    """Return a function that starts a mail room; it is closed after the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> MailRoom:
            return stack.enter_context(MailRoom(settings, **options))

        yield start


def send_one_by_one(
    count: int, *, to: Callable[[int], list[str]] | None = None
) -> None:
    """Send numbered messages with one ``send()`` each."""
    for number in range(count):
        recipients = to(number) if to else [f"reader{number}@example.org"]
        mail.EmailMessage(
            f"Message {number}", "Good news.", "post@example.com", recipients
        ).send()
