"""Every page of ours: accessible, on a phone too, and at peace with a strict policy."""

from __future__ import annotations

import pytest

from tests.browser.driver import Driver
from tests.browser.walk import pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PHONE = {"width": 400, "height": 800}
DESKTOP = {"width": 1280, "height": 900}


def test_every_page_can_be_used_by_everybody(driver: Driver) -> None:
    """axe-core in both themes, no wider than a phone, no complaint of the browser."""
    problems: list[str] = []
    for path in pages(driver):
        found = driver.violations()
        driver.page.set_viewport_size(PHONE)
        if driver.overflow_px() > 0:
            found.append(f"{driver.overflow_px()} px wider than a phone")
        driver.page.set_viewport_size(DESKTOP)
        problems += [f"{path} {problem}" for problem in found]

    problems += driver.complaints
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
