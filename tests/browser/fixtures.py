"""Chromium, a live server with the demo's data, and somebody who has logged in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from seacucumber.testing import LocalSES
from tests.browser.driver import Driver
from tests.browser.scene import PASSWORD, USER, play
from tests.celery import app
from tests.office import use_backend

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
#: As root, in a container, without anything that would call home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Bounds what would otherwise hang; not a measure of anything.
PATIENCE_MS = 20_000


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, which Django would object to."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    if not CHROMIUM.exists():
        pytest.fail(f"There is no {CHROMIUM}: install Chromium, or set CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has been nowhere yet."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def scene(
    transactional_db: None,
    ses: LocalSES,
    settings: Any,
) -> Iterator[LocalSES]:
    """The demo's mail, sent through a local SES; tasks run in the web process."""
    # Of several applications in this process, the one for all threads.
    app.set_current()
    app.set_default()
    app.conf.task_always_eager = True
    use_backend(settings)
    settings.DEFAULT_FROM_EMAIL = "Sea Cucumber demo <post@demo.example>"
    settings.SERVER_EMAIL = "errors@demo.example"
    settings.CUCUMBER_ACCOUNT = "demo"
    play(ses)
    # Fast enough for the demo's mail; from now on the account's own rate counts.
    settings.CUCUMBER_RATE_LIMIT = None
    yield ses
    app.conf.task_always_eager = False


@pytest.fixture
def driver(context: BrowserContext, scene: LocalSES, live_server: Any) -> Driver:
    """Somebody who has logged in as the first user of the site."""
    driver = Driver(context.new_page(), live_server.url)
    driver.log_in(USER, PASSWORD)
    return driver
