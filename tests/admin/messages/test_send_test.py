"""One message to see whether mail leaves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from seacucumber.conf import Mailer
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import (
    HoldScope,
    IdentityKind,
    IdentityStatus,
    Lane,
    MessageState,
)
from seacucumber.models import Identity, Message
from seacucumber.testing import LocalSES
from tests.admin.letters import login
from tests.queue import drain, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses", "wakeups")]

PAGE = "/admin/seacucumber/message/send-test/"
SIMULATOR = "success@simulator.amazonses.com"


@pytest.fixture
def tester(client: Client) -> User:
    """Somebody who may send tests and look at messages."""
    return login(client, "view_message", "send_test")


@pytest.fixture
def domain(mailer: Mailer) -> Identity:
    return identity(mailer, "example.com", IdentityKind.DOMAIN)


def identity(mailer: Mailer, name: str, kind: IdentityKind, **values: Any) -> Identity:
    return Identity.objects.create(
        **{
            "pace_key": mailer.pace_key,
            "mailer": mailer.alias,
            "name": name,
            "kind": kind,
            "status": IdentityStatus.VERIFIED,
            "sending_enabled": True,
            "refreshed_at": timezone.now(),
            **values,
        }
    )


def send(client: Client, sender: Identity, /, **data: str) -> Any:
    values = {
        "mailer": "default",
        "sender": str(sender.pk),
        "local_part": "test",
        "recipient": SIMULATOR,
        "lane": "transactional",
        "confirmed": "yes",
        **data,
    }
    return client.post(PAGE, values)


@pytest.mark.usefixtures("tester")
def test_a_test_goes_through_the_queue_and_its_page_is_shown(
    client: Client, domain: Identity, ses: LocalSES
) -> None:
    answer = send(client, domain, lane="bulk", configuration_set="news")
    message = Message.objects.get()
    assert answer["Location"] == f"/admin/seacucumber/message/{message.pk}/change/"
    assert (message.lane, message.configuration_set) == (Lane.BULK, "news")
    assert message.metadata == {"test": True}
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (
        str(message.pk),
        "Sent a test message.",
    )
    drain()
    (accepted,) = ses.inbox
    assert accepted.sender == "test@example.com"
    assert list(accepted.recipients) == [SIMULATOR]
    assert fresh(message).state == MessageState.SENT


@pytest.mark.usefixtures("tester")
def test_ones_own_address_is_filled_in(client: Client, domain: Identity) -> None:
    text = client.get(PAGE).content.decode()
    assert 'value="ann@example.com"' in text
    send(client, domain, recipient="own", own_address="ann@example.com")
    assert Message.objects.get().recipients.get().address == "ann@example.com"


@pytest.mark.usefixtures("tester")
def test_nothing_is_chosen_beforehand(client: Client, domain: Identity) -> None:
    text = client.get(PAGE).content.decode()
    assert " checked" not in text
    assert f'<option value="{domain.pk}" selected>' not in text


@pytest.mark.usefixtures("tester")
def test_what_will_happen_is_said_first(
    client: Client, domain: Identity, mailer: Mailer
) -> None:
    lifecycle.pause(
        mailer.pace_key, scope=HoldScope.LANE, value="bulk", why="Moving", actor="eve"
    )

    values = {
        "mailer": "default",
        "sender": str(domain.pk),
        "local_part": "test",
        "recipient": SIMULATOR,
        "own_address": "ann@example.com",
        "lane": "bulk",
    }
    text = client.post(PAGE, values).content.decode()
    assert f"One message goes from test@example.com to {SIMULATOR}" in text
    assert "as bulk mail" in text
    assert "does not harm" in text
    assert "It waits: bulk mail stands still (stopped by an operator)." in text
    assert not Message.objects.exists()

    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    answer = client.post(PAGE, {**fields, "confirmed": "yes"}, follow=True)
    assert Message.objects.get().recipients.get().address == SIMULATOR
    assert "The test message waits: bulk mail stands still" in answer.content.decode()


@pytest.mark.usefixtures("tester")
def test_mail_to_a_person_is_called_so(client: Client, domain: Identity) -> None:
    values = {
        "mailer": "default",
        "sender": str(domain.pk),
        "local_part": "test",
        "recipient": "own",
        "own_address": "ann@example.com",
        "lane": "transactional",
    }
    text = client.post(PAGE, values).content.decode()
    assert "to ann@example.com" in text
    assert "It is real mail" in text
    assert "It waits" not in text


@pytest.mark.usefixtures("tester")
def test_an_address_is_used_as_it_is(client: Client, mailer: Mailer) -> None:
    sender = identity(mailer, "batman@gotham.gov", IdentityKind.ADDRESS)
    send(client, sender)
    assert Message.objects.get().sender == "batman@gotham.gov"


@pytest.mark.usefixtures("tester")
def test_only_what_is_verified_and_may_send_is_offered(
    client: Client, mailer: Mailer
) -> None:
    identity(mailer, "good.example", IdentityKind.DOMAIN)
    pending = identity(
        mailer, "pending.example", IdentityKind.DOMAIN, status=IdentityStatus.PENDING
    )
    off = identity(mailer, "off.example", IdentityKind.DOMAIN, sending_enabled=False)
    text = client.get(PAGE).content.decode()
    assert "good.example" in text
    assert "pending.example" not in text
    assert "off.example" not in text
    for sender in (pending, off):
        assert "sender" in send(client, sender).context["form"].errors
    assert not Message.objects.exists()


@pytest.mark.usefixtures("tester")
def test_an_identity_can_be_chosen_by_the_page_that_leads_here(
    client: Client, mailer: Mailer
) -> None:
    for name in ("a.example", "b.example"):
        last = identity(mailer, name, IdentityKind.DOMAIN)
    text = client.get(f"{PAGE}?identity={last.pk}").content.decode()
    assert f'<option value="{last.pk}" selected>' in text
    assert client.get(f"{PAGE}?identity=x").status_code == 200


@pytest.mark.usefixtures("tester")
def test_without_a_verified_identity_the_page_says_what_to_do(client: Client) -> None:
    text = client.get(PAGE).content.decode()
    assert "No identity is known to be verified" in text
    assert " disabled" in text


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"local_part": ""}, "local_part"),
        ({"local_part": "a b"}, "local_part"),
        ({"local_part": "ü"}, "local_part"),
        ({"local_part": 'x"><script>alert(1)</script>'}, "local_part"),
        ({"recipient": "own", "own_address": ""}, "own_address"),
        ({"recipient": "own", "own_address": "nobody"}, "own_address"),
        ({"recipient": "own", "own_address": "a@b.c, d@e.f"}, "own_address"),
        ({"recipient": "victim@example.org"}, "recipient"),
        ({"recipient": ""}, "recipient"),
        ({"sender": ""}, "sender"),
        ({"own_address": "other@example.com"}, "own_address"),
        ({"configuration_set": "a b"}, "configuration_set"),
        ({"lane": "fast"}, "lane"),
        ({"mailer": "other"}, "mailer"),
        ({"sender": "0"}, "sender"),
    ],
)
@pytest.mark.usefixtures("tester")
def test_an_error_is_shown_at_its_field(
    client: Client, domain: Identity, data: dict[str, str], field: str
) -> None:
    answer = send(client, domain, **data)
    assert list(answer.context["form"].errors) == [field]
    assert "<script>alert" not in answer.content.decode()
    assert not Message.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.usefixtures("tester")
def test_an_identity_of_another_account_is_refused(
    client: Client, mailer: Mailer
) -> None:
    other = identity(
        mailer, "example.com", IdentityKind.DOMAIN, pace_key="other/eu-west-1"
    )
    assert list(send(client, other).context["form"].errors) == ["sender"]


@pytest.mark.usefixtures("tester")
def test_five_a_minute_are_enough(client: Client, domain: Identity) -> None:
    for _ in range(5):
        assert send(client, domain).status_code == 302
    answer = send(client, domain)
    assert "wait a moment" in answer.content.decode()
    assert Message.objects.count() == 5


def test_who_may_not_look_at_messages_stays_on_the_page(
    client: Client, domain: Identity
) -> None:
    login(client, "send_test")
    assert send(client, domain)["Location"] == PAGE
    assert Message.objects.count() == 1
