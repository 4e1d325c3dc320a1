"""Every page of ours: found by following links, checked against the URL resolver."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urldefrag, urlsplit

from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, Resolver404, URLPattern, resolve, reverse

from tests.browser.driving import Driver

START = "/admin/"
OURS = "/admin/seacucumber/"
#: Pages that differ only in the object they are about, or in a filter or an order:
#: some of each are enough.
SAME_PAGE = 4
SAME_LIST = 2


def names() -> set[str]:
    """Return the name of every admin URL of ours."""
    return {name for name in map(_name_of, _patterns()) if _is_ours(name)}


def pages(driver: Driver) -> Iterator[str]:
    """Open each page that links lead to; yield its path while it is open."""
    site = driver.page.url.partition("/admin/")[0]
    seen: Counter[tuple[str, bool]]
    waiting, known, seen = deque([START, OURS]), {START, OURS}, Counter()
    while waiting:
        path = waiting.popleft()
        answer = driver.page.request.get(f"{site}{path}")
        assert answer.status == 200, f"{path} answers {answer.status}"
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        if "sandbox" in answer.headers.get("content-security-policy", ""):
            continue  # what others wrote; shown in a frame of one of our pages
        driver.go(path)
        links = _links(driver, site)
        yield path
        for link in sorted(links - known):
            name = name_at(link)
            is_list = "?" in link
            if name and seen[name, is_list] < (SAME_LIST if is_list else SAME_PAGE):
                seen[name, is_list] += 1
                known.add(link)
                waiting.append(link)


def name_at(path: str) -> str:
    """Return the name of our URL at a path; empty if it is none of ours."""
    try:
        found = resolve(urlsplit(path).path)
    except Resolver404:
        return ""
    name = found.url_name or ""
    return name if _is_ours(name) else ""


def some_path(name: str) -> str:
    """Return where one of our URLs may be found; empty if it has no object to show."""
    model = apps.get_model("seacucumber", name.split("_")[1])
    first = None
    if model._meta.managed:
        first = model._default_manager.order_by("-pk").first()
    for arguments in ((), (first and first.pk,), (first and first.pk, 0)):
        with suppress(NoReverseMatch):
            return reverse(f"admin:{name}", args=arguments)
    return ""


def _links(driver: Driver, site: str) -> set[str]:
    hrefs: list[str] = driver.page.evaluate(
        "() => Array.from(document.querySelectorAll('a[href]'), a => a.href)"
    )
    return {
        urldefrag(href.removeprefix(site)).url
        for href in hrefs
        if href.startswith(site)
    }


def _patterns() -> Iterator[URLPattern]:
    def below(rows: list[object]) -> Iterator[URLPattern]:
        for row in rows:
            if isinstance(row, URLPattern):
                yield row
            else:
                yield from below(row.url_patterns)  # type: ignore[attr-defined]

    return below(admin.site.urls[0])


def _name_of(pattern: URLPattern) -> str:
    return pattern.name or ""


def _is_ours(name: str) -> bool:
    return name.startswith("seacucumber_")
