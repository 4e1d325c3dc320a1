"""Every page of ours: found by following links, checked against the URL resolver."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urldefrag, urlsplit

from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, Resolver404, URLPattern, resolve, reverse

from tests.browser.driver import Driver

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
    """Open every page of ours; yield its path while it is open.

    First where links lead to, then what the resolver has besides.
    """
    site = driver.page.url.partition("/admin/")[0]
    missing = names()
    for path in _linked(driver, site):
        if name_at(path):  # the menus that lead to them are Django's
            missing.discard(name_at(path))
            yield path
    for path in filter(None, map(some_path, sorted(missing))):
        if _is_page(driver, f"{site}{path}"):
            driver.go(path)
            yield path


def _linked(driver: Driver, site: str) -> Iterator[str]:
    seen: Counter[tuple[str, bool]] = Counter()
    waiting, known = deque([START, OURS]), {START, OURS}
    while waiting:
        path = waiting.popleft()
        if not _is_page(driver, f"{site}{path}", linked=True):
            continue
        driver.go(path)
        links = _links(driver, site)
        yield path
        for link in sorted(links - known):
            name, is_list = name_at(link), "?" in link
            if name and seen[name, is_list] < (SAME_LIST if is_list else SAME_PAGE):
                seen[name, is_list] += 1
                known.add(link)
                waiting.append(link)


def _is_page(driver: Driver, url: str, *, linked: bool = False) -> bool:
    """Tell whether there is a page: no download, and nothing that wants a POST."""
    answer = driver.page.request.get(url, max_redirects=0)
    if linked:
        assert answer.status == 200, f"{url} answers {answer.status}"
    # In a sandbox is what others wrote, shown in a frame of one of our pages.
    return (
        answer.status == 200
        and answer.headers.get("content-type", "").startswith("text/html")
        and "sandbox" not in answer.headers.get("content-security-policy", "")
    )


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
