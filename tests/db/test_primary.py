"""A project with a read replica: the queue is never read from there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from seacucumber import suppression
from seacucumber.enums import DeliveryStatus, MessageState
from seacucumber.models import Message, Recipient
from seacucumber.testing import LocalSES
from tests.office import use_backend
from tests.queue import drain, sweep
from tests.ses_events.notifications import consume_all

pytestmark = pytest.mark.django_db


class ReplicaRouter:
    """Sends reads to a database that there is not: whoever tries it fails."""

    def db_for_read(self, model: type, **hints: Any) -> str | None:
        ours = model._meta.app_label == "seacucumber"  # type: ignore[attr-defined]
        return "replica" if ours else None


@pytest.fixture(autouse=True)
def _replica(wakeups: object, settings: Any) -> None:
    use_backend(settings)
    settings.DATABASE_ROUTERS = [f"{__name__}.ReplicaRouter"]


def test_mail_is_sent_and_its_delivery_status_is_known(
    ses: LocalSES, settings: Any
) -> None:
    url = ses.send_events_to_queue(configuration_set="news")
    settings.CUCUMBER_CONFIGURATION_SET = "news"
    settings.CUCUMBER_EVENT_QUEUES = [url]
    suppression.add("bob@example.org")
    bouncing = "bounce@simulator.amazonses.com"

    mail.send_mail("Hi", "There.", "post@example.com", [bouncing, "bob@example.org"])
    drain()
    sweep()
    consume_all(ses)

    assert Message.objects.get().state == MessageState.SENT
    statuses = dict(Recipient.objects.values_list("address", "delivery_status"))
    assert statuses == {
        bouncing: DeliveryStatus.BOUNCED,
        "bob@example.org": DeliveryStatus.SUPPRESSED,
    }


def test_the_admin_shows_what_has_just_been_put_in(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    mail.send_mail("Hi", "There.", "post@example.com", ["ann@example.org"])
    message = Message.objects.get()

    page = reverse("admin:seacucumber_message_change", args=[message.pk])
    lists = [
        reverse(f"admin:seacucumber_{model}_changelist")
        for model in ("dashboard", "message", "event", "hold", "suppressed", "dkimkey")
    ]

    for url in (page, *lists):
        assert client.get(url).status_code == 200
