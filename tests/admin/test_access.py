"""Every URL of ours, for everybody: the whole matrix, against an explicit table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver

from seacucumber import dkim_keys, suppression
from seacucumber.conf import get_mailer
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import DkimAlgorithm, HoldScope, IdentityKind, IdentityStatus
from seacucumber.models import Event, Hold, Identity, Message
from seacucumber.testing import LocalSES
from tests.admin.access_table import TABLE, Access, Row
from tests.admin.keys import name_servers
from tests.admin.letters import sent
from tests.ses_events.notifications import tell, told

pytestmark = pytest.mark.usefixtures("ses", "wakeups")

_TOKEN = "a" * 32
_LOGIN = "/admin/login/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Somebody, by what he may do."""

    name: str
    staff: bool = True
    superuser: bool = False
    permissions: frozenset[str] = frozenset()

    def holds(self, access: Access) -> bool:
        """Tell whether the table lets him through."""
        if access.needs is None:
            return False
        return self.superuser or access.needs <= self.permissions

    def expected(self, access: Access) -> int:
        return access.answers if self.holds(access) else 403


def routes(patterns: Iterable[object], before: str = "") -> Iterator[str]:
    """Yield the routes of ours below the admin."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            route = before + str(pattern.pattern)
            if route.startswith("seacucumber/"):
                yield route


def named_permissions() -> set[str]:
    """Return the permissions that the pages of a model with pages may ask for."""
    models = (
        *("dashboard", "dkimkey", "event", "hold", "identity", "message"),
        "suppressed",
    )
    rows = Permission.objects.filter(
        content_type__app_label="seacucumber", content_type__model__in=models
    )
    return set(rows.values_list("codename", flat=True))


def roles() -> Iterator[Role]:
    named = named_permissions()
    everything = set(
        Permission.objects.filter(content_type__app_label="seacucumber").values_list(
            "codename", flat=True
        )
    )
    yield Role(name="no staff", staff=False, permissions=frozenset(everything))
    yield Role(name="staff")
    views = frozenset(name for name in everything if name.startswith("view_"))
    # To read bodies is a permission of its own, though its name begins like those.
    yield Role(name="view-only", permissions=views - {"view_body"})
    for codename in sorted(named):
        yield Role(name=f"only {codename}", permissions=frozenset({codename}))
    yield Role(name="tables without pages", permissions=frozenset(everything - named))
    yield Role(name="everything", permissions=frozenset(everything))
    yield Role(name="superuser", superuser=True)


@pytest.fixture
def samples(settings: Any) -> Iterator[dict[str, int]]:
    """Ids of a message that was sent, a hold, an identity, a DKIM key, and more."""
    with name_servers(settings):
        yield _samples()


def _samples() -> dict[str, int]:
    hold, _ = lifecycle.pause(
        get_mailer().pace_key,
        scope=HoldScope.LANE,
        value="bulk",
        why="Why",
        actor="eve",
    )
    identity = Identity.objects.create(
        pace_key=get_mailer().pace_key,
        mailer="default",
        name="example.com",
        kind=IdentityKind.DOMAIN,
        status=IdentityStatus.VERIFIED,
        sending_enabled=True,
        refreshed_at=hold.placed_at,
    )
    key = dkim_keys.generate("example.com", algorithm=DkimAlgorithm.ED25519_SHA256)
    suppressed, _ = suppression.add("ann@example.net")
    message = sent()
    tell(told(message, "Bounce"))
    return {
        "message": message.pk,
        "event": Event.objects.get().pk,
        "hold": hold.pk,
        "identity": identity.pk,
        "key": key.pk,
        "suppressed": suppressed.pk,
    }


def url_of(route: str, row: Row, samples: dict[str, int]) -> str:
    path = route.replace("<int:number>", "2")
    for part in ("<int:pk>", "<path:object_id>"):
        path = path.replace(part, str(samples[row.of]))
    assert "<" not in path, f"{route} has a part that has no sample"
    return f"/admin/{path}"


def client_of(role: Role) -> Client:
    client = Client(enforce_csrf_checks=True)
    user = User.objects.create_user(
        role.name, "u@example.com", is_staff=role.staff, is_superuser=role.superuser
    )
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="seacucumber", codename__in=role.permissions
        )
    )
    client.force_login(user)
    return client


def status(client: Client, method: str, url: str, data: dict[str, str]) -> int:
    """Return the answer's status, and undo what the request has done."""
    with transaction.atomic():
        answer = client.get(url) if method == "GET" else client.post(url, data)
        transaction.set_rollback(True)
    return answer.status_code


def posted(row: Row) -> dict[str, str]:
    return {
        "account": get_mailer().pace_key,
        "csrfmiddlewaretoken": _TOKEN,
        **row.data,
    }


@pytest.mark.django_db
def test_every_url_has_a_row_and_every_row_a_url() -> None:
    assert set(routes(admin.site.get_urls())) == set(TABLE)


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(TABLE))
def test_the_matrix_of(route: str, samples: dict[str, int], ses: LocalSES) -> None:
    row = TABLE[route]
    url = url_of(route, row, samples)
    wrong = []
    for role in roles():
        client = client_of(role)
        client.cookies["csrftoken"] = _TOKEN
        for method, access in (("GET", row.get), ("POST", row.post)):
            expected = role.expected(access) if role.staff else 302
            found = status(client, method, url, posted(row))
            if found != expected:
                wrong.append(f"{role.name}: {method} answers {found}, not {expected}")
        without = status(client, "POST", url, dict(row.data))
        if without != 403:
            wrong.append(f"{role.name}: POST without a token answers {without}")
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(TABLE))
def test_who_has_not_logged_in_is_asked_to(route: str, samples: dict[str, int]) -> None:
    row = TABLE[route]
    url = url_of(route, row, samples)
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = _TOKEN
    before = (Message.objects.count(), Hold.objects.count(), Identity.objects.count())
    for answer in (client.get(url), client.post(url, posted(row))):
        assert answer.status_code == 302
        assert answer["Location"].startswith(_LOGIN)
    assert client.post(url, dict(row.data)).status_code == 403
    assert before == (
        Message.objects.count(),
        Hold.objects.count(),
        Identity.objects.count(),
    )
