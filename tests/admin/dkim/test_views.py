"""What the pages show of DKIM keys: the list, the record, the differences, trouble."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from seacucumber.admin.dkim.record_diff import differences
from seacucumber.conf import get_mailer
from seacucumber.enums import DkimAlgorithm, DkimState, IdentityKind, IdentityStatus
from seacucumber.models import DkimKey, Identity
from tests.admin.keys import (
    EVERYTHING,
    LIST,
    login,
    name_servers,
    new_key,
    publish,
    url,
)
from tests.dns.server import DnsServer

pytestmark = pytest.mark.django_db

#: RFC 8463, appendix A.2.
RFC_PUBLIC_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


@pytest.fixture
def boss(client: Client) -> Client:
    """Somebody who may do everything with keys, and see all the rest."""
    login(client, *EVERYTHING, "view_dashboard", "view_identity", "delete_identity")
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


def stored(**values: Any) -> DkimKey:
    """Make a key, and let the row have other values than it could have got."""
    key = new_key()
    for name, value in values.items():
        setattr(key, name, value)
    key.save()
    return key


def domain_identity(name: str = "example.com") -> Identity:
    return Identity.objects.create(
        pace_key=get_mailer().pace_key,
        mailer="default",
        name=name,
        kind=IdentityKind.DOMAIN,
        status=IdentityStatus.VERIFIED,
        sending_enabled=True,
        refreshed_at=timezone.now(),
    )


# The record ---------------------------------------------------------------------


def test_the_record_is_there_in_every_form_that_name_servers_ask_for(
    boss: Client,
) -> None:
    key = new_key(
        "mail.example.com",
        selector="s1",
        algorithm=DkimAlgorithm.RSA_SHA256,
        bits=2048,
    )
    value = f"v=DKIM1; k=rsa; p={key.public_key}"
    strings = f'"{value[:255]}" "{value[255:]}"'

    raw = html.unescape(boss.get(url(key)).content.decode())

    name = "s1._domainkey.mail.example.com"
    assert f">{name}</code>" in raw
    assert ">s1._domainkey</code>" in raw
    assert ">s1._domainkey.mail</code>" in raw
    assert f">{value}</code>" in raw
    assert f">{strings}</code>" in raw
    lines = (
        f'>{name}. 3600 IN TXT (\n    "{value[:255]}"\n    "{value[255:]}"\n)</code>'
    )
    assert lines in raw
    batch = raw.partition("Amazon Route 53")[2].partition(">{")[2]
    change = json.loads("{" + batch.partition("</code>")[0])["Changes"][0]
    assert change["Action"] == "UPSERT"
    assert change["ResourceRecordSet"] == {
        "Name": f"{name}.",
        "Type": "TXT",
        "TTL": 3600,
        "ResourceRecords": [{"Value": strings}],
    }


def test_what_differs_is_told_tag_by_tag(boss: Client, server: DnsServer) -> None:
    key = new_key()
    publish(server, key, f"v=DKIM1; k=ed25519; t=y; p={key.public_key[:-6]}")

    page = words(boss.post(url(key, "check"), follow=True))

    assert '<span class="cu-pill cu-bad">malformed</span>' in page
    assert "It should not be there." in page
    assert "It is cut short: 38 characters of 44." in page
    assert f"t=y; p={key.public_key[:-6]}</code>" in page


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (f"v=DKIM1; k=ed25519; p={RFC_PUBLIC_KEY}", []),
        (f"v=DKIM1;k=ed25519;p={RFC_PUBLIC_KEY[:9]} {RFC_PUBLIC_KEY[9:]};", []),
        ("v=DKIM1; k=ed25519; p=", [("p", "It is empty, which revokes the key.")]),
        (
            f"v=DKIM1; p={RFC_PUBLIC_KEY}; s=tlsrpt",
            [("k", "It is not there."), ("s", "It should not be there.")],
        ),
        (
            "v=DKIM1; k=ed25519; p=" + "A" * 43 + "=",
            [("p", "It is the public half of another key.")],
        ),
        (
            f"v=DKIM1; k=ed25519; p={RFC_PUBLIC_KEY}xyz",
            [("p", "3 characters too many follow it.")],
        ),
    ],
)
def test_differences_of_a_record(found: str, expected: list[tuple[str, str]]) -> None:
    record = f"v=DKIM1; k=ed25519; p={RFC_PUBLIC_KEY}"

    shown = [(row.tag, row.words) for row in differences(record, found)]

    assert shown == expected


def test_a_change_far_inside_of_an_rsa_key_is_found() -> None:
    one = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "x" * 300
    other = one[:200] + "y" + one[201:]

    [row] = differences(f"v=DKIM1; p={one}", f"v=DKIM1; p={other}")

    assert row.words == "It differs from character 201 on."


def test_what_dns_says_is_shown_as_text(boss: Client) -> None:
    hostile = '"><script>alert(1)</script>\u202egnp.exe' + "x" * 1500
    key = stored(
        result="malformed",
        note=hostile,
        found_record=hostile,
        checked_at=timezone.now(),
    )

    raw = boss.get(url(key)).content.decode()

    assert "<script>alert" not in raw
    assert "\u202e" not in raw
    assert "&lt;script&gt;alert(1)" in raw


@pytest.mark.parametrize("result", ["", "match", "missing", "mismatch", "testing"])
@pytest.mark.parametrize("state", DkimState)
def test_every_state_and_result_has_words(
    boss: Client, state: DkimState, result: str
) -> None:
    keyless = state in ("revoking", "revoked", "archived", "abandoned")
    key = stored(
        state=state,
        result=result,
        note="A note." if result not in ("", "match") else "",
        active_for="message:example.com" if state == DkimState.ACTIVE else None,
        retiring_at=timezone.now(),
        activated_at=timezone.now(),
        **({"private_key_sealed": ""} if keyless else {}),
    )

    page = words(boss.get(url(key)))

    assert str(state.label) in page
    assert ("<dd>destroyed</dd>" in page) == keyless
    if result in ("mismatch", "testing") and state in ("pending", "active"):
        assert "A note." in page


def test_a_broken_look_of_an_active_key_comes_first(boss: Client) -> None:
    key = stored(
        state=DkimState.ACTIVE,
        active_for="message:example.com",
        activated_at=timezone.now(),
        result="missing",
        note="No key record is published.",
        bad_checks=3,
    )

    page = words(boss.get(url(key)))

    assert "Mail is signed with it, but DNS does not have its record." in page
    assert "cu-notice cu-bad" in page


# The list -----------------------------------------------------------------------


def test_the_list_tells_state_record_and_what_needs_somebody(boss: Client) -> None:
    new_key("shop.example", selector="one")
    stored(result="match", good_checks=1, checked_at=timezone.now())

    page = words(boss.get(LIST))

    assert "one._domainkey.shop.example waits for its record in DNS." in page
    assert '<span class="cu-pill cu-ok">published</span>' in page
    assert '<span class="cu-pill cu-info">not looked up yet</span>' in page
    assert "Generate a key" in page


def test_the_list_is_searched_by_domain_and_filtered_by_state(boss: Client) -> None:
    new_key("shop.example")
    new_key("gotham.example")

    found = words(boss.get(LIST, {"q": "gotham"})).partition("result_list")[2]
    none = words(boss.get(LIST, {"state__exact": "active"})).partition("result_list")[2]

    assert "gotham.example" in found
    assert "shop.example" not in found
    assert "gotham.example" not in none


def test_who_may_only_look_is_offered_nothing_else(client: Client) -> None:
    login(client, "view_dkimkey")
    key = new_key()

    for page in (words(client.get(url(key))), words(client.get(LIST))):
        for offered in ("Activate", "Give up", "Revoke", "Check DNS", "Generate a"):
            assert offered not in page
    assert "Its DNS record has to be published." in words(client.get(url(key)))


def test_the_history_has_who_did_what(boss: Client) -> None:
    key = new_key()
    boss.post(url(key, "options"), {"beside_ses": "on"})

    page = words(boss.get(url(key, "history")))

    assert "Changed its options." in page


# On other pages -----------------------------------------------------------------


def test_the_dashboard_names_a_key_that_nobody_can_verify(
    boss: Client, mailer: object
) -> None:
    key = stored(
        state=DkimState.ACTIVE,
        active_for="message:example.com",
        activated_at=timezone.now(),
        result="missing",
        note="No key record is published.",
        bad_checks=3,
        bad_since=timezone.now(),
    )

    page = words(boss.get("/admin/seacucumber/dashboard/"))

    assert f"DKIM: {key} signs, and receivers cannot verify it." in page
    assert "DKIM keys in trouble" in page
    assert f'href="{url(key)}"' in page
    assert "All is well." not in page


def test_the_dashboard_shows_no_way_to_keys_to_whom_may_not_see_them(
    client: Client, mailer: object
) -> None:
    login(client, "view_dashboard")
    key = new_key()

    page = words(client.get("/admin/seacucumber/dashboard/"))

    assert f"{key} waits for its record in DNS." in page
    assert "/dkimkey/" not in page


def test_the_page_of_a_domain_leads_to_its_keys(boss: Client, mailer: object) -> None:
    key, other = new_key(), new_key("shop.example")
    identity = domain_identity()

    page = words(boss.get(f"/admin/seacucumber/identity/{identity.pk}/change/"))

    assert f'href="{url(key)}"' in page
    assert f'href="{url(other)}"' not in page
    assert f'href="{LIST}add/?domain=example.com"' in page


def test_before_a_domain_is_deleted_its_keys_are_named(
    boss: Client, mailer: object
) -> None:
    key, below = new_key(), new_key("mail.example.com")
    other = new_key("notexample.com")
    identity = domain_identity()

    page = words(boss.get(f"/admin/seacucumber/identity/{identity.pk}/delete/"))

    assert f"DKIM key {key} (pending)" in page
    assert f"DKIM key {below} (pending)" in page
    assert str(other) not in page
