"""The admin pages. Nothing imports them but Django's autodiscovery."""

from __future__ import annotations

from seacucumber.admin import (
    dashboard,
    dkim_keys,
    events,
    holds,
    identities,
    messages,
    suppression,
)

__all__ = [
    "dashboard",
    "dkim_keys",
    "events",
    "holds",
    "identities",
    "messages",
    "suppression",
]
