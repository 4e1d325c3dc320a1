"""Texts that others wrote, as pages show them."""

from __future__ import annotations

import unicodedata

from django.utils.text import Truncator

_LONGEST = 320  # characters, what an address may have
#: Control, format (the marks of right-to-left writing), surrogates, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def sanitize(text: str, longest: int = _LONGEST) -> str:
    """Return a text that came from elsewhere, less what could disguise it.

    Args:
        longest: How many characters there may be; what is beyond is cut off.
    """
    seen = "".join(
        " " if unicodedata.category(char) in _UNSEEN else char for char in text
    )
    return Truncator(seen).chars(longest)
