"""One address from its first mail to its end, as an operator goes about it."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from seacucumber.testing import LocalSES
from tests.browser.driver import Driver

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SENDER = "batman@gotham.gov"


def test_an_address_is_verified_used_and_deleted(
    driver: Driver, scene: LocalSES
) -> None:
    page = driver.page
    main = page.locator("#content")

    page.get_by_role("link", name="Identities", exact=True).first.click()
    page.get_by_role("link", name="Verify an address or a domain").click()
    page.get_by_label("Address or domain").fill(SENDER)
    driver.press("Verify")
    expect(page.get_by_role("heading", level=1)).to_have_text(SENDER)
    expect(main.locator(".cu-pill").first).to_have_text("pending")

    scene.verify(SENDER)  # somebody opens the link
    driver.press("Refresh from SES")
    expect(main.locator(".cu-pill").first).to_have_text("verified")

    page.get_by_role("link", name="Send a test from it").click()
    page.get_by_label("the address below").check()
    page.get_by_label("An address of yours").fill("robin@gotham.gov")
    driver.press("See what will happen")
    expect(main).to_contain_text("whoever reads that mailbox gets it")
    driver.press("Yes, send it")
    expect(page.locator(".messagelist")).to_contain_text("in the queue")
    [mail] = [mail for mail in scene.wait_for(1) if mail.sender == SENDER]
    assert mail.recipients == ("robin@gotham.gov",)

    page.get_by_role("link", name="Messages", exact=True).first.click()
    page.get_by_label("Recipient, SES id, our id or subject").fill("robin@gotham.gov")
    driver.press("Search")
    row = page.locator("#result_list tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("sent")
    row.get_by_role("link").first.click()
    expect(main).to_contain_text(mail.ses_message_id)

    page.get_by_role("link", name="Identities", exact=True).first.click()
    page.get_by_role("link", name=SENDER).click()
    page.get_by_role("link", name="Delete from SES…").click()
    driver.press("Delete it from SES")
    expect(page.locator(".messagelist")).to_contain_text(f"Deleted from SES: {SENDER}")
    expect(page.get_by_role("link", name=SENDER)).to_have_count(0)
    assert SENDER not in {identity.name for identity in scene.identities}
    assert driver.complaints == []


def test_a_dns_record_is_copied_with_one_click(
    driver: Driver, context: BrowserContext
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = driver.page
    driver.go("/admin/seacucumber/identity/")
    page.get_by_role("link", name="gotham.example").click()

    value = page.locator("code.cu-copy").nth(1)
    button = page.locator(".cu-copy-button").nth(1)
    button.click()

    expect(button).to_have_text("Copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == value.inner_text()
    assert copied.endswith(".dkim.amazonses.com")
