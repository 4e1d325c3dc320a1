"""What would stop if an identity were gone."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber import identities
from seacucumber.enums import MessageState
from seacucumber.identities import dependencies
from seacucumber.identities.dependencies import covers
from seacucumber.models import Message
from seacucumber.testing import LocalSES
from tests.queue import put

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "address", "covered"),
    [
        ("ann@example.com", "ann@example.com", True),
        ("Ann@Example.com", "ann@example.COM", True),
        ("ann@example.com", "ann+news@example.com", True),
        ("ann+news@example.com", "ann@example.com", False),
        ("ann@example.com", "bob@example.com", False),
        ("ann@example.com", "ann@mail.example.com", False),
        ("example.com", "ann@example.com", True),
        ("example.com", "ann@mail.example.com", True),
        ("mail.example.com", "ann@example.com", False),
        ("example.com", "ann@badexample.com", False),
        ("example.com", "", False),
    ],
)
def test_domain_covers_its_addresses_and_subdomains(
    name: str, address: str, covered: bool
) -> None:
    assert covers(name, address) is covered


def test_waiting_mail_from_it_is_counted(ses: LocalSES) -> None:
    for sender in ("post@example.com", "news@mail.example.com", "post@example.net"):
        put(sender=sender)
    held = put(sender="post@example.com")
    Message.objects.filter(pk=held.pk).update(state=MessageState.HELD)
    sent = put(sender="post@example.com")
    Message.objects.filter(pk=sent.pk).update(state=MessageState.SENT)
    other = put(sender="post@example.com")
    Message.objects.filter(pk=other.pk).update(pace_key="other/eu-west-1")

    assert identities.dependents("example.com").queued == 3
    assert identities.dependents("post@example.com").queued == 2
    assert identities.dependents("nobody@example.com").queued == 0


def test_long_queue_is_not_looked_through(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "MOST_EXAMINED", 3)
    for _ in range(2):
        put()
    assert identities.dependents("example.com").queued_is_complete

    for _ in range(2):
        put()
    found = identities.dependents("example.com")

    assert (found.queued, found.queued_is_complete) == (3, False)


def test_settings_that_name_it_are_told(ses: LocalSES, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Post Room <post@example.com>"
    settings.SERVER_EMAIL = "errors@example.com"
    settings.DKIM_DOMAIN = "example.com"
    settings.CUCUMBER_FEEDBACK_ADDRESS = "bounces@example.net"
    arn = "arn:aws:ses:eu-west-1:123456789012:identity/example.com"
    settings.CUCUMBER_FROM_IDENTITY_ARN = arn

    assert identities.dependents("example.com").settings == (
        "DEFAULT_FROM_EMAIL = Post Room <post@example.com>",
        "SERVER_EMAIL = errors@example.com",
        "DKIM_DOMAIN = example.com",
        f"CUCUMBER_FROM_IDENTITY_ARN = {arn}",
    )
    assert identities.dependents("post@example.com").settings == (
        "DEFAULT_FROM_EMAIL = Post Room <post@example.com>",
    )
    assert identities.dependents("example.net").settings == (
        "CUCUMBER_FEEDBACK_ADDRESS = bounces@example.net",
    )


def test_domain_beyond_ascii_in_a_setting_is_the_same_domain(
    ses: LocalSES, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "post@straße.example"

    assert identities.dependents("xn--strae-oqa.example").settings
    assert identities.dependents("straße.example").settings


def test_nothing_depends_on_a_stranger(ses: LocalSES) -> None:
    assert not identities.dependents("stranger.example").any


def test_domain_that_covers_the_address_is_named(ses: LocalSES) -> None:
    ses.verify("post@example.com", "mail.example.com")
    identities.verify("pending.example")
    identities.refresh()

    assert identities.dependents("post@example.com").covered_by == "example.com"
    assert identities.dependents("mail.example.com").covered_by == "example.com"
    assert identities.dependents("example.com").covered_by == ""
    assert identities.dependents("a@pending.example").covered_by == ""
