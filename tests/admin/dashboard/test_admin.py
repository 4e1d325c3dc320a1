from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from seacucumber import tasks
from seacucumber.conf import BACKEND
from seacucumber.enums import HoldCause, HoldScope, IdentityStatus, RefreshSubject
from seacucumber.figures import accounts
from seacucumber.models import Hold, Refresh
from seacucumber.testing import LocalSES
from tests.admin import seed
from tests.queue import now_us, put_many

pytestmark = pytest.mark.django_db

SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)
HOSTILE = '"><script>alert(1)</script>\u202egnp.exe' + "x" * 200


def address(**query: str) -> str:
    where = reverse("admin:seacucumber_dashboard_changelist")
    return f"{where}?{urlencode(query)}" if query else where


def somebody(*permissions: str) -> Client:
    """Return a browser of a member of staff with these permissions."""
    user = User.objects.create_user("eve", password="x", is_staff=True)
    for name in permissions:
        user.user_permissions.add(Permission.objects.get(codename=name))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What workers were asked to refresh, in place of asking a broker."""
    found: list[tuple[str, str]] = []

    def ask(alias: str, subject: RefreshSubject) -> bool:
        found.append((alias, str(subject)))
        return True

    monkeypatch.setattr(tasks, "ask_for_refresh", ask)
    return found


def page(client: Client, **query: str) -> str:
    response = client.get(address(**query))
    assert response.status_code == 200
    return response.content.decode()


# -- who may ----------------------------------------------------------------------


def test_the_menu_leads_to_the_dashboard(admin_client: Client) -> None:
    index = admin_client.get(reverse("admin:index")).content.decode()

    assert f'href="{address()}"' in index


def test_whoever_is_not_logged_in_is_asked_to(client: Client) -> None:
    assert client.get(address()).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("permissions", [(), ("refresh_figures",), ("view_message",)])
def test_the_dashboard_needs_its_own_permission(permissions: tuple[str, ...]) -> None:
    assert somebody(*permissions).get(address()).status_code == 403


def test_who_may_only_look_is_shown_no_button_and_can_change_nothing(
    asked: list[Any],
) -> None:
    client = somebody("view_dashboard")

    assert "Refresh now" not in page(client)
    assert client.post(address()).status_code == 403
    assert asked == []


def test_links_lead_only_where_one_may_go() -> None:
    seed.seed_everything()

    assert "/seacucumber/identity/" not in page(somebody("view_dashboard"))


# -- asking for new figures -----------------------------------------------------------


def test_refresh_now_asks_a_worker_for_everything_and_is_logged(
    asked: list[Any],
) -> None:
    client = somebody("view_dashboard", "refresh_figures")

    response = client.post(address(range="90d"), follow=True)

    assert asked == [("default", "account"), ("default", "identities")]
    assert response.redirect_chain == [(address(range="90d"), 302)]
    assert "A worker asks SES" in response.content.decode()
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == (
        seed.key(),
        "Asked SES for new figures.",
    )


def test_a_broker_that_is_down_is_said_and_nothing_logged(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "ask_for_refresh", lambda alias, subject: False)

    response = admin_client.post(address(), follow=True)

    assert "The broker does not answer" in response.content.decode()
    assert not LogEntry.objects.exists()


def test_a_post_from_elsewhere_is_refused(asked: list[Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root", password="x"))

    assert client.post(address()).status_code == 403
    assert asked == []


# -- what it says ---------------------------------------------------------------------


def test_an_empty_project_is_told_what_to_do(admin_client: Client) -> None:
    html = page(admin_client)

    assert "No figures yet." in html
    assert "manage.py ses_usage" in html
    assert 'role="img"' not in html


def test_a_healthy_project_needs_nobody(admin_client: Client) -> None:
    seed.seed_healthy()

    html = page(admin_client)

    assert "All is well." in html
    assert "Holds</h2>" not in html
    assert html.count("31,204") == 1


def test_trouble_comes_first_with_cause_and_cure(admin_client: Client) -> None:
    seed.seed_everything()

    html = page(admin_client)

    verdict = html.index("Mail from news@shop.example waits")
    assert verdict < html.index("24 hour quota") < html.index("Attempts, and what")
    assert "Email address is not verified in region EU-WEST-1." in html
    assert "Bulk mail is stopped by ann." in html
    assert "Wrong price in the newsletter." in html


def test_a_denied_permission_is_named_and_the_age_shown(admin_client: Client) -> None:
    seed.seed_denied()

    html = page(admin_client)

    assert "Allow ses:GetAccount in IAM." in html
    assert "Figures are 5 h old" in html


@pytest.mark.parametrize("span", ["24h", "14d", "90d"])
def test_every_chart_is_well_formed_and_has_words_and_a_table(
    admin_client: Client, span: str
) -> None:
    seed.seed_everything()

    html = page(admin_client, range=span)

    drawings = [svg for svg in SVG.findall(html) if 'role="img"' in svg]
    assert len(drawings) == 4
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        title, desc = root.attrib["aria-labelledby"].split()
        words = {node.attrib.get("id"): node.text for node in root.iter()}
        assert words[title]
        assert words[desc]
    assert html.count("As a table") == 4


def test_numbers_in_drawings_have_no_decimal_comma(
    admin_client: Client, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "de"
    settings.USE_THOUSAND_SEPARATOR = True
    seed.seed_everything()

    html = page(admin_client)

    numbers = re.findall(
        r'(?: x| y| x1| x2| y1| y2|width|height|dasharray| d)="([^"]*)"',
        "".join(SVG.findall(html)),
    )
    assert numbers
    assert not [text for text in numbers if "," in text]
    assert "31.204" in html


@pytest.mark.parametrize("query", [{"range": "1000d"}, {"account": HOSTILE}])
def test_what_the_address_says_is_not_believed(
    admin_client: Client, query: dict[str, str]
) -> None:
    assert "<script>alert" not in page(admin_client, **query)


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.styles: list[str] = []
        self.inline_scripts = 0
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.styles += ["style"] if tag == "style" or "style" in names else []
        self.inline_scripts += tag == "script" and "src" not in names
        self.handlers += [name for name in names if name.startswith("on")]


def test_the_page_runs_under_a_strict_content_security_policy(
    admin_client: Client,
) -> None:
    seed.seed_everything()

    tags = _Tags(page(admin_client))

    assert (tags.styles, tags.inline_scripts, tags.handlers) == ([], 0, [])


def test_hostile_words_are_shown_as_text(admin_client: Client) -> None:
    seed.seed_healthy()
    seed._identity(HOSTILE, IdentityStatus.FAILED)
    Hold.objects.place(
        seed.key(),
        scope=HoldScope.SENDER,
        value=HOSTILE,
        cause=HoldCause.SENDER_UNVERIFIED,
        detail=HOSTILE,
        now_us=now_us(),
    )
    Refresh.objects.update(error_code="X", error_detail=HOSTILE)

    html = page(admin_client)

    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_several_accounts_can_be_chosen(admin_client: Client, settings: Any) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "us": {"BACKEND": BACKEND, "OPTIONS": {"ses_region_name": "us-west-2"}},
    }
    seed.seed_healthy()
    other = accounts()[1].key

    assert address(account=other) in page(admin_client)
    assert "No figures yet." in page(admin_client, account=other)
    assert "All is well." in page(admin_client)


def test_the_queue_is_the_one_of_the_account_that_is_shown(
    admin_client: Client, settings: Any
) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "us": {"BACKEND": BACKEND, "OPTIONS": {"ses_region_name": "us-west-2"}},
    }
    put_many(3)

    waiting = '<span class="cu-figure">{} <small>waiting</small></span>'
    assert waiting.format(3) in page(admin_client)
    assert waiting.format(0) in page(admin_client, account=accounts()[1].key)


# -- what it costs --------------------------------------------------------------------


def _queries(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page(client, range="90d")
    return len(queries)


def test_more_mail_and_more_history_are_not_more_queries(
    admin_client: Client,
) -> None:
    seed.seed_statistics(days=2)
    seed.seed_account(days=2)
    seed.seed_refreshes()
    put_many(2)
    few = _queries(admin_client)

    seed.seed_slices(days=30)
    put_many(200)

    assert _queries(admin_client) <= few + 1


def test_no_question_goes_to_aws(admin_client: Client, ses: LocalSES) -> None:
    seed.seed_everything()

    page(admin_client)

    assert (ses.counters.control_calls, ses.counters.posts) == (0, 0)


def test_old_figures_are_still_shown(admin_client: Client) -> None:
    seed.seed_healthy()
    seed.seed_refreshes(age=timedelta(days=3))

    html = page(admin_client)

    assert "Figures are 3 d old" in html
    assert '<span class="cu-pill cu-warn">stale</span>' in html
    assert "31,204" in html
