"""The life of a DKIM key, as an operator leads it through the pages."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from seacucumber import dkim_keys
from seacucumber.conf import get_mailer
from seacucumber.enums import DkimState, IdentityKind, IdentityStatus
from seacucumber.models import DkimKey, Identity
from seacucumber.testing import Fault, LocalSES, errors
from tests.admin.keys import (
    EVERYTHING,
    key_of_ses,
    let_time_pass,
    login,
    name_servers,
    new_key,
    publish,
    url,
)
from tests.dns.server import DnsServer

# Not in a transaction: a call to SES waits for its turn outside of one.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss(client: Client) -> Client:
    """Somebody who may do everything with keys."""
    login(client, *EVERYTHING)
    return client


@pytest.fixture
def server(settings: Any) -> Iterator[DnsServer]:
    """A DNS that knows nothing yet."""
    with name_servers(settings) as server:
        yield server


def words(response: Any) -> str:
    """Return a page's text as a reader sees it, near enough."""
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def press(client: Client, key: DkimKey, page: str, **data: str) -> str:
    """Press the button of a page of a key; return the page that comes of it."""
    found = words(client.post(url(key, page), data, follow=True))
    key.refresh_from_db()
    return found


def published(client: Client, server: DnsServer, key: DkimKey) -> DkimKey:
    """Publish a key's record, and let two looks find it."""
    publish(server, key)
    press(client, key, "check")
    let_time_pass(key)
    press(client, key, "check")
    assert key.state == DkimState.PUBLISHED
    return key


def active(client: Client, server: DnsServer, key: DkimKey) -> DkimKey:
    published(client, server, key)
    press(client, key, "activate")
    assert key.state == DkimState.ACTIVE
    return key


def logged() -> list[str]:
    return list(
        LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    )


def test_a_key_is_published_after_two_looks_and_then_activated(
    boss: Client, server: DnsServer
) -> None:
    key = new_key()

    missing = press(boss, key, "check")
    publish(server, key)
    first = press(boss, key, "check")
    let_time_pass(key)
    second = press(boss, key, "check")
    asked = words(boss.get(url(key, "activate")))
    done = press(boss, key, "activate")

    assert "No key record is published." in missing
    assert "DNS has its record." in first
    assert "It is ready when a second look finds it, too." in first
    assert "It is published now." in second
    assert "It is published and ready to sign." in second
    assert "Workers know within a second; nothing has to be restarted." in asked
    assert "Mail from example.com is signed with it." in done
    assert "due to be replaced" in done
    assert key.state == DkimState.ACTIVE
    assert logged() == ["Looked up its DNS record."] * 3 + ["Activated it."]
    assert [event.actor for event in key.events.all()] == ["", "ann", "ann"]


def test_a_key_whose_record_is_not_there_is_activated_only_by_override(
    boss: Client, server: DnsServer
) -> None:
    key = new_key()

    refused = press(boss, key, "activate")
    warned = words(boss.get(url(key, "override")))
    assert "It is active" not in refused
    assert key.state == DkimState.PENDING
    done = press(boss, key, "override")

    assert "some refuse it, others put it among the spam" in warned
    assert key.state == DkimState.ACTIVE
    assert "Mail from example.com is signed with it." in done
    assert "Activated it although its record was not found." in logged()


def test_names_are_not_asked_while_a_page_is_drawn(
    boss: Client, server: DnsServer
) -> None:
    key = new_key()

    for page in ("change", "activate", "override", "abandon", "revoke", "options"):
        boss.get(url(key, page))

    assert server.asked == []


def test_a_rotation_makes_the_next_key_and_both_pages_lead_to_each_other(
    boss: Client, server: DnsServer
) -> None:
    key = active(boss, server, new_key(selector="old"))

    asked = words(boss.get(url(key, "rotate")))
    page = press(boss, key, "rotate", selector="new")

    successor = DkimKey.objects.get(selector="new")
    assert "This one goes on signing until DNS has the record of the new one." in asked
    assert "This is the new key. Publish its record" in page
    assert "new._domainkey.example.com" in page
    assert f'href="{url(key)}"' in page
    assert f'href="{url(successor)}"' in words(boss.get(url(key)))
    assert key.state == DkimState.ACTIVE
    assert successor.state == DkimState.PENDING

    published(boss, server, successor)
    dkim_keys.advance()

    key.refresh_from_db()
    successor.refresh_from_db()
    assert (key.state, successor.state) == (DkimState.RETIRING, DkimState.ACTIVE)
    assert "It signs no more; its record has to stay until" in words(boss.get(url(key)))


def test_a_selector_that_was_used_is_refused_beside_its_field(
    boss: Client, server: DnsServer
) -> None:
    key = active(boss, server, new_key(selector="old"))

    page = words(boss.post(url(key, "rotate"), {"selector": "old"}))

    assert "The selector old of example.com was used before." in page
    assert DkimKey.objects.count() == 1


def test_one_can_go_back_to_a_key_that_retires(boss: Client, server: DnsServer) -> None:
    old = active(boss, server, new_key())
    new = active(boss, server, new_key())
    old.refresh_from_db()
    assert old.state == DkimState.RETIRING

    asked = words(boss.get(url(old, "restore")))
    page = press(boss, old, "restore")

    new.refresh_from_db()
    assert f"{new}, which signs now, retires" in asked
    assert "Mail from example.com is signed with it." in page
    assert (old.state, new.state) == (DkimState.ACTIVE, DkimState.RETIRING)


@pytest.mark.parametrize("way", ["activate", "restore", "options"])
def test_a_key_that_ses_stands_in_for_is_not_said_to_sign(
    boss: Client, server: DnsServer, way: str
) -> None:
    key = new_key()
    if way == "activate":
        published(boss, server, key)
    else:
        active(boss, server, key)
    if way == "restore":
        active(boss, server, new_key())
    key.refresh_from_db()
    Identity.objects.create(
        pace_key=get_mailer().pace_key,
        mailer="default",
        name="example.com",
        kind=IdentityKind.DOMAIN,
        status=IdentityStatus.VERIFIED,
        dkim_status=IdentityStatus.VERIFIED,
        refreshed_at=timezone.now(),
    )

    said = press(boss, key, way)

    assert "It would sign, but SES signs mail from example.com already." in said
    assert "Mail from example.com is signed with it." not in said


def test_to_stop_signing_says_that_mail_leaves_unsigned(
    boss: Client, server: DnsServer
) -> None:
    key = active(boss, server, new_key())

    asked = words(boss.get(url(key, "retire")))
    press(boss, key, "retire")

    assert "leaves unsigned until another key is active" in asked
    assert key.state == DkimState.RETIRING


def test_to_stop_signing_says_that_the_settings_go_on(
    boss: Client, server: DnsServer, settings: Any
) -> None:
    key = active(boss, server, new_key())
    settings.DKIM_DOMAIN, settings.DKIM_PRIVATE_KEY = "example.com", "whatever"

    asked = words(boss.get(url(key, "retire")))

    assert "The DKIM settings go on signing mail from example.com." in asked


def test_a_key_that_leaked_is_revoked_with_a_reason_and_followed_out_of_dns(
    boss: Client, server: DnsServer
) -> None:
    key = active(boss, server, new_key())

    without = words(boss.post(url(key, "revoke"), {}))
    assert "This field is required." in without
    page = press(boss, key, "revoke", reason="Lost with a laptop")

    assert key.state == DkimState.REVOKING
    assert not key.has_private_key
    assert "Lost with a laptop" in page
    assert "v=DKIM1; k=ed25519; p=</code>" in page
    assert "destroyed" in page
    assert key.public_key not in page

    assert "DNS still has its record: take it out." in press(boss, key, "check")
    server.zone.clear()
    assert "It is revoked now." in press(boss, key, "check")


def test_a_key_that_never_signed_is_given_up(boss: Client) -> None:
    key = new_key()

    page = press(boss, key, "abandon")

    assert key.state == DkimState.ABANDONED
    assert "It was given up before it signed." in page
    assert logged() == ["Gave it up."]


def test_what_the_state_does_not_allow_is_refused_in_words(boss: Client) -> None:
    key = new_key()
    press(boss, key, "abandon")

    for page in ("activate", "rotate", "restore", "retire", "abandon"):
        asked = words(boss.get(url(key, page)))
        refused = press(boss, key, page)
        assert "Its state does not allow it, or not any more." in asked
        assert '<li class="error">' in refused
    assert key.state == DkimState.ABANDONED
    assert logged() == ["Gave it up."]


def test_options_are_kept_and_written_down(boss: Client) -> None:
    key = new_key()
    version = key.version

    page = press(boss, key, "options", beside_ses="on")

    assert (key.cover_subdomains, key.beside_ses) == (False, True)
    assert key.version > version
    assert "Subdomains too: no. Beside SES: yes." in page
    assert logged() == ["Changed its options."]


def test_a_destroyed_key_has_no_options(boss: Client) -> None:
    key = new_key()
    press(boss, key, "abandon")

    assert "so it has no options" in press(boss, key, "options", beside_ses="on")


def test_an_active_key_says_when_ses_signs_in_its_place(
    boss: Client, server: DnsServer, ses: LocalSES
) -> None:
    key = active(boss, server, new_key())
    Identity.objects.create(
        pace_key=get_mailer().pace_key,
        mailer="default",
        name="example.com",
        kind=IdentityKind.DOMAIN,
        status=IdentityStatus.VERIFIED,
        dkim_status=IdentityStatus.VERIFIED,
        refreshed_at=timezone.now(),
    )

    page = words(boss.get(url(key)))
    press(boss, key, "options", beside_ses="on")

    assert "It would sign, but SES signs mail from example.com already." in page
    assert "Mail from example.com is signed with it." in words(boss.get(url(key)))


# At SES -------------------------------------------------------------------------


def test_a_key_is_handed_to_ses_and_followed(
    boss: Client, server: DnsServer, ses: LocalSES
) -> None:
    key = published(boss, server, key_of_ses())

    asked = words(boss.get(url(key, "push")))
    page = press(boss, key, "push", mailer="default")
    assert "Choose a quiet hour." in asked
    assert "SES has it, and looks for its record." in page
    assert key.state == DkimState.PUBLISHED

    assert "SES says: pending. SES has it, and looks" in press(boss, key, "follow")
    ses.verify("example.com")
    page = press(boss, key, "follow")

    assert "SES says: success. SES signs mail from example.com with it." in page
    assert key.state == DkimState.ACTIVE
    assert "SES signs mail from example.com with it." in page
    assert logged()[-3:] == [
        "Handed it to SES.",
        "Asked SES about it.",
        "Asked SES about it.",
    ]


def test_what_ses_denies_is_said_with_the_permission(
    boss: Client, server: DnsServer, ses: LocalSES
) -> None:
    key = published(boss, server, key_of_ses())
    operation = "PutEmailIdentityDkimSigningAttributes"
    denied = errors.access_denied(f"ses:{operation}", "*")
    ses.faults.add(Fault.answer(denied, operation=operation))

    page = press(boss, key, "push", mailer="default")

    assert f"ses:{operation}" in page
    assert not key.ses_status
    assert "Handed it to SES." not in logged()


def test_a_key_that_signs_here_is_not_handed_to_ses(
    boss: Client, server: DnsServer, ses: LocalSES
) -> None:
    key = published(boss, server, new_key())

    page = words(boss.get(url(key)))

    assert "Hand to SES" not in page
    assert "signs each message here" in press(boss, key, "push", mailer="default")


def test_a_revoked_key_is_in_the_log_though_ses_could_not_be_told(
    boss: Client, server: DnsServer, ses: LocalSES
) -> None:
    key = published(boss, server, key_of_ses())
    press(boss, key, "push", mailer="default")
    operation = "PutEmailIdentityDkimSigningAttributes"
    denied = errors.access_denied(f"ses:{operation}", "*")
    ses.faults.add(Fault.answer(denied, operation=operation))

    page = press(boss, key, "revoke", reason="Lost")

    assert key.state == DkimState.REVOKING
    assert f"ses:{operation}" in page
    assert logged()[-1] == "Revoked it."


def test_ages_of_looks_are_told(boss: Client, server: DnsServer) -> None:
    key = new_key()
    press(boss, key, "check")
    DkimKey.objects.update(checked_at=timezone.now() - timedelta(hours=3, minutes=1))

    assert "Looked up 3 h ago" in words(boss.get(url(key)))
