"""Amazon SES itself: accounts, identities, limits, and what becomes of a message."""

from __future__ import annotations
