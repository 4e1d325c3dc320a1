"""Strangers' HTML in the admin: nothing is fetched, and nothing leads on."""

from __future__ import annotations

from base64 import b64encode

import pytest
from playwright.sync_api import Frame, Page, Request
from pytest_django.live_server_helper import LiveServer

from seacucumber.admin import message_html
from seacucumber.models import BodyChunk
from tests.admin.letters import PNG, sent
from tests.browser.driving import Driver
from tests.browser.hostile import pages

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


def harm(page: Page, site: str, path: str, *, clean: bool) -> list[str]:
    """Open a preview, click on what is in its frame, and return what it did.

    Args:
        clean: Whether the page in the frame has been cleaned: then nothing is asked of
            the site either.
    """
    asked: list[str] = []

    def listen(request: Request) -> None:
        asked.append(request.url)

    page.on("request", listen)
    page.goto(f"{site}{path}")
    frame = page.frames[1]
    _click(page, frame)
    found = [line for line in asked if not line.startswith(f"{site}/")]
    inner = [line for line in asked if "/static/" not in line][2:]
    if clean:
        found += inner
    page.remove_listener("request", listen)
    if page.url != f"{site}{path}" or len(page.context.pages) > 1:
        found.append(f"led to {page.url}")
    if not page.frames[1].url.startswith((f"{site}{path}html/", "chrome-error:")):
        found.append(f"the frame shows {page.frames[1].url}")
    return found


def _click(page: Page, frame: Frame) -> None:
    box = page.locator("iframe").bounding_box()
    assert box is not None
    for down_px in (10, 30, 60):
        page.mouse.click(box["x"] + 20, box["y"] + down_px)
    link = frame.locator("a").last
    if link.count() and link.is_visible():
        link.click(timeout=1000, force=True, no_wait_after=True)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("clean", [True, False], ids=["cleaned", "by policy alone"])
def test_nothing_is_fetched_and_nothing_leads_on(
    driver: Driver,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    clean: bool,
) -> None:
    """Once as it is, and once with nothing but the browser to keep the page in."""
    if not clean:
        monkeypatch.setattr(message_html, "inert", lambda source, image: source)
    wrong = []
    for html in pages():
        found = harm(driver.page, live_server.url, preview_of(html), clean=clean)
        wrong += [f"{html[:90]}: {line}" for line in found]
    assert wrong == []


def test_an_image_of_the_mail_is_shown(driver: Driver) -> None:
    """The frame has no cookies, and sees it nevertheless."""
    driver.go(preview_of('<p>Hi</p><img src="cid:logo" alt="Logo">'))
    image = driver.page.frames[1].locator("img")
    with driver.page.expect_response("**/body/image/**") as answer:
        driver.page.reload()
    assert answer.value.status == 200
    assert image.count() == 1
    assert "cookie" not in answer.value.request.all_headers()
