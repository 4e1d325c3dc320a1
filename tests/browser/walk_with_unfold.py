"""Run by `test_unfold` in a process of its own, with settings that have Unfold."""

from __future__ import annotations

import pytest

from tests.browser.driver import SHOTS, Driver
from tests.browser.walk import name_at, pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DRAWN = {
    "seacucumber_dashboard_changelist": "dashboard",
    "seacucumber_identity_changelist": "identities",
    "seacucumber_identity_change": "identity",
    "seacucumber_message_changelist": "messages",
    "seacucumber_hold_changelist": "holds",
}


def test_pages_render(driver: Driver) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    visited = set()
    for path in pages(driver):
        visited.add(name_at(path))
        assert driver.page.locator("#content").is_visible(), path
        assert driver.page.title(), path
        drawn = DRAWN.get(name_at(path))
        if drawn:
            driver.page.screenshot(path=SHOTS / f"unfold-{drawn}.png", full_page=True)

    assert visited >= set(DRAWN)
    assert driver.complaints == []
