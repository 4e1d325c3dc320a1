"""Style sheets of strangers, without what would fetch something."""

from __future__ import annotations

import re
from collections.abc import Callable

#: An escape that spells a letter or a digit: nobody needs it but to hide a word.
_ESCAPED_LETTER = re.compile(
    r"\\(?:0{0,4}(3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])(?:\r\n|[ \t\n\f\r])?"
    r"(?![0-9a-f])|([g-z]))",
    re.IGNORECASE,
)
#: Functions that take an address, and those in which a bare string is one.
_FETCHING = re.compile(
    r"(?:url|src|(?:-[a-z]+-)?(?:image-set|image|cross-fade))\(", re.IGNORECASE
)
_ARGUMENT = re.compile(r"""\s*+(?:"([^"]*+)"|'([^']*+)'|([^)]*+))[^)]*+\)?+""")
_IMPORT = re.compile(r"@import\b[^;]*+;?+", re.IGNORECASE)
_LINK = re.compile(r":(?:any-)?link\b", re.IGNORECASE)


def without_sources(css: str, image: Callable[[str], str]) -> str:
    """Return a style sheet, or a style attribute, that fetches nothing.

    Args:
        image: Returns the address of an image of the mail by its ``cid:`` address, or
            an empty text.
    """
    css = _ESCAPED_LETTER.sub(_letter, css)
    css = _IMPORT.sub("", css)
    first, *others = _FETCHING.split(css)
    return first + "".join(_replaced(part, image) for part in others)


def as_element(css: str) -> str:
    """Return a style sheet so that it cannot end the element that it stands in.

    Links have no address any more, which is what ``:link`` asks for; their title has.
    """
    return _LINK.sub("[title]", css).replace("</", "<\\/")


def _letter(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[2]


def _replaced(part: str, image: Callable[[str], str]) -> str:
    """Return what follows a fetching function's bracket, without its argument."""
    argument = _ARGUMENT.match(part)
    if argument is None:
        return "none"
    address = (argument[1] or argument[2] or argument[3] or "").strip()
    shown = image(address) if address.lower().startswith("cid:") else ""
    return (f'url("{shown}")' if shown else "none") + part[argument.end() :]
