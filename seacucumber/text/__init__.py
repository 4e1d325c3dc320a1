"""Words that pages, commands and the log share: of holds and times, safe to show."""

from __future__ import annotations
