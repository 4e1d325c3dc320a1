"""Whether this Python writes line breaks that a decoded header held."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register

#: One printable line; decoded it is two.
_TWO_LINES = "=?utf-8?q?a=0D=0AX-Forged:_b?="


@register(Tags.security, deploy=True)
def check_python(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Text of a stranger adds no header (CVE-2024-6923).

    Python is tried, not its number looked at: distributions mend older ones. Mail that
    this package queues is not concerned, so that only ``check --deploy`` tells.
    """
    if not forges_headers():
        return []
    return [
        Warning(
            f"Python {platform.python_version()} writes line breaks that an"
            " encoded-word in a header held (CVE-2024-6923). Mail through Sea Cucumber"
            " is checked before it is queued; mail of this project that leaves by"
            " another way is not.",
            hint="Use Python 3.11.10, 3.12.5 or 3.13, or newer, or one that your"
            " distribution has mended.",
            id="seacucumber.W032",
        )
    ]


def forges_headers() -> bool:
    """Return whether a header's decoded line break begins another header."""
    probe = EmailMessage()
    try:
        probe["Subject"] = _TWO_LINES
        written = probe.as_bytes()
    except (MessageError, ValueError):
        # Refused, by name: email.errors.HeaderWriteError, where Python has it.
        return False
    return "X-Forged" in message_from_bytes(written)
