"""The pages about identities, as an operator uses them; SES is the local one."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from seacucumber import identities, tasks
from seacucumber.conf import BACKEND, get_mailer
from seacucumber.enums import IdentityKind, IdentityStatus, RefreshSubject
from seacucumber.models import Identity, Refresh
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.http.server import free_port
from tests.dns.server import DnsServer
from tests.queue import put

# Not in a transaction: a call to SES waits for its turn outside of one.
pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/seacucumber/identity/"
ADD = f"{LIST}add/"
HOSTILE = '"<script>alert(1)</script>\u202etxt.exe"@evil.example'


def login(client: Client, *codenames: str) -> User:
    """Log in as staff with these permissions of ours, and no other."""
    user = User.objects.create_user("ann", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="seacucumber", codename__in=codenames
        )
    )
    client.force_login(user)
    return user


@pytest.fixture
def boss(client: Client) -> Client:
    """Somebody who may do everything with identities."""
    login(
        client,
        "view_identity",
        "add_identity",
        "change_identity",
        "delete_identity",
        "refresh_figures",
    )
    return client


@pytest.fixture
def eager() -> Iterator[None]:
    """Tasks run where they are asked for; there is no worker."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def row(name: str, status: str = IdentityStatus.PENDING, **values: Any) -> Identity:
    """Store an identity that SES does not know of."""
    return Identity.objects.create(
        **{
            "pace_key": get_mailer().pace_key,
            "mailer": "default",
            "name": name,
            "kind": IdentityKind.ADDRESS if "@" in name else IdentityKind.DOMAIN,
            "status": status,
            "sending_enabled": status == IdentityStatus.VERIFIED,
            "refreshed_at": timezone.now(),
            **values,
        }
    )


def url(identity: Identity, page: str = "change") -> str:
    return reverse(f"admin:seacucumber_identity_{page}", args=[identity.pk])


def words(response: Any) -> str:
    """Return a page's text as a reader sees it, near enough."""
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def deny(ses: LocalSES, operation: str) -> None:
    denied = errors.access_denied(f"ses:{operation}", "*")
    ses.faults.add(Fault.answer(denied, operation=operation))


def states(ses: LocalSES) -> dict[str, str]:
    return {found.name: str(found.status) for found in ses.identities}


# The list -----------------------------------------------------------------------


def test_list_shows_status_and_age(boss: Client) -> None:
    row("shop.example", IdentityStatus.VERIFIED)
    row("batman@gotham.example", IdentityStatus.FAILED)
    Refresh.objects.create(
        pace_key=get_mailer().pace_key,
        subject=RefreshSubject.IDENTITIES,
        succeeded_at=timezone.now() - timedelta(hours=3, minutes=1),
    )

    page = words(boss.get(LIST))

    assert '<span class="cu-pill cu-ok">verified</span>' in page
    assert '<span class="cu-pill cu-bad">failed</span>' in page
    assert "Last read from Amazon SES 3 h ago" in page


def test_list_tells_why_it_is_old(boss: Client) -> None:
    Refresh.objects.create(
        pace_key=get_mailer().pace_key,
        subject=RefreshSubject.IDENTITIES,
        succeeded_at=timezone.now() - timedelta(days=2),
        error_code="AccessDenied",
        error_detail="whatever AWS said",
        missing_permission="ses:ListEmailIdentities",
    )

    page = words(boss.get(LIST))

    assert "The last refresh failed." in page
    assert "allow ses:ListEmailIdentities in the IAM policy" in page


def test_list_says_that_nobody_has_asked_yet(boss: Client) -> None:
    assert "has not been asked" in words(boss.get(LIST))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=gotham", {"batman@gotham.example", "gotham.example"}),
        ("kind__exact=domain", {"gotham.example", "shop.example"}),
        ("status__exact=pending", {"batman@gotham.example"}),
        ("pace_key=another/eu-west-1", {"shop.example"}),
    ],
)
def test_list_is_searched_and_filtered(
    boss: Client, query: str, found: set[str]
) -> None:
    row("batman@gotham.example")
    row("gotham.example", IdentityStatus.VERIFIED)
    row("shop.example", IdentityStatus.FAILED, pace_key="another/eu-west-1")

    response = boss.get(f"{LIST}?{query}")

    assert {identity.name for identity in response.context["cl"].result_list} == found


def test_names_that_are_markup_are_shown_as_text(boss: Client) -> None:
    identity = row(HOSTILE, records=[{"purpose": "<b>", "value": "<img src=x>"}, 7])

    for page in (LIST, url(identity), url(identity, "delete")):
        source = boss.get(page).content.decode()
        assert "<script>alert" not in source
        assert "<img src=x>" not in source
        assert "&lt;script&gt;alert" in source
        assert "\u202e" not in source


# Verify -------------------------------------------------------------------------


def test_address_is_verified(boss: Client, ses: LocalSES) -> None:
    response = boss.post(
        ADD, {"name": "batman@gotham.gov", "mailer": "default"}, follow=True
    )

    page = words(response)
    identity = Identity.objects.get(name="batman@gotham.gov")
    assert response.redirect_chain == [(url(identity), 302)]
    assert states(ses)["batman@gotham.gov"] == "PENDING"
    assert "SES has sent a mail to batman@gotham.gov" in page
    assert "Somebody has to open the link" in page
    assert LogEntry.objects.get().action_flag == ADDITION


def test_domain_is_verified_by_records_that_can_be_copied(
    boss: Client, ses: LocalSES
) -> None:
    page = words(
        boss.post(ADD, {"name": "gotham.gov", "mailer": "default"}, follow=True)
    )

    assert states(ses)["gotham.gov"] == "PENDING"
    assert "Publish the DNS records below" in page
    assert page.count("_domainkey.gotham.gov</code>") == 3
    assert page.count(".dkim.amazonses.com</code>") == 3
    assert "_dmarc.gotham.gov</code>" in page
    assert "not looked up yet" in page


@pytest.mark.parametrize("name", ["", "ann", "ann@", "a b.example", "<script>.example"])
def test_what_is_no_name_is_said_before_ses_is_asked(
    boss: Client, ses: LocalSES, name: str
) -> None:
    calls = ses.counters.control_calls

    page = words(boss.post(ADD, {"name": name, "mailer": "default"}))

    assert "neither an e-mail address" in page or "This field is required" in page
    assert "<script>.example" not in boss.post(ADD, {"name": name}).content.decode()
    assert ses.counters.control_calls == calls


def test_denial_names_the_permission_and_keeps_what_was_typed(
    boss: Client, ses: LocalSES
) -> None:
    deny(ses, "CreateEmailIdentity")

    page = words(boss.post(ADD, {"name": "gotham.gov", "mailer": "default"}))

    assert "It could not be verified." in page
    assert "ses:CreateEmailIdentity" in page
    assert 'value="gotham.gov"' in page
    assert not Identity.objects.exists()
    assert not LogEntry.objects.exists()


def test_mailer_that_does_not_exist_is_no_choice(boss: Client, ses: LocalSES) -> None:
    page = words(boss.post(ADD, {"name": "gotham.gov", "mailer": "nobody"}))

    assert "Select a valid choice" in page


def test_each_account_can_be_chosen_where_there_are_several(
    boss: Client, ses: LocalSES, settings: Any
) -> None:
    row = {"BACKEND": BACKEND, "OPTIONS": {"account": "second"}}
    settings.MAILERS = {"default": {"BACKEND": BACKEND}, "second": row}

    assert "second/eu-west-1 (second)" in words(boss.get(ADD))
    boss.post(ADD, {"name": "batman@gotham.gov", "mailer": "second"})

    identity = Identity.objects.get()
    assert (identity.mailer, identity.pace_key) == ("second", "second/eu-west-1")
    page = words(boss.get(LIST))
    assert 'class="field-shown_account">second/eu-west-1<' in page
    assert page.count("has not been asked") == 2


def test_identity_of_a_mailer_that_is_gone_can_still_be_looked_at(
    boss: Client, ses: LocalSES
) -> None:
    identity = row("batman@gotham.gov", mailer="gone", pace_key="gone/eu-west-1")

    for page in (LIST, url(identity), url(identity, "delete")):
        assert boss.get(page).status_code == 200
    for action in ("refresh", "resend", "delete"):
        page = words(boss.post(url(identity, action), follow=True))
        assert "has no mailer 'gone'" in page
    assert Identity.objects.exists()


# One identity --------------------------------------------------------------------


def test_mail_is_sent_again(boss: Client, ses: LocalSES) -> None:
    identities.verify("batman@gotham.gov")
    identity = Identity.objects.get()

    page = words(boss.post(url(identity, "resend"), follow=True))

    assert "SES has sent a mail to batman@gotham.gov" in page
    [found] = [one for one in ses.identities if one.name == "batman@gotham.gov"]
    assert found.verification_mails == 2
    assert LogEntry.objects.get().action_flag == CHANGE


def test_nothing_is_sent_to_whoever_is_verified_meanwhile(
    boss: Client, ses: LocalSES
) -> None:
    identity = row("batman@gotham.gov")
    ses.verify("batman@gotham.gov")

    page = words(boss.post(url(identity, "resend"), follow=True))

    assert "No mail was sent: batman@gotham.gov is verified already." in page


def test_domain_has_no_mail_to_send_again(boss: Client, ses: LocalSES) -> None:
    identity = row("gotham.gov")

    response = boss.post(url(identity, "resend"), follow=True)

    assert response.status_code == 200
    assert [str(message.level_tag) for message in response.context["messages"]] == [
        "error"
    ]
    assert not LogEntry.objects.exists()


def test_refresh_of_one_shows_what_ses_says_now(boss: Client, ses: LocalSES) -> None:
    identity = row("batman@gotham.gov")
    ses.verify("batman@gotham.gov")

    page = words(boss.post(url(identity, "refresh"), follow=True))

    assert "SES says that batman@gotham.gov is verified." in page
    assert "Mail may come from this address." in page


@pytest.mark.parametrize("action", ["refresh", "resend"])
def test_identity_that_ses_has_lost_goes_from_the_list(
    boss: Client, ses: LocalSES, action: str
) -> None:
    identity = row("batman@gotham.gov")

    page = words(boss.post(url(identity, action), follow=True))

    assert "SES does not have batman@gotham.gov any more" in page
    assert not Identity.objects.exists()


@pytest.mark.parametrize(
    ("action", "operation"),
    [("refresh", "GetEmailIdentity"), ("resend", "VerifyEmailIdentity")],
)
def test_denied_action_names_the_permission(
    boss: Client, ses: LocalSES, action: str, operation: str
) -> None:
    identities.verify("batman@gotham.gov")
    deny(ses, operation)

    page = words(boss.post(url(Identity.objects.get(), action), follow=True))

    assert f"ses:{operation}" in page
    assert Identity.objects.get().status == IdentityStatus.PENDING


def test_pending_address_of_a_verified_domain_may_send(boss: Client) -> None:
    row("gotham.gov", IdentityStatus.VERIFIED)
    identity = row("batman@cave.gotham.gov")

    assert "its domain gotham.gov is verified" in words(boss.get(url(identity)))


def test_looking_asks_ses_nothing(boss: Client, ses: LocalSES) -> None:
    identity = row("gotham.gov")
    calls = ses.counters.control_calls

    for page in (LIST, ADD, url(identity), url(identity, "delete")):
        assert boss.get(page).status_code == 200

    assert ses.counters.control_calls == calls


def test_pages_open_while_ses_is_down(boss: Client, settings: Any) -> None:
    settings.CUCUMBER_ENDPOINT_URL = f"http://127.0.0.1:{free_port()}"
    settings.CUCUMBER_CLIENT_CONFIG = {"retries": {"total_max_attempts": 1}}
    identity = row("batman@gotham.gov")

    for page in (LIST, ADD, url(identity), url(identity, "delete")):
        assert boss.get(page).status_code == 200
    for action in ("refresh", "resend"):
        answer = boss.post(url(identity, action), follow=True)
        assert "cannot be reached" in words(answer)
    assert Identity.objects.get().name == "batman@gotham.gov"


def test_dns_is_checked_and_each_record_says_what_was_found(
    boss: Client, ses: LocalSES, settings: Any
) -> None:
    identities.verify("gotham.gov")
    identity = Identity.objects.get()
    right, wrong, missing, *_dmarc = identity.records
    with DnsServer() as server:
        settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        server.zone[right["name"], "CNAME"] = [f"{right['value']}."]
        server.zone[wrong["name"], "CNAME"] = ["elsewhere.example."]

        page = words(boss.post(url(identity, "check"), follow=True))

    assert (missing["name"], "CNAME") in server.asked
    assert "DNS has 1 of 4 records as they should be." in page
    pills = [row.split("<")[0] for row in page.split('<span class="cu-pill cu-')[1:]]
    results = [pill.partition(">")[2] for pill in pills]
    assert results[-4:] == ["published", "another value", "missing", "missing"]
    assert "elsewhere.example" in page
    assert "Looked up under 1 s ago" in page or "Looked up 1 s ago" in page


def test_page_says_how_receivers_read_the_dmarc_record(
    boss: Client, ses: LocalSES, settings: Any
) -> None:
    identities.verify("gotham.gov")
    identity = Identity.objects.get()
    text = "v=DMARC1; rua=mailto:a@gotham.gov; pct=50"
    with DnsServer() as server:
        settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        server.zone["_dmarc.gotham.gov", "TXT"] = [f'"{text}"']

        page = words(boss.post(url(identity, "check"), follow=True))

    assert "published, see the note" in page
    assert text in page
    assert "Receivers act as if it said p=none." in page
    assert "RFC 9989 has removed pct" in page


def test_no_transaction_is_open_while_ses_is_asked(
    boss: Client, ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks may have to wait for his turn, and must not hold locks meanwhile."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    seen = []

    def look(*_: Any, **__: Any) -> None:
        seen.append(connection.in_atomic_block)

    for name in ("refresh_one", "check_dns", "delete"):
        monkeypatch.setattr(identities, name, look)
    identity = row("batman@gotham.gov")
    for page in ("refresh", "check", "delete"):
        boss.post(url(identity, page))

    assert seen == [False, False, False]


# All of them ---------------------------------------------------------------------


def test_refresh_of_all_finds_what_was_added_in_the_console(
    boss: Client, ses: LocalSES, eager: None
) -> None:
    row("gone.example")

    page = words(boss.post(f"{LIST}refresh/", follow=True))

    assert "A worker asks SES" in page
    assert {one.name for one in Identity.objects.all()} == {"example.com"}
    assert LogEntry.objects.get().action_flag == CHANGE


def test_refresh_of_all_says_when_no_worker_can_be_asked(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "ask_for_refresh", lambda *_: False)

    page = words(boss.post(f"{LIST}refresh/", follow=True))

    assert "the broker does not answer" in page
    assert not LogEntry.objects.exists()


# Delete --------------------------------------------------------------------------


def test_identity_is_deleted_from_ses(boss: Client, ses: LocalSES) -> None:
    ses.verify("old.example")
    identity = row("old.example", IdentityStatus.VERIFIED)
    assert "Nothing that this site knows of" in words(boss.get(url(identity, "delete")))

    page = words(boss.post(url(identity, "delete"), follow=True))

    assert "Deleted from SES: old.example." in page
    assert "old.example" not in states(ses)
    assert not Identity.objects.exists()
    assert LogEntry.objects.get().action_flag == DELETION


def test_what_mail_depends_on_is_deleted_only_by_its_name(
    boss: Client, ses: LocalSES
) -> None:
    """example.com is the domain of DEFAULT_FROM_EMAIL and of SERVER_EMAIL."""
    identity = row("example.com", IdentityStatus.VERIFIED)
    put()
    page = words(boss.get(url(identity, "delete")))
    assert "Mail depends on it." in page
    assert "1 message from it waits in the queue." in page
    assert "DEFAULT_FROM_EMAIL" in page
    assert "SERVER_EMAIL" in page

    for typed in ("", "example.org"):
        refused = boss.post(url(identity, "delete"), {"typed": typed})
        assert "That is not the name. Nothing has been deleted." in words(refused)
    assert "example.com" in states(ses)

    boss.post(url(identity, "delete"), {"typed": " Example.com "})
    assert "example.com" not in states(ses)
    assert not Identity.objects.exists()


def test_denied_deletion_deletes_nothing(boss: Client, ses: LocalSES) -> None:
    ses.verify("old.example")
    identity = row("old.example", IdentityStatus.VERIFIED)
    deny(ses, "DeleteEmailIdentity")

    page = words(boss.post(url(identity, "delete")))

    assert "It has not been deleted." in page
    assert "ses:DeleteEmailIdentity" in page
    assert "old.example" in states(ses)
    assert Identity.objects.exists()
    assert not LogEntry.objects.exists()


def test_what_was_deleted_in_the_console_goes_from_the_list(
    boss: Client, ses: LocalSES
) -> None:
    identity = row("old.example")

    page = words(boss.post(url(identity, "delete"), follow=True))

    assert "SES did not have old.example any more" in page
    assert not Identity.objects.exists()


def test_djangos_own_ways_to_delete_rows_are_closed(
    boss: Client, ses: LocalSES
) -> None:
    """They would forget the copy, and SES would still have the identity."""
    ses.verify("old.example")
    identity = row("old.example", IdentityStatus.VERIFIED)

    boss.post(
        LIST,
        {
            "action": "delete_selected",
            "_selected_action": [identity.pk],
            "post": "yes",
        },
    )

    assert Identity.objects.exists()
    assert "delete_selected" not in boss.get(LIST).content.decode()


# Permissions ---------------------------------------------------------------------


ACTIONS = ("resend", "refresh", "check", "delete")


def test_viewers_see_everything_and_no_button(client: Client) -> None:
    login(client, "view_identity")
    identity = row("batman@gotham.gov")

    for page in (LIST, url(identity)):
        source = words(client.get(page))
        for button in ("Send the", "Refresh", "Delete from", "Check DNS", "Verify an"):
            assert f"{button} " not in source.partition("<main")[2]
    assert client.get(ADD).status_code == 403
    assert client.post(f"{LIST}refresh/").status_code == 403
    for action in ACTIONS:
        assert client.post(url(identity, action)).status_code == 403
    assert client.post(url(identity)).status_code == 403


@pytest.mark.parametrize(
    ("codename", "action"),
    [
        ("change_identity", "resend"),
        ("refresh_figures", "refresh"),
        ("refresh_figures", "check"),
        ("delete_identity", "delete"),
    ],
)
def test_each_action_has_its_permission(
    client: Client, ses: LocalSES, codename: str, action: str
) -> None:
    login(client, "view_identity", codename)
    identity = row("gotham.gov", IdentityStatus.VERIFIED)

    answer = {name: client.post(url(identity, name)).status_code for name in ACTIONS}

    allowed = {name for name, status in answer.items() if status != 403}
    expected = {"refresh", "check"} if codename == "refresh_figures" else {action}
    assert allowed == expected


def test_looking_at_an_action_does_nothing(boss: Client, ses: LocalSES) -> None:
    identity = row("batman@gotham.gov")
    calls = ses.counters.control_calls

    for action in ("resend", "refresh", "check"):
        assert boss.get(url(identity, action)).status_code == 405
    assert boss.get(f"{LIST}refresh/").status_code == 405
    assert ses.counters.control_calls == calls


def test_whoever_may_only_verify_is_led_back_to_the_form(
    client: Client, ses: LocalSES
) -> None:
    login(client, "add_identity")

    answer = client.post(ADD, {"name": "batman@gotham.gov", "mailer": "default"})

    assert answer.headers["Location"] == ADD
    assert client.get(LIST).status_code == 403


def test_posts_need_the_token(boss: Client) -> None:
    identity = row("batman@gotham.gov")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())

    for page in (ADD, f"{LIST}refresh/", *(url(identity, one) for one in ACTIONS)):
        assert strict.post(page).status_code == 403
