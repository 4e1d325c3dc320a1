"""DKIM keys from the first to the last page, as an operator goes about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from seacucumber import dkim_keys
from seacucumber.models import DkimKey
from seacucumber.testing import LocalSES
from tests.admin.keys import let_time_pass, name_servers
from tests.browser.driver import Driver
from tests.dns.server import DnsServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DOMAIN = "batcave.example"


@pytest.fixture
def server(settings: Any) -> Iterator[DnsServer]:
    """The DNS of the world, which knows nothing yet."""
    with name_servers(settings) as server:
        yield server


class Operator:
    """Somebody who does what the pages say."""

    def __init__(self, driver: Driver, server: DnsServer) -> None:
        self.page = driver.page
        self._driver = driver
        self._server = server

    def generate(self, selector: str, who_signs: str) -> None:
        self._driver.go("/admin/seacucumber/dkimkey/")
        self.page.get_by_role("link", name="Generate a key").click()
        self.page.get_by_label("Domain:", exact=True).fill(DOMAIN)
        self.page.get_by_label(who_signs).check()
        self.page.get_by_label("Selector").fill(selector)
        self._driver.press("Generate")

    def publish(self) -> None:
        """Copy the record from the page to the name servers."""
        name, strings = (
            self.page.locator(f"dt:text-is('{label}') + dd code").inner_text()
            for label in ("Name", "Value in strings")
        )
        self._server.zone[name, "TXT"] = [strings]

    def check(self) -> None:
        self._driver.press("Check DNS now")

    def decide(self, link: str, button: str, **fields: str) -> None:
        """Follow a link that ends in …, see that the page is in order, and agree."""
        self.page.get_by_role("link", name=f"{link}…", exact=True).click()
        for label, text in fields.items():
            self.page.get_by_label(label.replace("_", " ")).fill(text)
        assert self._driver.violations() == []
        self._driver.press(button)

    def expect_state(self, state: str) -> None:
        pill = self.page.locator(".cu-notice .cu-headline .cu-pill").first
        expect(pill).to_have_text(state)

    def wait(self) -> DkimKey:
        """Let hours go by for the key of this page."""
        key = DkimKey.objects.get(pk=int(self.page.url.split("/")[-3]))
        let_time_pass(key)
        return key


def test_a_key_is_made_published_rotated_and_revoked(
    driver: Driver, server: DnsServer
) -> None:
    page, operator = driver.page, Operator(driver, server)
    messages = page.locator(".messagelist")

    operator.generate("one", "This site: each message")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        f"one._domainkey.{DOMAIN}"
    )
    operator.expect_state("pending")
    operator.check()
    expect(messages).to_contain_text("No key record is published.")

    operator.publish()
    operator.check()
    expect(messages).to_contain_text("DNS has its record.")
    operator.wait()
    operator.check()
    operator.expect_state("published")

    operator.decide("Activate", "Sign with it")
    operator.expect_state("active")
    first = operator.wait()

    operator.decide("Rotate", "Make the new key", Selector_of_the_new_key="two")
    operator.expect_state("pending")
    operator.publish()
    operator.check()
    second = operator.wait()
    operator.check()
    dkim_keys.advance()
    page.reload()
    operator.expect_state("active")

    page.get_by_role("link", name=str(first)).click()
    operator.expect_state("retiring")
    operator.decide("Sign with it again", "Sign with it again")
    operator.expect_state("active")
    page.get_by_role("link", name=str(second)).click()
    operator.decide("Sign with it again", "Sign with it again")
    operator.decide("Stop signing", "Stop signing with it")
    operator.expect_state("retiring")

    operator.decide("Revoke", "Revoke it now", Why="A laptop was lost")
    operator.expect_state("revoking")
    expect(page.locator("#content")).to_contain_text("A laptop was lost")
    server.zone.clear()
    operator.check()
    operator.expect_state("revoked")
    assert driver.complaints == []


def test_a_key_is_handed_to_ses_and_followed(
    driver: Driver, server: DnsServer, scene: LocalSES
) -> None:
    scene.verify(DOMAIN)
    page, operator = driver.page, Operator(driver, server)
    operator.generate("ours", "Amazon SES: the key is handed to it")
    operator.publish()
    operator.check()
    operator.wait()
    operator.check()

    operator.decide("Hand to SES", "Hand it to SES")
    expect(page.locator(".messagelist")).to_contain_text("looks for its record")
    driver.press("Ask SES now")
    operator.expect_state("published")
    scene.verify(DOMAIN)
    driver.press("Ask SES now")

    operator.expect_state("active")
    expect(page.locator("#content")).to_contain_text("SES signs with it")
    assert driver.complaints == []


def test_a_pasted_key_leaves_nothing_in_the_browser(
    driver: Driver, server: DnsServer
) -> None:
    page = driver.page
    driver.go("/admin/seacucumber/dkimkey/import/")
    page.get_by_label("Domain:", exact=True).fill(DOMAIN)
    page.get_by_label("Selector").fill("three")
    area = page.get_by_label("Private key")
    area.fill("-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----")
    driver.press("Import")

    expect(page.locator(".errorlist")).to_contain_text("cannot be read")
    expect(area).to_have_value("")
    assert "SECRET" not in page.content()
    assert driver.violations() == []
    assert driver.complaints == []


def test_the_record_is_copied_with_one_click(
    driver: Driver, context: BrowserContext
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = driver.page
    driver.go("/admin/seacucumber/dkimkey/")
    page.get_by_role("link", name="shop.example").first.click()

    page.get_by_role("button", name="Copy: Lines of a zone file").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith("ses-2026")
    assert copied.count("\n") == 3
