"""Every page of ours: accessible, on a phone too, and at peace with a strict policy."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.browser.driving import Driver
from tests.browser.walking import name_at, names, pages, some_path

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PHONE = {"width": 400, "height": 800}
DESKTOP = {"width": 1280, "height": 900}


def test_every_page_can_be_used_by_everybody(driver: Driver) -> None:
    """axe-core in both themes, no wider than a phone, no complaint of the browser."""
    problems: list[str] = []
    visited = set()
    for path in pages(driver):
        visited.add(name_at(path))
        found = driver.violations()
        driver.page.set_viewport_size(PHONE)
        if driver.overflow_px() > 0:
            found.append(f"{driver.overflow_px()} px wider than a phone")
        driver.page.set_viewport_size(DESKTOP)
        problems += [f"{path} {problem}" for problem in found]

    problems += driver.complaints
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
    assert _never_reached(driver, visited) == []


def _never_reached(driver: Driver, visited: set[str]) -> list[str]:
    """Return the pages that no link leads to. What only takes a POST has none."""
    site = "{0.scheme}://{0.netloc}".format(urlsplit(driver.page.url))
    missing = []
    for name in sorted(names() - visited):
        path = some_path(name)
        if not path:
            continue
        answer = driver.page.request.get(f"{site}{path}", max_redirects=0)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        is_frame = "sandbox" in answer.headers.get("content-security-policy", "")
        if answer.status == 200 and is_page and not is_frame:
            missing.append(f"{name} at {path}")
    return missing
