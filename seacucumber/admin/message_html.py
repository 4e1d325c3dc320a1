"""HTML of a message, made inert: nothing in it leads anywhere or fetches anything.

The browser enforces that (a sandbox and a policy without sources); what is taken out
here would only invite to click on what does nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser

#: Elements that are left out with what is in them.
_DROPPED_WHOLE = frozenset({"script", "iframe", "object", "noscript", "template"})
#: Elements that are left out; they have no content.
_DROPPED = frozenset({"base", "embed", "frame", "frameset", "link", "meta"})
#: Attributes that lead somewhere or run something.
_LEADING = frozenset(
    {"href", "action", "formaction", "ping", "target", "srcset", "xlink:href"}
)
#: Attributes that fetch something: kept where the message itself has it.
_FETCHING = frozenset({"src", "background", "poster", "data", "lowsrc"})
_CID = re.compile(r"""cid:([^\s"'()<>]+)""", re.IGNORECASE)

#: What is left of the page: no script, no form, no source but what is in it.
POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def inert(source: str, images: Mapping[str, str]) -> str:
    """Return HTML without links, scripts and sources.

    Where a link leads is in its title. Images of the message are shown.

    Args:
        images: Data URLs by Content-ID.
    """
    parser = _Inert(images)
    parser.feed(source)
    parser.close()
    return '<!doctype html><meta charset="utf-8">' + "".join(parser.written)


class _Inert(HTMLParser):
    def __init__(self, images: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._images = images
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._within or tag in _DROPPED:
            return
        if tag in _DROPPED_WHOLE:
            self._within = tag
            return
        self.written.append(f"<{tag}{self._attributes(attrs)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._within and tag not in _DROPPED | _DROPPED_WHOLE:
            self.written.append(f"<{tag}{self._attributes(attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        if self._within:
            self._within = "" if tag == self._within else self._within
        elif tag not in _DROPPED:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._within:
            # The text of a style element comes through here, too.
            self.written.append(self._with_images(data))

    def handle_entityref(self, name: str) -> None:
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._keep(f"&#{name};")

    def _keep(self, text: str) -> None:
        if not self._within:
            self.written.append(text)

    def _attributes(self, attrs: list[tuple[str, str | None]]) -> str:
        kept = []
        title = ""
        for name, value in attrs:
            written = self._with_images(value or "")
            fetches = name in _FETCHING and not written.startswith("data:")
            if name in _LEADING:
                title = title or value or ""
            elif not name.startswith("on") and not fetches:
                kept.append((name, written))
        if title:
            kept = [pair for pair in kept if pair[0] != "title"] + [("title", title)]
        return "".join(f' {_name(name)}="{html.escape(v)}"' for name, v in kept)

    def _with_images(self, text: str) -> str:
        if "cid:" not in text.lower():
            return text
        return _CID.sub(lambda found: self._images.get(found[1], found[0]), text)


def _name(name: str) -> str:
    return re.sub(r"[\"'<>/=\s]", "", name) or "x"
