"""The tags of a stranger's HTML, told apart in one pass, before a parser builds a tree.

Browsers' parsers repair what is written, and repairing is where little HTML becomes
much work: an attribute is compared with all before it, an unclosed ``<b>`` is opened
again in every paragraph that follows. So what they are given here is closed in order,
without comments and without what is no HTML of a mail, and what would still become
too much is refused before anything is built.
https://html.spec.whatwg.org/multipage/parsing.html
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from seacucumber.admin.preview.html_names import (
    ATTRIBUTES,
    FORMATTING,
    IMPLIED_END,
    OF_BODY,
    RAW_TEXT,
    TABLE_PARTS,
    TAGS,
    VOID,
)

#: More than any newsletter has.
TAGS_MAX = 10_000
#: Of tags inside each other; parsers are quadratic in it.
DEPTH_MAX = 2_000
ATTRIBUTES_MAX = 60_000
#: Of ``&``, which parsers are slow at.
REFERENCES_MAX = 50_000
#: Of one tag; the others are left out.
ATTRIBUTES_OF_TAG_MAX = 64
#: What unclosed formatting could grow to, in characters.
GROWN_MAX = 3_000_000
_LINK_SHOWN = 2000  # characters

_NAME = re.compile(r"[a-zA-Z][^ \t\n\f\r/>]*+")
_BLANK = re.compile(r"[ \t\n\f\r/]*+")
_ATTRIBUTE = re.compile(
    r"([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)"
    r"(?:[ \t\n\f\r]*+(=)[ \t\n\f\r]*+"
    r"""(?:"([^"]*+)"|'([^']*+)'|([^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?))?+"""
)
_COMMENT_END = re.compile(r"--!?>")
_RAW_END = {
    name: re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE) for name in RAW_TEXT
}


class TooMuch(Exception):
    """The HTML would cost more than looking at it is worth."""


@dataclass(slots=True)
class Markup:
    """What is left of a page.

    Args:
        html: Its tags, all closed in order; of each the attributes that are known.
        styles: (media query, style sheet) of each of its style elements, as written.
        body: The attributes of its body, and of its html element, as written.
        is_dark: Whether it says that it has colours for the dark.
    """

    html: str = ""
    styles: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    is_dark: bool = False


def split(source: str) -> Markup:
    """Tell the tags of a page apart.

    Raises:
        TooMuch: if there are too many of them, or they would become too many.
    """
    if source.count("<") > TAGS_MAX or source.count("&") > REFERENCES_MAX:
        raise TooMuch
    return _Splitter(source).run()


class _Splitter:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._attributes_left = ATTRIBUTES_MAX
        self._found = Markup()
        self._body: dict[str, str] = {}
        self._writer = _Writer()

    def run(self) -> Markup:
        source = self._source
        while (begins := source.find("<", self._at)) >= 0:
            self._writer.text(source[self._at : begins])
            self._at = begins + 1
            self._markup()
        self._writer.text(source[self._at :])
        self._found.html = self._writer.close()
        self._found.body = _written(self._body)
        return self._found

    def _markup(self) -> None:
        """Read what begins behind a ``<``, and go behind its end."""
        source = self._source
        closes = source.startswith("/", self._at)
        named = _NAME.match(source, self._at + closes)
        if named:
            self._tag(named, closes=closes)
        elif source.startswith("!--", self._at):
            end = _COMMENT_END.search(source, self._at + 1)
            self._at = end.end() if end else len(source)
        elif source[self._at : self._at + 1] in ("!", "?", "/"):
            end_at = source.find(">", self._at)
            self._at = end_at + 1 if end_at >= 0 else len(source)
        else:
            self._writer.text("&lt;")

    def _tag(self, named: re.Match[str], *, closes: bool) -> None:
        name = named[0].lower()
        self._at = named.end()
        attributes = self._attributes()
        if attributes is None:  # it has no end: browsers drop it
            self._at = len(self._source)
        elif closes:
            self._writer.end(name)
        elif name in RAW_TEXT:
            self._raw_text(name, attributes)
        elif name in ("html", "body"):
            known = {key: attributes[key] for key in attributes if key in OF_BODY}
            self._body = {**known, **self._body}
        elif name == "meta":
            scheme = attributes.get("name", "").lower() == "color-scheme"
            dark = "dark" in attributes.get("content", "").lower()
            self._found.is_dark |= scheme and dark
        elif name in TAGS:
            self._writer.start(name, _written(_known(name, attributes)))

    def _attributes(self) -> dict[str, str] | None:
        """Return a tag's attributes as written; None if the tag has no end."""
        source, found = self._source, dict[str, str]()
        while True:
            self._at = _BLANK.match(source, self._at).end()  # type: ignore[union-attr]
            if source.startswith(">", self._at):
                self._at += 1
                return found
            match = _ATTRIBUTE.match(source, self._at)
            if match is None:
                return None
            self._at = match.end()
            quoted, single, bare = match[3], match[4], match[5]
            value = quoted or single or bare or ""
            if match[2] and not value and source[self._at : self._at + 1] in ('"', "'"):
                return None
            self._attributes_left -= 1
            if self._attributes_left < 0:
                raise TooMuch
            if len(found) < ATTRIBUTES_OF_TAG_MAX:
                found.setdefault(match[1].lower(), value.replace('"', "&quot;"))

    def _raw_text(self, name: str, attributes: dict[str, str]) -> None:
        source = self._source
        end = _RAW_END[name].search(source, self._at)
        text = source[self._at : end.start() if end else len(source)]
        self._at = end.start() if end else len(source)
        if name == "style":
            self._found.styles.append((attributes.get("media", ""), text))


class _Writer:
    """Writes tags so that each is closed by its own, the innermost first."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._open: list[str] = []
        #: How many of each are open, in the page, in a table, in a cell of it, ...
        self._scopes: list[Counter[str]] = [Counter()]
        self._openers: list[str] = [""]
        #: The length of the tags that a parser would open again.
        self._formatting: list[int] = []
        self._grown = 0

    def text(self, text: str) -> None:
        self._written.append(text)

    def start(self, name: str, attributes: str) -> None:
        self._count()
        self._written.append(f"<{name}{attributes}>")
        if name in VOID:
            return
        self._open.append(name)
        if len(self._open) > DEPTH_MAX:
            raise TooMuch
        self._scopes[-1][name] += 1
        if name in FORMATTING:
            self._formatting.append(len(name) + len(attributes) + 16)
        if name in ("table", "td", "th", "caption"):
            self._scopes.append(Counter())
            self._openers.append(name)

    def end(self, name: str) -> None:
        self._count()
        if self._reaches(name):
            while self._open[-1] != name:
                self._close_innermost(implied=True)
            self._close_innermost()

    def close(self) -> str:
        while self._open:
            self._close_innermost(implied=True)
        return "".join(self._written)

    def _reaches(self, name: str) -> bool:
        """Tell whether an end tag closes something: never beyond its cell or table."""
        if self._scopes[-1][name]:
            return True
        if name not in TABLE_PARTS or len(self._scopes) < 2:
            return False
        if self._openers[-1] == "table":
            return name == "table"
        # In a cell: the cell, its row, its table.
        return bool(self._scopes[-2][name]) or (
            name == "table" and self._openers[-2] == "table"
        )

    def _close_innermost(self, *, implied: bool = False) -> None:
        name = self._open.pop()
        if len(self._openers) > 1 and self._openers[-1] == name:
            self._scopes.pop()
            self._openers.pop()
        self._scopes[-1][name] -= 1
        if name in FORMATTING:
            self._formatting.pop()
        # An end that is implied and written nevertheless would open an empty <p>.
        if not (implied and name in IMPLIED_END):
            self._written.append(f"</{name}>")

    def _count(self) -> None:
        self._grown += sum(self._formatting)
        if self._grown > GROWN_MAX:
            raise TooMuch


def _known(name: str, attributes: dict[str, str]) -> dict[str, str]:
    known = {key: attributes[key] for key in attributes if key in ATTRIBUTES}
    if name == "a" and attributes.get("href"):
        known["title"] = attributes["href"][:_LINK_SHOWN]
    return known


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes.items())
