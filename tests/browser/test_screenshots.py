"""Pictures of the pages, for people to look at: ``.browser/shots`` after a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from django.urls import reverse

from seacucumber.models import DkimKey, Event, Identity, Message, Suppressed
from tests.browser.driver import SHOTS, Driver

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def _list(model: str) -> str:
    return reverse(f"admin:seacucumber_{model}_changelist")


def _domain() -> str:
    identity = Identity.objects.get(name="gotham.example")
    return reverse("admin:seacucumber_identity_change", args=[identity.pk])


def _message(**about: str) -> str:
    message = Message.objects.get(**about)
    return reverse("admin:seacucumber_message_change", args=[message.pk])


def _suppressed(page: str) -> str:
    entry = Suppressed.objects.get(address="ann@readers.example")
    return reverse(f"admin:seacucumber_suppressed_{page}", args=[entry.pk])


def _event() -> str:
    event = Event.objects.get(recipient="ann@readers.example")
    return reverse("admin:seacucumber_event_change", args=[event.pk])


def _key(selector: str, page: str = "change") -> str:
    key = DkimKey.objects.get(selector=selector)
    return reverse(f"admin:seacucumber_dkimkey_{page}", args=[key.pk])


BOUNCING = "bounce@simulator.amazonses.com"
PAGES: dict[str, Callable[[], str]] = {
    "identities": lambda: _list("identity"),
    "domain": _domain,
    "holds": lambda: _list("hold"),
    "dashboard": lambda: _list("dashboard"),
    "messages": lambda: _list("message"),
    "message": lambda: _message(subject="The Joker is loose"),
    "message-bounced": lambda: _message(recipients__address=BOUNCING),
    "events": lambda: _list("event"),
    "event": _event,
    "suppression": lambda: _list("suppressed"),
    "suppressed": lambda: _suppressed("change"),
    "suppressed-remove": lambda: _suppressed("delete"),
    "suppressed-add": lambda: reverse("admin:seacucumber_suppressed_add"),
    "suppressed-import": lambda: reverse("admin:seacucumber_suppressed_import"),
    "keys": lambda: _list("dkimkey"),
    "key": lambda: _key("ses-202610"),
    "key-cut": lambda: _key("cave"),
    "key-new": lambda: reverse("admin:seacucumber_dkimkey_add"),
    "key-import": lambda: reverse("admin:seacucumber_dkimkey_import"),
    "key-rotate": lambda: _key("ses-202610", "rotate"),
}
LOOKS: tuple[tuple[str, Literal["light", "dark"], int], ...] = (
    ("light", "light", 1280),
    ("dark", "dark", 1280),
    ("phone", "light", 400),
)


@pytest.mark.parametrize(("look", "theme", "width_px"), LOOKS)
def test_pages_are_drawn(
    driver: Driver, look: str, theme: Literal["light", "dark"], width_px: int
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    driver.page.set_viewport_size({"width": width_px, "height": 900})
    driver.theme(theme)

    for name, path in PAGES.items():
        driver.go(path())
        driver.page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)
        assert driver.overflow_px() <= 0

    assert driver.complaints == []
