"""Texts that others wrote, as pages show them."""

from __future__ import annotations

import unicodedata

from django.utils.text import Truncator

_LONGEST = 320  # characters, what an address may have
#: Control, format (the marks of right-to-left writing), surrogates, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def shown(text: str) -> str:
    """Return a text that came from elsewhere without what could disguise it."""
    seen = "".join(
        " " if unicodedata.category(char) in _UNSEEN else char for char in text
    )
    return Truncator(seen).chars(_LONGEST)
