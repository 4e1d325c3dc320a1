"""The guard hears of every bounce and complaint, and looks at once."""

from __future__ import annotations

import time
from typing import Any

from seacucumber import signals
from seacucumber.conf import get_mailer_or_default
from seacucumber.guard.enforcement import review

#: One look at an account in this time is enough; the periodic task has the last one.
LOOK_EVERY_S = 0.5

_looked_s: dict[str, float] = {}


def connect() -> None:
    """Listen to what comes in."""
    for signal in (signals.bounced, signals.complained):
        signal.connect(_on_harm, dispatch_uid="seacucumber.guard")


def _on_harm(message: Any, **kwargs: Any) -> None:
    if message is None:
        return
    mailer = get_mailer_or_default(message.mailer)
    now_s = time.monotonic()
    if now_s - _looked_s.get(mailer.pace_key, float("-inf")) < LOOK_EVERY_S:
        return
    _looked_s[mailer.pace_key] = now_s
    review(mailer.alias)
