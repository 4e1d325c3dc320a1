"""Strangers' HTML in the admin: nothing is fetched, and nothing leads on."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from playwright.sync_api import Frame, Page, Request, Route
from pytest_django.live_server_helper import LiveServer

from seacucumber.admin.preview import safe_html
from seacucumber.models import BodyChunk
from tests.admin.letters import PNG, sent
from tests.browser.driver import Driver
from tests.browser.hostile import EVIL, pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def preview_of(html: str) -> str:
    """Store a mail with this HTML; return the path of its preview."""
    message = sent()
    raw = (
        'Content-Type: multipart/related; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
        f"{b64encode(html.encode()).decode()}\r\n"
        "--x\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
        f"{b64encode(PNG).decode()}\r\n--x--\r\n"
    )
    BodyChunk.objects.filter(message=message).update(data=raw.encode())
    return f"/admin/seacucumber/message/{message.pk}/body/"


def harm(page: Page, site: str, path: str) -> list[str]:
    """Open a preview, click on what is in its frame, and return what it did."""
    asked: list[str] = []

    def listen(request: Request) -> None:
        asked.append(request.url)

    page.on("request", listen)
    page.goto(f"{site}{path}")
    _click(page, page.frames[1])
    page.remove_listener("request", listen)
    # The preview, and the frame in it.
    return [
        *[url for url in asked if "/static/" not in url][2:],
        *_led(page, site, path),
    ]


def _led(page: Page, site: str, path: str) -> list[str]:
    """Return where a preview has led to."""
    own = (f"{site}{path}html/", "chrome-error:", "about:")
    elsewhere = [
        frame.url for frame in page.frames[1:] if not frame.url.startswith(own)
    ]
    if page.url != f"{site}{path}" or len(page.context.pages) > 1:
        elsewhere.append(page.url)
    return [f"led to {url}" for url in elsewhere]


def _click(page: Page, frame: Frame) -> None:
    box = page.locator("iframe").bounding_box()
    assert box is not None
    for down_px in (10, 30, 60):
        page.mouse.click(box["x"] + 20, box["y"] + down_px)
    link = frame.locator("a").last
    if link.count() and link.is_visible():
        link.click(timeout=1000, force=True, no_wait_after=True)
    page.keyboard.press("Enter")


def test_nothing_is_fetched_and_nothing_leads_on(
    driver: Driver, live_server: LiveServer
) -> None:
    wrong = []
    for html in pages():
        found = harm(driver.page, live_server.url, preview_of(html))
        wrong += [f"{html[:90]}: {line}" for line in found]
    assert wrong == []


def test_the_browser_alone_would_keep_it_in(
    driver: Driver, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing taken out: sandbox and policy let no request out."""
    monkeypatch.setattr(safe_html, "inert", lambda source, image: source)
    let_out: list[str] = []

    def answer(route: Route) -> None:
        let_out.append(route.request.url)
        route.fulfill(body="had")

    # What the policy refuses does not come as far as here.
    driver.page.context.route(re.compile(f"^https?://{EVIL}/"), answer)
    wrong = []
    for html in pages():
        path = preview_of(html)
        driver.page.goto(f"{live_server.url}{path}")
        wrong += [
            f"{html[:90]}: {to}" for to in _led(driver.page, live_server.url, path)
        ]
        wrong += [f"{html[:90]}: {url}" for url in let_out]
        let_out.clear()
    assert wrong == []


def test_an_image_of_the_mail_is_shown(driver: Driver) -> None:
    """The frame has no cookies, and sees it nevertheless."""
    driver.go(preview_of('<p>Hi</p><img src="cid:logo" alt="Logo">'))
    with driver.page.expect_response("**/body/image/**") as answer:
        driver.page.reload()
    assert answer.value.status == 200
    assert "cookie" not in answer.value.request.all_headers()
