"""What a preview leaves out, and why, in an operator's words."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from seacucumber.admin.preview.mime import (
    HEADERS_SHOWN,
    HTML_SHOWN,
    TEXT_SHOWN,
    Contents,
)
from seacucumber.admin.preview.mime_tree import DEEPEST, PARTS_MAX, Cut


def left_out(contents: Contents, *, html_is_shown: bool) -> Iterator[str]:
    """Yield what is in the source and not on the page, a sentence each.

    Args:
        html_is_shown: Whether the frame has the HTML; it may cost too much.
    """
    for cut, words in _words().items():
        if cut in contents.cuts:
            yield words
    if contents.html_is_too_long:
        yield _("The HTML: it has more than %(limit)s characters.") % {
            "limit": f"{HTML_SHOWN:,}"
        }
    elif contents.html and not html_is_shown:
        yield _("The HTML: it is so intricate that showing it would take too long.")
    if contents.text_is_cut:
        yield _("The end of the text: the first %(limit)s characters are shown.") % {
            "limit": f"{TEXT_SHOWN:,}"
        }


def _words() -> dict[Cut, str]:
    return {
        Cut.HEADERS: _("Headers: the first %(limit)d are shown, or 64 KB of them.")
        % {"limit": HEADERS_SHOWN},
        Cut.HEADERS_OF_PARTS: _(
            "Headers of parts: of each part 8 KB are read, so that its name or type may"
            " be missing."
        ),
        Cut.DEPTH: _("Parts inside parts: %(limit)d levels are looked at.")
        % {"limit": DEEPEST},
        Cut.COUNT: _("Parts: the first %(limit)d are looked at.")
        % {"limit": PARTS_MAX},
    }
