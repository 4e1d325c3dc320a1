"""HTML of a message, made inert: nothing in it leads anywhere or fetches anything.

The browser enforces that (a sandbox and a policy that knows no source but this site);
what is taken out here would only invite to click on what does nothing. What is
allowed is told from what is not by nh3, whose parser reads HTML as browsers do.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote

import nh3

from seacucumber.admin.preview.css_sources import as_element, without_sources
from seacucumber.admin.preview.html_names import ATTRIBUTES, OF_BODY, TAGS
from seacucumber.admin.preview.html_tags import Markup, TooMuch, split

#: What comes out is no longer than this, in characters.
PAGE_MAX = 4_000_000
#: What is left of the page: no script, no form, no source but this site, which is
#: asked without cookies: a sandboxed page is of no site.
POLICY = (
    "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
#: Raster images only: a browser runs nothing in them.
_IMAGE_DATA = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*+", re.IGNORECASE
)
#: Links look like links, though they have no address; whatever the mail says wins.
_LINKS = "<style>:where(a[title]){color:-webkit-link;text-decoration:underline}</style>"
_DOCTYPE = re.compile(r"\s*+<!doctype\s([^>]{0,300})>", re.IGNORECASE)
_HTML5 = "<!doctype html>"
_TRANSITIONAL = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"'
    ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
)

__all__ = ["POLICY", "TooMuch", "inert"]


def inert(source: str, image: Callable[[str], str]) -> str:
    """Return a page without links, scripts and sources that looks as it was meant to.

    Where a link leads is in its title. Images of the message are shown.

    Args:
        image: Returns the address of an image by its Content-ID, or an empty text.

    Raises:
        TooMuch: if it would cost more than a second, or become longer than `PAGE_MAX`.
    """
    markup = split(source)
    sources = _Sources(image)
    body = sources.clean(f"<div{markup.body}></div>", {"div"}, OF_BODY)
    page = "".join(
        (
            _mode_of(source),
            '<html><head><meta charset="utf-8">',
            '<meta name="color-scheme" content="light dark">' * markup.is_dark,
            _LINKS,
            *_styles(markup, sources),
            f"</head><body{body.removeprefix('<div').removesuffix('</div>')}",
            sources.clean(markup.html, TAGS, ATTRIBUTES),
            "</body></html>",
        )
    )
    if len(page) > PAGE_MAX:
        raise TooMuch
    return page


def _styles(markup: Markup, sources: _Sources) -> list[str]:
    return [
        f'<style media="{html.escape(html.unescape(media))}">'
        f"{as_element(without_sources(css, sources.by_cid))}</style>"
        for media, css in markup.styles
    ]


def _mode_of(source: str) -> str:
    """Return a doctype by which browsers lay the page out as by its own.

    https://html.spec.whatwg.org/multipage/parsing.html#the-initial-insertion-mode
    """
    found = _DOCTYPE.match(source)
    if found is None:
        return ""
    name = found[1].strip().lower()
    if "xhtml 1.0 transitional" in name or "xhtml 1.0 frameset" in name:
        return _TRANSITIONAL
    if "html 4.01 transitional" in name:
        return _TRANSITIONAL if "http" in name else ""
    old = ("html 2", "html 3", "html 4.0 ", "html 4.0//")
    return "" if any(each in name for each in old) else _HTML5


class _Sources:
    """What attributes may hold, and the addresses of images."""

    def __init__(self, image: Callable[[str], str]) -> None:
        self._image = image
        self._known: dict[str, str] = {}

    def clean(self, markup: str, tags: frozenset[str] | set[str], names: object) -> str:
        return nh3.clean(
            markup,
            tags=set(tags),
            clean_content_tags={"script", "style", "title"},
            attributes={"*": set(names)},  # type: ignore[call-overload]
            attribute_filter=self._value,
            strip_comments=True,
            link_rel=None,
            url_schemes={"cid", "data"},
        )

    def by_cid(self, address: str) -> str:
        """Return the address of an image of the mail by its ``cid:`` address."""
        name = unquote(address[4:])
        if name not in self._known:
            self._known[name] = self._image(name)
        return self._known[name]

    def _value(self, tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return without_sources(value, self.by_cid)
        if name not in ("src", "background"):
            return value
        value = value.strip()
        if value[:4].lower() == "cid:":
            return self.by_cid(value) or None
        return value if _IMAGE_DATA.fullmatch(value) else None
