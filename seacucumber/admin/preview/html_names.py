"""The elements and attributes of HTML that a mail's page keeps when it is looked at."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Elements that are kept. None of them runs, leads or embeds anything.
TAGS = _words(
    """
    a abbr acronym address article aside b bdi bdo big blockquote br caption
    center cite code col colgroup dd del details dfn dir div dl dt em fieldset
    figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd
    legend li main mark menu nav nobr ol p pre q rp rt ruby s samp section small
    span strike strong sub summary sup table tbody td tfoot th thead time tr tt
    u ul var wbr
    """
)
#: Without an end.
VOID = frozenset({"br", "col", "hr", "img", "wbr"})
#: Opened again by a parser wherever something else has closed them.
FORMATTING = _words(
    """
    a b big code em font i nobr s small strike strong tt u
    """
)
#: What an end tag reaches out of a cell for.
TABLE_PARTS = _words(
    """
    caption table tbody td tfoot th thead tr
    """
)
#: Left out with all that is in them; what is in a style element is read by itself.
RAW_TEXT = _words(
    """
    iframe math noembed noframes object script style svg template textarea title
    xmp
    """
)
#: Attributes that are kept; those that name a source only with an image of the mail.
ATTRIBUTES = _words(
    """
    align alt background bgcolor border bordercolor cellpadding cellspacing
    class clear color colspan dir face height hspace id lang noshade nowrap open
    reversed role rowspan size span src start style title type valign value
    vspace width
    """
)
#: Those of the page's body and of its root.
OF_BODY = _words(
    """
    background bgcolor bottommargin class dir id lang leftmargin marginheight
    marginwidth rightmargin style text topmargin
    """
)
#: Whose end may be left out.
IMPLIED_END = _words(
    """
    colgroup dd dt li p rp rt tbody td tfoot th thead tr
    """
)
